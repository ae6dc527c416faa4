// Package duty keeps what a township must do, what it only helps with and what was taken back from it; what hangs,
// runs and is kept in villages; what was sent down on paper and in meetings; and it counts clean-ups.
//
// Numbers here may be disputed, so each is computed from what was counted and never typed: see Share and Reduction.
package duty

import (
	"slices"
	"strings"

	"jishi/base/calendar"
)

// Kind is one of the three lists 履职事项清单.
type Kind string

const (
	Basic     Kind = "basic"     // 基本履职: the township's own
	Cooperate Kind = "cooperate" // 配合履职: a department leads, the township does a stated part
	Taken     Kind = "taken"     // 上级收回: a department does it; it must not be given to the township
)

// Kinds are the three lists in their order.
var Kinds = []Kind{Basic, Cooperate, Taken}

// Titles are the lists' names.
var Titles = map[Kind][2]string{Basic: {"基本履职", "Basic duties"}, Cooperate: {"配合履职", "Assisted duties"}, Taken: {"上级收回", "Taken back"}}

// Source is where the three lists are from; the text itself was not found (grade C).
const Source = "《关于全面建立乡镇（街道）履行职责事项清单的意见》"

// List is one version of a township's lists.
type List struct {
	ID, Org, Title, Basis string
	From, To              calendar.Day // the zero To is: still in force
	By                    string
	At                    int64 // milliseconds
	Items                 []Item
}

// Item is one duty.
type Item struct {
	No, Title, Theme string
	Kind             Kind
	Lead             string // who leads, or does it now, as printed
	LeadOrg          string // its ID, "" where it is none of ours
	Part             string // what the township does, of Cooperate
	Words            []string
}

// Count is how many items stand on each list.
type Count struct{ Basic, Cooperate, Taken int }

// Total is the items of all three lists.
func (c Count) Total() int { return c.Basic + c.Cooperate + c.Taken }

// Others are those in which somebody else leads: the two lists that relieve a township.
func (c Count) Others() int { return c.Cooperate + c.Taken }

// Share is Others of Total in tenths of a percent, rounded half up: 656 is 65.6 %. ok is false for an empty list.
func (c Count) Share() (tenths int, ok bool) { return Tenths(c.Others(), c.Total()) }

// Count counts the list.
func (l List) Count() Count { return CountOf(l.Items) }

// CountOf counts items.
func CountOf(items []Item) (c Count) {
	for _, i := range items {
		switch i.Kind {
		case Basic:
			c.Basic++
		case Cooperate:
			c.Cooperate++
		case Taken:
			c.Taken++
		}
	}
	return c
}

// Item is the item with the number.
func (l List) Item(no string) (Item, bool) {
	i := slices.IndexFunc(l.Items, func(i Item) bool { return i.No == no })
	if i < 0 {
		return Item{}, false
	}
	return l.Items[i], true
}

// Match is an item that a text speaks of, with the words that say so.
type Match struct {
	Item
	Found []string
}

// Find are the items that the text speaks of, those with the most of their words first. An item without words is
// found by its whole title only.
func (l List) Find(text string) []Match {
	var list []Match
	for _, i := range l.Items {
		m := Match{Item: i}
		for _, w := range i.Words {
			if strings.Contains(text, w) {
				m.Found = append(m.Found, w)
			}
		}
		if len(i.Words) == 0 && i.Title != "" && strings.Contains(text, i.Title) {
			m.Found = []string{i.Title}
		}
		if len(m.Found) > 0 {
			list = append(list, m)
		}
	}
	slices.SortStableFunc(list, func(a, b Match) int {
		if a.whole() != b.whole() {
			if a.whole() {
				return -1
			}
			return 1
		}
		return len(b.Found) - len(a.Found)
	})
	return list
}

// whole: the text uses every word of the item, so that it speaks of this one and not of something near it.
func (m Match) whole() bool { return len(m.Found) >= max(len(m.Words), 1) }

// Whole are the items of which the text uses every word.
func (l List) Whole(text string) []Match {
	list := l.Find(text)
	n := slices.IndexFunc(list, func(m Match) bool { return !m.whole() })
	if n < 0 {
		return list
	}
	return list[:n]
}
