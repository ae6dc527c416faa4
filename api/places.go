package api

import (
	"context"
	"net/http"
	"strings"

	"jishi/people/division"
)

// Division is a place.
type Division struct {
	Code      string `json:"code" example:"421223000000"`
	Name      string `json:"name"`
	Kind      string `json:"kind" enum:"province,city,county,township,village"`
	Parent    string `json:"parent,omitempty"`
	From      string `json:"from,omitempty"`
	To        string `json:"to,omitempty"`
	Successor string `json:"successor,omitempty" doc:"撤并以后归入哪里"`
}

func place(d division.Division) Division {
	return Division{d.Code, d.Name, string(d.Kind), d.Parent, string(d.From), string(d.To), d.Successor}
}

type codeInput struct {
	Code string `path:"code" pattern:"^[0-9]{12}$" doc:"十二位区划代码"`
}

type findInput struct {
	Text  string `query:"q" maxLength:"40" doc:"地名里的字；不写是全部省级"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type divisionsOutput struct{ Body []Division }

// Located is a place with all above it.
type Located struct {
	Division
	Path []Division `json:"path" doc:"从省到它自己"`
}

type locatedOutput struct{ Body Located }

func (s *server) places() {
	op := func(id, path, summary string) operation {
		return operation{id: id, method: http.MethodGet, path: "/api/v1/divisions" + path, tag: "places", summary: summary, public: true, errors: []int{404, 422},
			who: "任何人。", refuses: "没有的回答没有找到。"}
	}
	add(s, op("divisions", "", "按名字找地方"), s.findPlaces)
	add(s, op("division", "/{code}", "一个地方"), s.division)
	add(s, op("children", "/{code}/children", "一个地方下面的地方"), s.children)
}

func (s *server) findPlaces(ctx context.Context, _ caller, in *findInput) (*divisionsOutput, error) {
	if in.Text == "" {
		list, err := s.desk.Places.Children(ctx, "")
		return &divisionsOutput{each(list, place)}, err
	}
	list, err := s.desk.Places.Find(ctx, in.Text, in.Limit)
	return &divisionsOutput{each(list, place)}, err
}

func (s *server) division(ctx context.Context, _ caller, in *codeInput) (*locatedOutput, error) {
	d, err := s.desk.Places.Get(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	path, err := s.desk.Places.Path(ctx, in.Code)
	return &locatedOutput{Located{place(d), each(path, place)}}, err
}

func (s *server) children(ctx context.Context, _ caller, in *codeInput) (*divisionsOutput, error) {
	if _, err := s.desk.Places.Get(ctx, in.Code); err != nil {
		return nil, err
	}
	list, err := s.desk.Places.Children(ctx, in.Code)
	return &divisionsOutput{each(list, place)}, err
}

// within reports whether a place lies in the area of the code, which may be shortened to its first digits.
func within(code, area string) bool {
	if len(area) == 12 {
		area = division.Prefix(area)
	}
	return strings.HasPrefix(code, area)
}
