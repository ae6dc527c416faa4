package explain

import (
	"fmt"
	"html"
	"maps"
	"slices"
	"strings"

	"jishi/base/words"
	"jishi/work/procedure"
)

// Sizes of the drawing, in its own units.
const (
	wide, high       = 156, 58 // of a state
	columnGap        = 150     // between columns: the actions' names stand there
	rowGap           = 46      // between states of a column
	marginX, marginY = 24, 44
)

// Draw is the procedure as an SVG picture: states with who must move and by when, and the actions between
// them. It carries no style but attributes, so that a page with a strict policy may show it; colours are
// fixed and readable on white.
func Draw(p *procedure.Procedure, lang words.Lang) string {
	d := drawing{p: p, lang: lang, layout: lay(p)}
	deepest := 0.0
	for _, row := range d.row {
		deepest = max(deepest, row)
	}
	width := 2*marginX + len(d.columns)*(wide+columnGap) - columnGap/2
	height := 2*marginY + int((deepest+1)*(high+rowGap)) + 30
	d.printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s" font-family="Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif">`,
		width, height, width, height, html.EscapeString(words.Say(lang, "流程图：{title}", "title", either(lang, p.Title, p.En))))
	d.printf(`<rect width="%d" height="%d" fill="#ffffff"/>`, width, height)
	d.printf(`<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#5b6770"/></marker></defs>`)
	d.printf(`<text x="%d" y="26" font-size="17" font-weight="700" fill="#1a1f24">%s</text>`, marginX,
		html.EscapeString(either(lang, p.Title, p.En)+"  "+p.Law+"  "+p.Key()))
	for _, e := range d.edges {
		d.edge(e)
	}
	for _, column := range d.columns {
		for _, name := range column {
			d.state(name)
		}
	}
	d.always(height - 22)
	d.printf("</svg>")
	return d.b.String()
}

type drawing struct {
	layout
	p    *procedure.Procedure
	lang words.Lang
	b    strings.Builder
}

func (d *drawing) printf(format string, args ...any) { fmt.Fprintf(&d.b, format+"\n", args...) }

func (d *drawing) place(state string) (x, y int) {
	return marginX + d.column[state]*(wide+columnGap), marginY + int(d.row[state]*(high+rowGap))
}

func (d *drawing) state(name string) {
	s := d.p.States[name]
	x, y := d.place(name)
	fill, line := "#eef4fb", "#1f5f99"
	switch {
	case s.Final:
		fill, line = "#eceff1", "#5b6770"
	case d.p.Relations[s.Holder].Kind == "citizen":
		fill, line = "#eef7ee", "#2b7a3d"
	}
	d.printf(`<g><title>%s</title><rect x="%d" y="%d" width="%d" height="%d" rx="8" fill="%s" stroke="%s" stroke-width="1.6"/>`,
		html.EscapeString(s.Cite), x, y, wide, high, fill, line)
	title, size := either(d.lang, s.Title, s.En), 14
	if short(title, 22) != title { // a long name stands smaller before it is cut
		size = 11
	}
	d.text(x+wide/2, y+20, size, "700", "#1a1f24", short(title, 28))
	if r := d.p.Relations[s.Holder]; s.Holder != "" {
		d.text(x+wide/2, y+36, 11, "400", "#3c474f", short(words.Say(d.lang, "由{who}推进", "who", either(d.lang, r.Title, r.En)), 32))
	}
	d.text(x+wide/2, y+51, 11, "400", "#9a3412", short(d.limits(name), 32))
	d.printf("</g>")
}

// limits are the clocks that an action into the state starts.
func (d *drawing) limits(state string) string {
	var list []string
	for _, id := range d.p.ClockIDs() {
		c := d.p.Clocks[id]
		for _, s := range c.Starts {
			into := d.p.Actions[s.On].To == state || s.On == "open" && d.p.Open.To == state
			text := limit(d.lang, c.Limit)
			if len(c.Limits) > 0 { // which answer has which, the table says
				text = strings.Join(each(c.Limits, d.lang), "/")
			}
			if into && !strings.HasPrefix(c.Limit, "field:") && !slices.Contains(list, text) && len(list) < 3 {
				list = append(list, text)
			}
		}
	}
	return strings.Join(list, " · ")
}

