package procedure

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"jishi/base/words"
)

// The drawings carry their colours as attributes, which need no style and which any rule of a page's own
// style sheet overrides by class; a saved drawing is legible by itself.
const (
	inkColour   = `class="ink" fill="#1b1f24"`
	dimColour   = `class="dim" fill="#57606a"`
	hereColour  = `class="hereword" fill="#1d4f7c"`
	fonts       = `font-family="Noto Sans CJK SC,PingFang SC,Microsoft YaHei,sans-serif"`
	beenMark    = `class="been" fill="#1a6e43"`
	hereMark    = `class="here" fill="#fff" stroke="#1d4f7c" stroke-width="5"`
	toComeMark  = `class="tocome" fill="#fff" stroke="#57606a" stroke-width="1.5"`
	wayStroke   = `class="way" fill="none" stroke="#1a6e43" stroke-width="2.5"`
	aheadStroke = `class="ahead" fill="none" stroke="#57606a" stroke-width="1.5" stroke-dasharray="4 5"`
)

// LineOptions say where a matter stands on its procedure's main line.
type LineOptions struct {
	Taken []string // states passed, in order
	Now   string   // the state now; "" draws the line alone
	Lang  words.Lang
	Due   string                    // what stands under "you are here": the last day, in words
	Ahead func(phase string) string // what stands beside a station ahead; nil gives the limits of the rules
}

// Line draws the citizen's main line from top to bottom, legible on a narrow phone: what is behind solid, what is
// ahead dotted with its limit, "you are here", and below it the ways that lead off the line.
func Line(p *Procedure, o LineOptions) string {
	if o.Ahead == nil {
		o.Ahead = func(phase string) string { return p.phaseLimit(phase, o.Lang) }
	}
	l := line{p: p, o: o, at: slices.IndexFunc(p.Path, func(f Phase) bool { return o.Now != "" && f.ID == p.States[o.Now].Phase })}
	l.last = l.at
	been := map[string]bool{}
	for _, s := range append(slices.Clone(o.Taken), o.Now) {
		been[p.States[s].Phase] = true
		if i := slices.IndexFunc(p.Path, func(f Phase) bool { return f.ID == p.States[s].Phase }); i > l.last {
			l.last = i
		}
	}
	for i, f := range p.Path {
		if l.off() && i > l.last {
			break // a matter off the line does not come to the stations ahead
		}
		l.station(i, f, been[f.ID])
	}
	l.aside()
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 %d" width="100%%" role="img" aria-label="%s" %s>%s</svg>`,
		l.y, html.EscapeString(l.spoken(been)), fonts, l.b.String())
}

type line struct {
	p    *Procedure
	o    LineOptions
	b    strings.Builder
	y    int
	at   int // station where the matter is; -1 when it is off the line
	last int // furthest station it has come to
}

const step = 52

// off reports whether the matter has left the main line.
func (l *line) off() bool { return l.o.Now != "" && l.at < 0 }

func (l *line) station(i int, f Phase, been bool) {
	y := 28 + i*step
	l.y = y + 28
	if i < len(l.p.Path)-1 && !(l.off() && i == l.last) {
		stroke := aheadStroke
		if i < l.at || l.at < 0 && i < l.last {
			stroke = wayStroke
		}
		fmt.Fprintf(&l.b, `<path d="M24 %dv%d" %s/>`, y, step, stroke)
	}
	title := html.EscapeString(either(l.o.Lang, f.Title, f.En))
	switch {
	case i == l.at:
		note := words.Say(l.o.Lang, "您在这里")
		if l.o.Due != "" {
			note += " · " + l.o.Due
		}
		fmt.Fprintf(&l.b, `<circle cx="24" cy="%d" r="10" %s/>%s%s`, y, hereMark,
			label(48, y-2, 16, `font-weight="700" `+inkColour, either(l.o.Lang, l.p.States[l.o.Now].Title, l.p.States[l.o.Now].En)),
			label(48, y+17, 13, hereColour, note))
	case been && i < max(l.at, l.last+1):
		fmt.Fprintf(&l.b, `<circle cx="24" cy="%d" r="7" %s/><text x="48" y="%d" font-size="15" %s>%s</text>`, y, beenMark, y+5, inkColour, title)
	default:
		fmt.Fprintf(&l.b, `<circle cx="24" cy="%d" r="7" %s/><text x="48" y="%d" font-size="15" %s>%s</text>`, y, toComeMark, y+5, dimColour, title)
		if limit := l.o.Ahead(f.ID); limit != "" {
			fmt.Fprintf(&l.b, `<text x="312" y="%d" font-size="13" text-anchor="end" %s>%s</text>`, y+5, dimColour, html.EscapeString(limit))
		}
	}
}

