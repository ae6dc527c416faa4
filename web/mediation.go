package web

import (
	"strings"

	"jishi/desk"
	"jishi/web/filing"
	"jishi/web/look"
	"jishi/web/mediation"
)

// committees is the public list of mediation committees: who sits there, when, and how to ask for mediation.
func (s *Server) committees(v *visit) error {
	s.folk(v)
	list, err := s.desk.Register(v.r.Context(), "mediation-committee")
	if err != nil {
		return err
	}
	v.page = v.page.Titled("人民调解")
	var committees []mediation.Committee
	for _, l := range list {
		committees = append(committees, committee(v.page, l))
	}
	return v.show(mediation.List(v.page, committees))
}

func committee(p look.Page, l desk.Listed) mediation.Committee {
	c := mediation.Committee{ID: l.Org.ID, Name: p.Either(l.Title, l.Org.En), Place: strings.Join(l.Place, " "), Spot: l.Said["spot"], Hours: l.Said["hours"],
		Phone: l.Said["phone"], ElectedBy: l.Said["elected_by"]}
	for _, line := range strings.Split(l.Said["members"], "\n") {
		if cells := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune("，,、;； \t\r", r) }); len(cells) > 0 {
			c.Members = append(c.Members, mediation.Member{Name: cells[0], Office: cells[len(cells)-1]})
		}
	}
	for _, clock := range l.Clocks {
		if clock.Running && clock.Day != "" {
			c.Until = p.Day(clock.Day)
			c.Over = clock.Light == desk.Overdue
		}
	}
	return c
}

// handout shows a fresh query code for one of the parties, once, for the officer to hand over.
func (s *Server) handout(v *visit) error {
	who, m, err := s.seen(v)
	if err != nil {
		return err
	}
	if err := v.read(noFiles); err != nil {
		return err
	}
	r, err := s.desk.Handout(v.r.Context(), who, m.ID, v.r.PathValue("entry"))
	if err != nil {
		return err
	}
	title := ""
	for _, side := range m.Sides {
		if side.Entry == v.r.PathValue("entry") {
			title = v.page.Either(side.Title, side.En) + " " + side.Masked.Name
		}
	}
	v.page = v.page.Titled("查询凭证")
	return v.show(filing.Handout(v.page, s.proof(v, r, false), title, at("/m/", m.ID)))
}
