package web

import (
	"strconv"

	"jishi/desk"
	"jishi/people/actor"
	"jishi/web/measures"
)

// reading is the officer who is signed in, with their rail, or nobody: the page has a part that anyone may read.
func (s *Server) reading(v *visit) actor.Actor {
	if saved(v.r, StaffCookie) != "" {
		if who, err := s.staff(v); err == nil {
			return who
		}
	}
	return actor.Nobody(v.page.Lang)
}

func (s *Server) rateAsk(v *visit) desk.RateAsk {
	q := v.r.URL.Query()
	return desk.RateAsk{Set: q.Get("set"), Period: q.Get("period"), By: q.Get("by"), Place: q.Get("place"), Class: q.Get("class"), Public: q.Get("part") == "public"}
}

// rates are the rates of all bodies that the reader may see, or those that are public.
func (s *Server) rates(v *visit) error {
	t, err := s.desk.Rates(v.r.Context(), s.reading(v), s.rateAsk(v))
	if err != nil {
		return err
	}
	v.page = v.page.Titled("比率")
	v.page.Wide = true
	view := measures.View{Years: s.ratePeriods(t.Inside, t.Ask.By)}
	if t.Inside {
		view.Places = s.placesNear(v)
	}
	return v.show(measures.Page(v.page, t, view))
}

// rate is one rate of one body, opened.
func (s *Server) rate(v *visit) error {
	q := v.r.URL.Query()
	ask := s.rateAsk(v)
	ask.Set = v.r.PathValue("set")
	pick := desk.RatePick{Outcome: q.Get("outcome"), Why: q.Get("why"), Cursor: q.Get("cursor")}
	c, err := s.desk.Rate(v.r.Context(), s.reading(v), ask, v.r.PathValue("rate"), v.r.PathValue("body"), pick)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("比率")
	v.page.Wide = true
	return v.show(measures.Cell(v.page, c, pick))
}

// ratePeriods are this year by months, and the years before.
func (s *Server) ratePeriods(months bool, by string) []string {
	today := string(s.today())
	year, _ := strconv.Atoi(today[:4])
	var list []string
	for y := year; y > year-5; y-- {
		list = append(list, strconv.Itoa(y))
	}
	month, _ := strconv.Atoi(today[5:7])
	for m := month; months && by != "month" && m > 0; m-- {
		list = append(list, today[:4]+"-"+strconv.Itoa(100 + m)[1:])
	}
	return list
}