// each are the limits of the answers, in the order of the answers.
func each(limits map[string]string, lang words.Lang) (list []string) {
	for _, answer := range slices.Sorted(maps.Keys(limits)) {
		list = append(list, limit(lang, limits[answer]))
	}
	return list
}

func (d *drawing) text(x, y, size int, weight, fill, text string) {
	if text != "" {
		d.printf(`<text x="%d" y="%d" font-size="%d" font-weight="%s" fill="%s" text-anchor="middle">%s</text>`, x, y, size, weight, fill, html.EscapeString(text))
	}
}

// edge draws the actions between two states: forward from side to side, back and within a column dashed.
func (d *drawing) edge(e edge) {
	x1, y1 := d.place(e.from)
	x2, y2 := d.place(e.to)
	y1, y2 = y1+high/2, y2+high/2
	dash, bend := "", columnGap/2
	switch {
	case d.column[e.to] > d.column[e.from]:
		x1 += wide
	case d.column[e.to] == d.column[e.from]:
		if gap := y2 - y1; gap > 0 && gap < 2*high { // neighbours: straight down
			d.curve(x1+wide/2, y1+high/2, x1+wide/2, y1+high/2, x1+wide/2, y2-high/2, x1+wide/2, y2-high/2, "")
			d.label(e, x1+wide/2, (y1+y2)/2+6)
			return
		}
		x1, x2, bend = x1+wide, x2+wide, columnGap/3
		dash = ` stroke-dasharray="5 4"`
		d.curve(x1, y1, x1+bend, y1, x2+bend, y2, x2, y2, dash)
		d.label(e, x1+bend*3/4, (y1+y2)/2)
		return
	default:
		x2, dash = x2+wide, ` stroke-dasharray="5 4"`
		y1, y2, bend = y1+12, y2+12, -columnGap/2
	}
	d.curve(x1, y1, x1+bend, y1, x2-bend, y2, x2, y2, dash)
	d.label(e, x1+(x2-x1)*66/100, y1+(y2-y1)*76/100)
}

func (d *drawing) curve(x1, y1, cx1, cy1, cx2, cy2, x2, y2 int, dash string) {
	d.printf(`<path d="M%d %dC%d %d %d %d %d %d" fill="none" stroke="#5b6770" stroke-width="1.2"%s marker-end="url(#tip)"/>`,
		x1, y1, cx1, cy1, cx2, cy2, x2, y2, dash)
}

// label names up to two actions of an edge, and says how many more there are; all of them stand in its title.
func (d *drawing) label(e edge, x, y int) {
	var titles []string
	for _, id := range e.actions {
		titles = append(titles, either(d.lang, d.p.Actions[id].Title, d.p.Actions[id].En))
	}
	all := strings.Join(titles, "；")
	if len(titles) > 1 {
		titles = []string{short(titles[0], 18) + fmt.Sprintf(" +%d", len(titles)-1)}
	}
	d.printf(`<text x="%d" y="%d" font-size="10" fill="#26323a" stroke="#ffffff" stroke-width="3" paint-order="stroke" text-anchor="middle"><title>%s</title>%s</text>`,
		x, y-3, html.EscapeString(all), html.EscapeString(short(titles[0], 22)))
}

// always names the actions that are open wherever the matter stands.
func (d *drawing) always(y int) {
	var titles []string
	for _, id := range d.layout.always {
		titles = append(titles, either(d.lang, d.p.Actions[id].Title, d.p.Actions[id].En))
	}
	if len(titles) > 0 {
		d.printf(`<text x="%d" y="%d" font-size="12" fill="#3c474f">%s</text>`, marginX, y,
			html.EscapeString(words.Say(d.lang, "任何阶段都可以：{list}", "list", strings.Join(titles, " · "))))
	}
}

// short cuts a name to a width, in which a Han counts two.
func short(s string, most int) string {
	n := 0
	for i, c := range s {
		if n++; c > 0x2e80 {
			n++
		}
		if n > most {
			return s[:i] + "…"
		}
	}
	return s
}
