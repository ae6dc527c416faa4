package collect

import (
	"fmt"
	"slices"
	"sort"

	"jishi/base/calendar"
)

// Line is what the overlap report says of one field.
type Line struct {
	Field   Field
	Element *Element // nil for something new
	Kind    string   // reuse, share, new
	Holder  string   // body that holds it; "" the villages themselves, in the one table
	AsOf    calendar.Day
	Places  int    // in how many of the asked places it is known; 0 where only a source body or another form has it
	Form    string // another form on the list that brings it
	Why     string // Chinese sentence: why it counts as known, or as new
}

// Report says of each field of a form whether it exists, who holds it and how old it is.
type Report struct {
	Lines        []Line
	Total        int
	Reuse, Share int // known
	New          int // to be asked
	Open         int // fields that nobody decided yet
	Twin         *Form
}

// Known fields are those that need not be asked.
func (r Report) Known() int { return r.Reuse + r.Share }

// Rate is known over all fields in percent with one decimal, "73.3"; "" for no fields.
func (r Report) Rate() string {
	if r.Total == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f", float64(r.Known())*100/float64(r.Total))
}

// Verdicts of a report.
const (
	Obtainable = "obtainable"
	Duplicate  = "duplicate"
)

// Verdict is why the form is refused: it repeats another one, or all of it can be had; "" when something is to be asked.
func (r Report) Verdict() string {
	switch {
	case r.Twin != nil:
		return Duplicate
	case r.Total > 0 && r.New == 0 && r.Open == 0:
		return Obtainable
	}
	return ""
}

// covers reports whether what is brought in one period serves another one's need: yearly figures are served by monthly ones.
func covers(has, wants string) bool {
	often := []string{"month", "quarter", "year", "once", ""}
	return slices.Index(often, has) <= slices.Index(often, wants)
}

// Overlap makes the report. elements is the catalogue as of the day, listed the forms on the county's list with their
// fields, held what the one table knows for the asked places.
func Overlap(f Form, elements map[string]Element, listed []Form, held map[string]Holding) Report {
	r := Report{Total: len(f.Fields)}
	brings := map[string]*Form{}
	for i := range listed {
		o := &listed[i]
		if o.ID == f.ID || o.Level != f.Level || !overlapping(o.Place, f.Place) || !covers(o.Period, f.Period) {
			continue
		}
		for _, x := range o.Fields {
			if x.Element != "" && brings[x.Element] == nil {
				brings[x.Element] = o
			}
		}
		if r.Twin == nil && o.Period == f.Period && o.Org != f.Org && sameFields(*o, f) {
			r.Twin = o
		}
	}
	for _, x := range f.Fields {
		l := line(f, x, elements, brings, held)
		switch {
		case x.Decided == "":
			r.Open++
			l.Kind, l.Why = "", "还没有确认是什么"
		case l.Kind == Reuse:
			r.Reuse++
		case l.Kind == Share:
			r.Share++
		default:
			r.New++
		}
		r.Lines = append(r.Lines, l)
	}
	r.repeats()
	return r
}

// repeats: what the form that is repeated collects under its own name is known to whoever repeats it.
func (r *Report) repeats() {
	if r.Twin == nil {
		return
	}
	for i := range r.Lines {
		l := &r.Lines[i]
		if _, ok := r.Twin.Own(l.Field.Label); !ok || l.Kind != New || l.Field.Element != "" {
			continue
		}
		l.Kind, l.Form, l.Why = Reuse, r.Twin.ID, "清单上的另一张表已经在收"
		r.New, r.Reuse = r.New-1, r.Reuse+1
	}
}

func line(f Form, x Field, elements map[string]Element, brings map[string]*Form, held map[string]Holding) Line {
	l := Line{Field: x, Kind: New, Why: "目录里没有这一项"}
	e, ok := elements[x.Element]
	if !ok {
		return l
	}
	l.Element, l.Why = &e, "还没有人掌握"
	h, known := held[e.ID]
	switch {
	case known && h.Places > 0:
		l.Kind, l.Places, l.AsOf, l.Why = Reuse, h.Places, h.Oldest, "一张表里已经有"
		if len(h.Sources) > 0 {
			l.Holder = h.Sources[0]
		}
	case e.Source != "" && e.Source == f.Org:
		l.Kind, l.Holder, l.Why = Share, e.Source, "你单位自己就是数源"
	case e.Source != "" && e.Share != "none":
		l.Kind, l.Holder, l.Why = Share, e.Source, "数源单位掌握，可以共享"
	case brings[e.ID] != nil:
		l.Kind, l.Form, l.Why = Reuse, brings[e.ID].ID, "清单上的另一张表已经在收"
	case e.Share == "none":
		l.Why = "不予共享的数据，不能从别处取得"
	}
	return l
}

// overlapping: one of the places lies in the other; codes of places inside a place begin with its own digits.
func overlapping(a, b string) bool {
	a, b = significant(a), significant(b)
	return a == "" || b == "" || len(a) <= len(b) && b[:len(a)] == a || len(b) < len(a) && a[:len(b)] == b
}

func significant(code string) string {
	for len(code) >= 2 && code[len(code)-2:] == "00" {
		code = code[:len(code)-2]
	}
	return code
}

// sameFields reports whether every field of the second form is one of the first one's.
func sameFields(first, second Form) bool {
	if len(second.Fields) == 0 {
		return false
	}
	of := func(f Form) []string {
		var list []string
		for _, x := range f.Fields {
			key := x.Element
			if key == "" {
				key = "?" + plain(x.Label)
			}
			list = append(list, key)
		}
		sort.Strings(list)
		return slices.Compact(list)
	}
	a := of(first)
	for _, key := range of(second) {
		if _, found := slices.BinarySearch(a, key); !found {
			return false
		}
	}
	return true
}

// Own is the form's field of this label that is nothing of the catalogue, so that its values stand under the form's name.
func (f Form) Own(label string) (Field, bool) {
	i := slices.IndexFunc(f.Fields, func(x Field) bool { return x.Element == "" && plain(x.Label) == plain(label) })
	if i < 0 {
		return Field{}, false
	}
	return f.Fields[i], true
}
