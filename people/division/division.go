// Package division is the tree of places: province, city, county, township, village, each with the
// 12-digit code under which it is published.
//
// Everything down to the townships is embedded (统计用区划代码, cut-off 2023-06-30); villages, and
// changes since, are rows of the database. A Tree is the part in memory; Places joins the two.
package division

import "jishi/base/calendar"

// DemoCounty is the county of the demonstration: 崇阳县, 咸宁市, 湖北省. Its villages are embedded.
const DemoCounty = "421223000000"

// Kind is the floor of a place in the tree.
type Kind string

const (
	Province Kind = "province"
	City     Kind = "city"
	County   Kind = "county"
	Township Kind = "township"
	Village  Kind = "village"
)

// KindOf is the floor a 12-digit code stands for, read from its zeros; "" for what is no code. A city
// without counties (东莞) and its one county share a code, which is the city's.
func KindOf(code string) Kind {
	if !isCode(code) {
		return ""
	}
	switch {
	case code[9:] != "000":
		return Village
	case code[6:9] != "000":
		return Township
	case code[4:6] != "00":
		return County
	case code[2:4] != "00":
		return City
	case code[:2] != "00":
		return Province
	}
	return ""
}

// ParentOf is the code of the place above, "" for a province. The township of a city without counties lies
// directly beneath the city, which the zeros show.
func ParentOf(code string) string {
	switch KindOf(code) {
	case Village:
		return code[:9] + "000"
	case Township:
		return code[:6] + "000000"
	case County:
		return code[:4] + "00000000"
	case City:
		return code[:2] + "0000000000"
	}
	return ""
}

// Prefix is the part of the code that every place beneath begins with: "421223" for 421223000000.
// Scopes and lists that mean "this place and all beneath" compare with it.
func Prefix(code string) string {
	switch KindOf(code) {
	case Village:
		return code
	case Township:
		return code[:9]
	case County:
		return code[:6]
	case City:
		return code[:4]
	case Province:
		return code[:2]
	}
	return code
}

// Span are the bounds of the codes of a place and of all beneath it: from <= code < to. They are compared, where a LIKE
// would do too, because an index serves them on both engines, and because SQLite plans a statement anew each time that
// a bound pattern is given to a LIKE.
func Span(code string) (from, to string) {
	p := Prefix(code)
	return p, p + "~" // behind every digit
}

func isCode(code string) bool {
	if len(code) != 12 {
		return false
	}
	for i := range len(code) {
		if code[i] < '0' || code[i] > '9' {
			return false
		}
	}
	return true
}

// Division is one place. From "" is since always, To "" is still.
type Division struct {
	Code      string
	Parent    string
	Name      string
	Kind      Kind
	From, To  calendar.Day
	Successor string // code of what it became, when it ended
}

// Nominal reports whether the place exists only to fill a floor of the code ("市辖区" as a city): lists of
// codes need it, an address does not say it.
func (d Division) Nominal() bool {
	switch d.Name {
	case "市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划":
		return true
	}
	return false
}

// On reports whether the place exists on the day.
func (d Division) On(day calendar.Day) bool {
	return d.From <= day && (d.To == "" || day <= d.To)
}

// FullName joins a path into an address, leaving out what an address does not say: "湖北省咸宁市崇阳县天城镇".
func FullName(path []Division) string {
	s := ""
	for _, d := range path {
		if !d.Nominal() {
			s += d.Name
		}
	}
	return s
}
