package measures

import (
	"net/url"
	"strconv"
	"strings"

	"jishi/derive/rates"
	"jishi/desk"
	"jishi/web/look"
	"jishi/web/tell"
	"jishi/work/procedure"
)

// Period is a year or a month in words.
func Period(p look.Page, period string) string {
	year := p.Say("{year}年", "year", period[:4])
	if len(period) == 4 {
		return year
	}
	month, _ := strconv.Atoi(period[5:])
	return p.Say("{year}年{month}月", "year", period[:4], "month", month)
}

// Groups are the ways in which cases can be told apart.
func Groups(p look.Page) []look.Option {
	var list []look.Option
	for _, by := range []string{"body", "class", "place", "month"} {
		list = append(list, look.Option{Value: by, Title: groupTitle(p, by)})
	}
	return list
}

func groupTitle(p look.Page, by string) string {
	return p.Say(map[string]string{"body": "单位", "class": "类别", "place": "地区", "month": "月份"}[by])
}

// PickLink is one way of narrowing the cases of a cell.
type PickLink struct {
	Pick  desk.RatePick
	Title string
}

// Picks are the ways of narrowing the cases of a cell.
func Picks(p look.Page) []PickLink {
	return []PickLink{
		{desk.RatePick{}, p.Say("全部")}, {desk.RatePick{Outcome: rates.Met}, p.Say("分子")},
		{desk.RatePick{Outcome: rates.Not}, p.Say("未计入分子")}, {desk.RatePick{Why: "any"}, p.Say("已剔除")},
	}
}

func rowTitle(p look.Page, t *desk.RateTable, row desk.RateRow) string {
	switch t.Ask.By {
	case "body":
		name := tell.Body(p, row.Body)
		for _, other := range t.Rows { // two bodies of one English name are told apart by their own
			if p.En() && other.Key != row.Key && tell.Body(p, other.Body) == name {
				return name + " (" + row.Body.Short + ")"
			}
		}
		return name
	case "month":
		return Period(p, row.Key)
	}
	return p.Either(row.Title, row.En)
}

func percent(s rates.Share) string {
	if s.Of == 0 {
		return "—"
	}
	return s.String() + "%"
}

func over(s rates.Share) string { return strconv.Itoa(s.N) + " / " + strconv.Itoa(s.Of) }

func dash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

// sentence is the figure in words.
func sentence(p look.Page, f *rates.Figure) string {
	if f == nil {
		return p.Say("没有计入的事项。")
	}
	return p.Say("{of} 件中的 {n} 件，{rate}。", "of", f.Adjusted.Of, "n", f.Adjusted.N, "rate", percent(f.Adjusted))
}

func weights(p look.Page, s *procedure.Rates) string {
	var list []string
	for _, id := range s.RateIDs() {
		if w := s.Weights[id]; w > 0 {
			list = append(list, p.Either(s.Rates[id].Title, s.Rates[id].En)+" "+strconv.Itoa(w))
		}
	}
	return strings.Join(list, p.Say("、"))
}

func how(p look.Page, c *desk.RateCell, id string) string {
	for _, m := range c.Methods {
		if m.Value == id {
			return p.Either(m.Title, m.En)
		}
	}
	return id
}

func values(ask desk.RateAsk) url.Values {
	q := url.Values{}
	for key, value := range map[string]string{"set": ask.Set, "period": ask.Period, "by": ask.By, "place": ask.Place, "class": ask.Class} {
		if value != "" {
			q.Set(key, value)
		}
	}
	if ask.Public {
		q.Set("part", "public")
	}
	return q
}

func link(ask desk.RateAsk) string { return "/rates?" + values(ask).Encode() }

// opened is the address of one rate of one body.
func opened(ask desk.RateAsk, id, body string) string {
	q := values(ask)
	q.Del("set")
	q.Del("by")
	return "/rates/" + url.PathEscape(ask.Set) + "/" + url.PathEscape(id) + "/" + url.PathEscape(body) + "?" + q.Encode()
}

func picked(c *desk.RateCell, pick desk.RatePick) string {
	to := opened(c.Ask, c.ID, c.Body.ID)
	more := url.Values{}
	for key, value := range map[string]string{"outcome": pick.Outcome, "why": pick.Why, "cursor": pick.Cursor} {
		if value != "" {
			more.Set(key, value)
		}
	}
	if len(more) == 0 {
		return to
	}
	return to + "&" + more.Encode()
}

func nextCases(c *desk.RateCell, pick desk.RatePick) string {
	if c.Next == "" {
		return ""
	}
	pick.Cursor = c.Next
	return picked(c, pick)
}
