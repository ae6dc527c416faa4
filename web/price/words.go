package price

import (
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"time"

	"jishi/desk"
	"jishi/module/price"
	"jishi/web/look"
	"jishi/web/tell"
)

// Hours are hours with one decimal.
func Hours(d time.Duration) string { return strconv.FormatFloat(d.Hours(), 'f', 1, 64) }

// Minutes is a short time in words: 1分30秒.
func Minutes(p look.Page, d time.Duration) string {
	d = d.Round(time.Second)
	m, s := int(d/time.Minute), int(d%time.Minute/time.Second)
	switch {
	case m == 0:
		return p.Say("{s}秒", "s", s)
	case s == 0:
		return p.Say("{m}分", "m", m)
	}
	return p.Say("{m}分{s}秒", "m", m, "s", s)
}

// Floor is from how many fillings on a learned time is shown.
func Floor() int { return price.Floor }

// Kind is whether a field must be filled.
func Kind(p look.Page, kind string) string {
	switch kind {
	case "reuse":
		return p.Say("已经知道，不再填")
	case "share":
		return p.Say("由数源单位共享，不再填")
	case "new":
		return p.Say("要填")
	}
	return p.Say("还没有比对，按要填算")
}

func cellsAt(o *desk.DemandOpened, f desk.PricedField) string {
	return "/table/totals?" + url.Values{"place": {o.Place}, "element": {f.Element}}.Encode()
}

// Bars draws the hours of demands, the heaviest first. The table beside it says the same.
func Bars(p look.Page, list []desk.DemandPrice) string {
	const line, left, width = 34, 0, 520
	most := list[0].Month()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 640 %d" width="640" height="%d" role="img" aria-label="%s">`, len(list)*line+8, len(list)*line+8, html.EscapeString(p.Say("最重的十项，数字见上表")))
	for i, x := range list {
		w := 1
		if most > 0 {
			w = max(1, int(int64(width)*int64(x.Month())/int64(most)))
		}
		y := i * line
		fmt.Fprintf(&b, `<text x="%d" y="%d" font-size="13" class="ink">%s</text>`, left, y+14, html.EscapeString(cut(tell.Short(p, x.Body)+" · "+x.Title)))
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="10" rx="2" class="been"></rect>`, left, y+19, w)
		fmt.Fprintf(&b, `<text x="%d" y="%d" font-size="13" class="dim">%s</text>`, left+w+6, y+29, Hours(x.Month()))
	}
	b.WriteString(`</svg>`)
	return b.String()
}

func cut(s string) string {
	if r := []rune(s); len(r) > 44 {
		return string(r[:44]) + "…"
	}
	return s
}
