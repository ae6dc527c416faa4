package desk

import (
	"slices"

	"jishi/base/vault"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/matter"
)

// Number is a number in the texts of a matter by which somebody can be found, and where it stands.
type Number struct {
	Where words.Two
	vault.Number
}

// mostNumbers are named on a page; more make nobody wiser.
const mostNumbers = 10

// wall names to an officer the numbers in what is said in a matter, and makes them unreadable to one whose body does not
// handle it: who may not open the identity does not find it in a text, a note or the name of a file either. What is kept is
// not touched. It stands where every page and every interface reads a matter, so that no step can go around it.
func (d *Desk) wall(who actor.Actor, m *matter.Matter, v *View) {
	if who.Kind != actor.Staff {
		return
	}
	mask, today := !d.mayLook(who, m), d.Today()
	look := func(zh, en string, text *string) {
		for _, n := range vault.Numbers(*text, today) {
			found := Number{words.Two{ZH: zh, EN: en}, n}
			if len(v.Numbers) < mostNumbers && !slices.Contains(v.Numbers, found) {
				v.Numbers = append(v.Numbers, found)
			}
		}
		if mask {
			*text = vault.WithoutNumbers(*text, today)
		}
	}
	look("标题", "the title", &v.Title)
	v.Said, v.Files = slices.Clone(v.Said), slices.Clone(v.Files)
	said := func(list []Said) {
		for i := range list {
			look(list[i].Title, list[i].En, &list[i].Text)
		}
	}
	files := func(list []matter.File) {
		for i := range list {
			look("附件的名称", "the name of an attachment", &list[i].Name)
		}
	}
	said(v.Said)
	files(v.Files)
	for i := range v.Timeline {
		s := &v.Timeline[i]
		s.Said, s.Files = slices.Clone(s.Said), slices.Clone(s.Files)
		said(s.Said)
		files(s.Files)
	}
	for i := range v.Notes {
		look("内部备注", "an internal note", &v.Notes[i].Text)
	}
	for i := range v.Links { // other matters, in which the reader may have no part
		v.Links[i].Title = vault.WithoutNumbers(v.Links[i].Title, today)
	}
	for i := range v.Duplicates {
		v.Duplicates[i].Title = vault.WithoutNumbers(v.Duplicates[i].Title, today)
	}
}

// title is what a matter is called in lists, on boards and in calendars, where one look shows many: without numbers for
// everybody.
func (d *Desk) title(m *matter.Matter) string {
	return vault.WithoutNumbers(m.Fields["title"], d.Today())
}
