package org

import "strings"

// ReviewSuperior are the bodies that may review what id decided, first choice first; none at the top.
//
// The regulation says only "one level above" (条例 第三十五条). Where a body's superiors are not set,
// the reading here follows the one full mapping found (北京市信访条例 2006 第四十八条):
//   - a street or township, and a village: its superior government;
//   - a vertically managed body, that is one whose administrative parent is not a government or party
//     committee: that parent;
//   - a county's department: the city's department of its line, or the county government;
//   - a city's or province's department: its own government;
//   - a government: the government one level up.
func (t *Tree) ReviewSuperior(id string) []string {
	o, ok := t.orgs[id]
	if !ok {
		return nil
	}
	if len(o.SuperiorsForReview) > 0 {
		return append([]string(nil), o.SuperiorsForReview...)
	}
	parent, hasParent := t.orgs[o.Parent]
	switch {
	case o.Kind == Government || o.Kind == PartyCommittee:
		if up := t.oneUp(o); up != "" {
			return []string{up}
		}
	case o.Kind == StreetTownship || o.Kind == Village:
	case hasParent && parent.Kind != Government && parent.Kind != PartyCommittee:
	case o.Level == County:
		if up := t.oneUp(o); up != "" && hasParent {
			return []string{up, parent.ID}
		} else if up != "" {
			return []string{up}
		}
	}
	if hasParent {
		return []string{parent.ID}
	}
	return nil
}

// oneUp is the body of the same kind and line that serves the place one level up. Plain departments
// without a line are many, so none of them is taken to be another's superior. A body that has ended is nobody's.
func (t *Tree) oneUp(o Org) string {
	if (o.Kind == Department || o.Kind == Other) && o.Line == "" {
		return ""
	}
	for level := o.Level.Up(); level != ""; level = level.Up() {
		for _, id := range t.order {
			u := t.orgs[id]
			if u.To == "" && u.Level == level && u.Kind == o.Kind && u.Line == o.Line && covers(u, o.Division) {
				return id
			}
		}
	}
	return ""
}

// covers reports whether the body's place contains the place with the code.
func covers(u Org, code string) bool {
	if u.Level == National {
		return true
	}
	return u.Division != "" && strings.HasPrefix(code, strings.TrimRight(u.Division, "0"))
}
