package call

import (
	"slices"
	"strconv"

	"jishi/desk"
	"jishi/web/look"
)

// Joinable is the procedure whose open matters a call can be joined to.
const Joinable = "hotline"

func (v View) joins(d desk.Duplicate) bool { return d.Procedure == Joinable && !d.Ended }

func (v View) anyJoins() bool { return slices.ContainsFunc(v.Like, v.joins) }

// likely are the bodies that are proposed for a reason, the first few.
func (v View) likely() []Unit {
	var list []Unit
	for _, u := range v.Units {
		if u.Why != "" && len(list) < 5 {
			list = append(list, u)
		}
	}
	return list
}

// wayID is the element of the nth way; a refusal leads to the first.
func wayID(i int) string { return optionID("way", i) }

func optionID(name string, i int) string {
	if i == 0 {
		return "f-" + name
	}
	return "f-" + name + "-" + strconv.Itoa(i)
}

// chosen: dispatch is what most calls come to.
func chosen(v View, id string) bool {
	if way := v.Form.Get("way"); way != "" {
		return way == id
	}
	return id == "dispatch"
}

func describedBy(q look.Field) string {
	ids := ""
	if q.Hint != "" {
		ids = "f-" + q.Name + "-hint"
	}
	if q.Fault != "" {
		if ids != "" {
			ids += " "
		}
		ids += "f-" + q.Name + "-fault"
	}
	return ids
}
