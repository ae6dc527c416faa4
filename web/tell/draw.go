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

const (
	gap    = 108 // from one station to the next
	margin = 54
)

// Here is the procedure's main line with the way taken solid, the ways ahead dotted, and "you are here".
// It is drawn with attributes alone: the page's policy allows no style in it. Colours follow the text's.
func Here(p look.Page, v *desk.View) string {
	phases := v.Procedure.Path
	if len(phases) == 0 {
		return ""
	}
	passed := passed(v)
	at := slices.IndexFunc(phases, func(f procedure.Phase) bool { return f.ID == v.Phase })
	var b strings.Builder
	wide := 2*margin + gap*(len(phases)-1)
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d 118" role="img" aria-label="%s" font-family="Noto Sans CJK SC,PingFang SC,sans-serif" text-anchor="middle">`,
		wide, html.EscapeString(spoken(p, phases, passed, at)))
	for i := range phases[:len(phases)-1] {
		x := margin + i*gap
		if i < at {
			fmt.Fprintf(&b, `<path d="M%d 34h%d" class="way" stroke-width="2.5"/>`, x, gap)
		} else {
			fmt.Fprintf(&b, `<path d="M%d 34h%d" class="ahead" stroke-width="2" stroke-dasharray="4 5"/>`, x, gap)
		}
	}
	for i, f := range phases {
		station(&b, p, f, margin+i*gap, passed[f.ID], i == at, deadline(p, v, i == at))
	}
	b.WriteString("</svg>")
	return b.String()
}

func station(b *strings.Builder, p look.Page, f procedure.Phase, x int, passed, here bool, due string) {
	title := html.EscapeString(p.Either(f.Title, f.En))
	switch {
	case here:
		fmt.Fprintf(b, `<circle cx="%d" cy="34" r="11" class="here" stroke-width="5"/><text x="%d" y="70" font-size="15" font-weight="700" class="ink">%s</text><text x="%d" y="90" font-size="14" font-weight="600" class="hereword">%s</text>`,
			x, x, title, x, html.EscapeString(p.Say("您在这里")))
		if due != "" {
			fmt.Fprintf(b, `<text x="%d" y="109" font-size="13" class="dim">%s</text>`, x, html.EscapeString(due))
		}
	case passed:
		fmt.Fprintf(b, `<circle cx="%d" cy="34" r="8" class="been"/><text x="%d" y="70" font-size="15" class="ink">%s</text>`, x, x, title)
	default:
		fmt.Fprintf(b, `<circle cx="%d" cy="34" r="8" class="tocome" stroke-width="1.5"/><text x="%d" y="70" font-size="15" class="dim">%s</text>`, x, x, title)
	}
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
	return p.Say("最迟 {day}", "day", p.ShortDay(v.Next.Day))
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
