package web

import (
	"net/url"
	"strings"

	"jishi/base/paper"
	"jishi/people/division"
	"jishi/web/filing"
	"jishi/web/look"
)

// floors of the picker, from the top.
var floors = []struct{ name, label string }{
	{"province", "省（自治区、直辖市）"}, {"city", "市（地区、州、盟）"}, {"county", "县（市、区、旗）"}, {"township", "乡镇（街道）"}, {"village", "村（社区）"},
}

// placeOf is the deepest floor that was chosen and that lies beneath the one above it; a county at least.
func placeOf(form url.Values) string {
	place := ""
	for _, f := range floors {
		code := form.Get(f.name)
		if code == "" || place != "" && !strings.HasPrefix(code, division.Prefix(place)) {
			break
		}
		place = code
	}
	if len(strings.TrimRight(place, "0")) <= 2 {
		return ""
	}
	return place
}

// levels lists each floor down to the first one that is not chosen. A form that names no place yet starts at
// home.
func (s *Server) levels(v *visit, form url.Values) ([]filing.Level, error) {
	chosen := map[string]string{}
	for _, f := range floors {
		chosen[f.name] = form.Get(f.name)
	}
	if chosen["province"] == "" && s.opt.Home != "" && !form.Has("province") {
		path, err := s.desk.Places.Path(v.r.Context(), s.opt.Home)
		if err != nil {
			return nil, err
		}
		for i, d := range path {
			chosen[floors[i].name] = d.Code
		}
	}
	var levels []filing.Level
	above := ""
	for _, f := range floors {
		list, err := s.desk.Places.Children(v.r.Context(), above)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			break
		}
		l := filing.Level{Name: f.name, Label: v.say(f.label)}
		for _, d := range division.Standing(list, s.today()) {
			l.Options = append(l.Options, look.Option{Value: d.Code, Title: d.Name})
			if d.Code == chosen[f.name] {
				l.Value = d.Code
			}
		}
		levels = append(levels, l)
		if above = l.Value; above == "" {
			break
		}
	}
	return levels, nil
}

// placeName is the place in full, from the province down.
func (s *Server) placeName(v *visit, code string) string {
	path, err := s.desk.Places.Path(v.r.Context(), code)
	if err != nil {
		return ""
	}
	return division.FullName(path)
}

// bodyOptions are the bodies that a report may name.
func (s *Server) bodyOptions(v *visit) []look.Option {
	var list []look.Option
	for _, o := range s.desk.Offices.Tree().All() {
		if o.On(s.today()) {
			list = append(list, look.Option{Value: o.ID, Title: v.page.Either(o.Name, o.En)})
		}
	}
	return list
}

// origin is the address under which people reach these pages.
func (s *Server) origin(v *visit) string {
	if s.opt.Origin != "" {
		return s.opt.Origin
	}
	if s.opt.Secure {
		return "https://" + v.r.Host
	}
	return "http://" + v.r.Host
}

func qr(text string) string { return paper.QR(text) }
