package tell

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"jishi/desk"
	"jishi/web/look"
	"jishi/work/procedure"
)

// A line of the drawing has so many stations, that its words stay readable on a phone.
const (
	perLine = 4
	gap     = 108 // from one station to the next
	margin  = 58
	deep    = 124 // from one line to the next
)

func spot(i int) (x, y int) { return margin + i%perLine*gap, 26 + i/perLine*deep }

// Here is the procedure's main line with the way taken solid, the ways ahead dotted, and "you are here".
// It is drawn with attributes and classes alone: the page's policy allows no style in it.
func Here(p look.Page, v *desk.View) string {
	phases := v.Procedure.Path
	if len(phases) == 0 {
		return ""
	}
	passed := passed(v)
	at := slices.IndexFunc(phases, func(f procedure.Phase) bool { return f.ID == v.Phase })
	come := at // the furthest station, where the matter has left the line
	for i, f := range phases {
		if at < 0 && passed[f.ID] {
			come = i
		}
	}
	wide := 2*margin + gap*(min(perLine, len(phases))-1)
	rows := (len(phases) + perLine - 1) / perLine
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" aria-label="%s" font-family="Noto Sans CJK SC,PingFang SC,sans-serif" text-anchor="middle">`,
		wide, rows*deep-12, html.EscapeString(spoken(p, phases, passed, at)))
	for i := range phases[:len(phases)-1] {
		way(&b, i, i < come)
	}
	for i, f := range phases {
		station(&b, p, f, i, passed[f.ID], i == at, deadline(p, v, i == at))
	}
	b.WriteString("</svg>")
	return b.String()
}

// way leads from one station to the next; at the end of a line it turns back to the start of the one below.
func way(b *strings.Builder, i int, taken bool) {
	look := `class="ahead" stroke-width="2" stroke-dasharray="4 5"`
	if taken {
		look = `class="way" stroke-width="2.5"`
	}
	x, y := spot(i)
	if (i+1)%perLine != 0 {
		fmt.Fprintf(b, `<path d="M%d %dh%d" fill="none" %s/>`, x, y, gap, look)
		return
	}
	turn := y + deep - 30
	fmt.Fprintf(b, `<path d="M%d %dh34q8 0 8 8V%dq0 8 -8 8H%dq-8 0 -8 8V%dq0 6 6 6H%d" fill="none" %s/>`, x, y, turn-8, margin-42, y+deep-6, margin, look)
}

func station(b *strings.Builder, p look.Page, f procedure.Phase, i int, passed, here bool, due string) {
	x, y := spot(i)
	title := lines(p.Either(f.Title, f.En), x)
	size := 16
	if p.En() {
		size = 13
	}
	switch {
	case here:
		fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="11" class="here" stroke-width="5"/><text x="%d" y="%d" font-size="%d" font-weight="700" class="ink">%s</text><text x="%d" y="%d" font-size="15" font-weight="600" class="hereword">%s</text>`,
			x, y, x, y+34, size, title, x, y+54, html.EscapeString(p.Say("您在这里")))
		switch {
		case due != "" && (i+1)%perLine == 0: // beside the way that turns back here, not across it
			fmt.Fprintf(b, `<text x="%d" y="%d" font-size="13" text-anchor="end" class="dim">%s</text>`, x+34, y+72, html.EscapeString(due))
		case due != "":
			fmt.Fprintf(b, `<text x="%d" y="%d" font-size="13" class="dim">%s</text>`, x, y+72, html.EscapeString(due))
		}
	case passed:
		fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="8" class="been"/><text x="%d" y="%d" font-size="%d" class="ink">%s</text>`, x, y, x, y+34, size, title)
	default:
		fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="8" class="tocome" stroke-width="1.5"/><text x="%d" y="%d" font-size="%d" class="dim">%s</text>`, x, y, x, y+34, size, title)
	}
}

// lines breaks a long name in two at a space, so that it does not run into its neighbour's.
func lines(title string, x int) string {
	half := strings.Index(title[len(title)/3:], " ") + len(title)/3
	if len(title) < 16 || half < len(title)/3 {
		return html.EscapeString(title)
	}
	return fmt.Sprintf(`%s<tspan x="%d" dy="16">%s</tspan>`, html.EscapeString(title[:half]), x, html.EscapeString(title[half+1:]))
}

// passed are the stations of the states that the matter went through.
func passed(v *desk.View) map[string]bool {
	been := map[string]bool{}
	for _, state := range v.Trail {
		been[v.Procedure.States[state].Phase] = true
	}
	return been
}

func deadline(p look.Page, v *desk.View, here bool) string {
	if !here || v.Next == nil || v.Ended {
		return ""
	}
	return p.Say("最迟 {day}", "day", Until(p, *v.Next))
}

// spoken says the drawing to those who do not see it.
func spoken(p look.Page, phases []procedure.Phase, passed map[string]bool, at int) string {
	var parts []string
	for i, f := range phases {
		title := p.Either(f.Title, f.En)
		switch {
		case i == at:
			title += p.Say("（您在这里）")
		case passed[f.ID]:
			title += p.Say("（已经过）")
		}
		parts = append(parts, title)
	}
	return p.Say("流程：{list}", "list", strings.Join(parts, p.Say("、")))
}