// aside are the ways off the line: where the matter went, when it did, else where it might.
func (l *line) aside() {
	if l.off() {
		s := l.p.States[l.o.Now]
		y := l.y - 28 + step
		fmt.Fprintf(&l.b, `<path d="M24 %dV%d" %s/><circle cx="24" cy="%d" r="10" %s/>%s%s`, 28+max(l.last, 0)*step, y-10, wayStroke, y, hereMark,
			label(48, y-2, 16, `font-weight="700" `+inkColour, either(l.o.Lang, s.Title, s.En)),
			label(48, y+17, 13, hereColour, words.Say(l.o.Lang, "您在这里")))
		l.y = y + 30
		return
	}
	if l.p.States[l.o.Now].Final {
		return
	}
	names := l.p.sideways(l.o.Now, l.o.Lang)
	if len(names) == 0 {
		return
	}
	sep := "、"
	if l.o.Lang == words.EN {
		sep = ", "
	}
	text := words.Say(l.o.Lang, "也可能：") + strings.Join(names, sep)
	l.y += 10
	fmt.Fprintf(&l.b, `<path d="M16 %dh288" class="ahead" stroke="#d9dee5" stroke-width="1"/>`, l.y-8)
	for _, row := range wrap(text, 44) {
		l.y += 12
		l.b.WriteString(label(16, l.y, 13, dimColour, row))
		l.y += 8
	}
	l.y += 6
}

// sideways are the states off the main line to which one step leads from here.
func (p *Procedure) sideways(now string, lang words.Lang) (names []string) {
	if now == "" {
		now = p.Open.To
	}
	for _, id := range p.ActionIDs() {
		a := p.Actions[id]
		s, ok := p.States[a.To]
		if name := either(lang, s.Title, s.En); ok && s.Phase == "" && !has(names, name) && (slices.Contains(a.From, now) || slices.ContainsFunc(a.From, p.wide)) {
			names = append(names, name)
		}
	}
	return names
}

// phaseLimit is the limit under which a station is to be reached: of the clock that its coming stops.
func (p *Procedure) phaseLimit(phase string, lang words.Lang) string {
	best := ""
	for _, id := range p.ActionIDs() {
		a := p.Actions[id]
		if p.States[a.To].Phase != phase || phase == "" || !a.Main {
			continue
		}
		for _, clock := range p.ClockIDs() {
			k := p.Clocks[clock]
			if has(k.Stops, id) && !strings.HasPrefix(k.Limit, "field:") && k.Limit != "及时" && (k.Where == nil || k.Where.Flag == "") && best == "" {
				best = words.Say(lang, "{limit}内", "limit", limitWords(k.Limit, lang))
			}
		}
	}
	return best
}

func (l *line) spoken(been map[string]bool) string {
	var parts []string
	for i, f := range l.p.Path {
		if l.off() && i > l.last {
			break
		}
		title := either(l.o.Lang, f.Title, f.En)
		switch {
		case i == l.at:
			title += words.Say(l.o.Lang, "（您在这里）")
		case been[f.ID]:
			title += words.Say(l.o.Lang, "（已经过）")
		}
		parts = append(parts, title)
	}
	if l.off() {
		parts = append(parts, either(l.o.Lang, l.p.States[l.o.Now].Title, l.p.States[l.o.Now].En)+words.Say(l.o.Lang, "（您在这里）"))
	}
	sep := "、"
	if l.o.Lang == words.EN {
		sep = ", "
	}
	return words.Say(l.o.Lang, "流程：{list}", "list", strings.Join(parts, sep))
}

func label(x, y, size int, colour, text string) string {
	return fmt.Sprintf(`<text x="%d" y="%d" font-size="%d" %s>%s</text>`, x, y, size, colour, html.EscapeString(text))
}

func either(lang words.Lang, zh, en string) string {
	if lang == words.EN && en != "" {
		return en
	}
	return zh
}

// width counts a Han character as two Latin ones.
func width(s string) (n int) {
	for _, r := range s {
		n++
		if r > 0x2e80 {
			n++
		}
	}
	return n
}

// wrap breaks text into rows of at most n Latin widths, at a separator where there is one.
func wrap(text string, n int) (rows []string) {
	row := ""
	for _, piece := range strings.SplitAfter(strings.ReplaceAll(text, "、", "、\x00"), "\x00") {
		for _, word := range strings.SplitAfter(strings.TrimSuffix(piece, "\x00"), " ") {
			if row != "" && width(row+strings.TrimSpace(word)) > n {
				rows, row = append(rows, strings.TrimSpace(row)), ""
			}
			row += word
		}
	}
	return append(rows, strings.TrimSpace(row))
}
