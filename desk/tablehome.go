package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/module/table"
	"jishi/people/actor"
)

// Homes is a page of the village's households for one form: how many cells of each are still unknown. It shows no value
// of anyone.
type Homes struct {
	Place, PlaceName string
	Form             AskedBy
	Forms            []AskedBy // that need something of households or persons
	Rows             []HomeRow
	Next             string
	Cells            int // of each household without its persons
}

// HomeRow is one household.
type HomeRow struct {
	table.Subject
	Persons, Missing int
}

const homesAtOnce = 50

// Homes lists households with what a form still lacks of them. Without a form there is no purpose, and no list of
// people: the forms to choose from are shown instead.
func (d *Desk) Homes(ctx context.Context, who actor.Actor, place, form, after string) (*Homes, error) {
	if !d.tableRole(who, place).people || d.keeper(place).ID == "" {
		return nil, noTable()
	}
	needs, err := table.Needs(ctx, d.DB, place, level(place), d.Today())
	if err != nil {
		return nil, err
	}
	h := &Homes{Place: place, PlaceName: lastName(d.path(ctx, place)), Forms: d.peopleForms(needs)}
	i := slices.IndexFunc(h.Forms, func(f AskedBy) bool { return f.ID == form })
	if i < 0 {
		return h, nil
	}
	h.Form = h.Forms[i]
	label, id, _ := strings.Cut(after, "\x1f")
	rows, err := table.Subjects(ctx, d.DB, place, table.Household, label, id, homesAtOnce+1)
	if err != nil {
		return nil, err
	}
	if len(rows) > homesAtOnce {
		last := rows[homesAtOnce-1]
		rows, h.Next = rows[:homesAtOnce], last.Label+"\x1f"+last.ID
	}
	missing, err := table.Missing(ctx, d.DB, place, rows, ofForm(needs, form))
	if err != nil {
		return nil, err
	}
	for _, s := range rows {
		h.Rows = append(h.Rows, HomeRow{Subject: s, Persons: missing[s.ID].Persons, Missing: missing[s.ID].Cells})
	}
	return h, nil
}

func (d *Desk) peopleForms(needs []table.Need) []AskedBy {
	var list []AskedBy
	for _, n := range needs {
		if n.Element.Subject != table.Household && n.Element.Subject != table.Person {
			continue
		}
		for _, f := range n.Forms {
			if !slices.ContainsFunc(list, func(a AskedBy) bool { return a.ID == f.ID }) {
				list = append(list, AskedBy{ID: f.ID, Title: f.Title, Body: d.Body(f.Org), Purpose: f.Purpose})
			}
		}
	}
	return list
}

func ofForm(needs []table.Need, form string) []table.Need {
	var list []table.Need
	for _, n := range needs {
		if n.For(form) && (n.Element.Subject == table.Household || n.Element.Subject == table.Person) {
			list = append(list, n)
		}
	}
	return list
}

// Home is one household with its persons, as far as a form needs them.
type Home struct {
	Place, PlaceName string
	Form             AskedBy
	Members          []Member // the household itself first
}

// Member is a household or a person with the cells that the purpose needs.
type Member struct {
	table.Subject
	Slots []Slot
}

// Home opens a household for the purpose of a form: only the fields that this form needs, and the look at each person
// is recorded before anything is shown.
func (d *Desk) Home(ctx context.Context, who actor.Actor, place, id, form string) (*Home, error) {
	if !d.tableRole(who, place).people || d.keeper(place).ID == "" {
		return nil, noTable()
	}
	needs, err := table.Needs(ctx, d.DB, place, level(place), d.Today())
	if err != nil {
		return nil, err
	}
	forms := d.peopleForms(needs)
	i := slices.IndexFunc(forms, func(f AskedBy) bool { return f.ID == form })
	if i < 0 {
		return nil, words.Refuse(words.Invalid, "purpose-missing", "查看一户人家的信息要有目的：请先选一张需要它的表。").Under("个人信息保护法第六条")
	}
	s, ok, err := table.OneSubject(ctx, d.DB, place, id)
	if err != nil {
		return nil, err
	}
	if !ok || s.Kind != table.Household {
		return nil, words.Refuse(words.NotFound, "no-such-subject", "没有这一户或者这个人，或者您不能查看。")
	}
	members, err := table.Members(ctx, d.DB, place, id)
	if err != nil {
		return nil, err
	}
	h := &Home{Place: place, PlaceName: lastName(d.path(ctx, place)), Form: forms[i]}
	all := append([]table.Subject{s}, members...)
	if err := d.recordLooks(ctx, who, all, ofForm(needs, form), form, h.Form.Title); err != nil {
		return nil, err
	}
	for _, m := range all {
		slots, err := d.slotsOf(ctx, m, ofForm(needs, form))
		if err != nil {
			return nil, err
		}
		h.Members = append(h.Members, Member{m, slots})
	}
	return h, nil
}

// recordLooks stores that the actor looks at personal cells, for which form.
func (d *Desk) recordLooks(ctx context.Context, who actor.Actor, all []table.Subject, needs []table.Need, form, reason string) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		for _, s := range all {
			var elements []string
			for _, n := range needs {
				if n.Element.Subject == s.Kind && n.Element.Personal() {
					elements = append(elements, n.Element.ID)
				}
			}
			if len(elements) == 0 {
				continue
			}
			x := table.Read{Place: s.Place, Subject: s.ID, Elements: elements, By: who.ID, Post: postIn(who), Org: who.Acting, Form: form, Reason: reason, At: d.Now()}
			if err := table.Record(ctx, tx, x); err != nil {
				return fmt.Errorf("desk.recordLooks: %w", err)
			}
		}
		return nil
	})
}

func postIn(who actor.Actor) string {
	for _, p := range who.Posts {
		if p.Org == who.Acting {
			return p.Title
		}
	}
	return ""
}

// slotsOf are the subject's cells under the needed elements, with the values of sealed ones opened.
func (d *Desk) slotsOf(ctx context.Context, s table.Subject, needs []table.Need) ([]Slot, error) {
	cells, err := table.Of(ctx, d.DB, s.Place, s.ID)
	if err != nil {
		return nil, err
	}
	var slots []Slot
	for _, n := range needs {
		if n.Element.Subject != s.Kind {
			continue
		}
		c := table.Cell{Key: table.Key{Place: s.Place, Subject: s.ID, Element: n.Element.ID, Period: n.Period}}
		for _, x := range cells {
			if x.Element == n.Element.ID && x.Period == n.Period {
				c = x
			}
		}
		if err := d.unseal(ctx, &c); err != nil {
			return nil, err
		}
		slots = append(slots, d.slot(&Table{Place: s.Place}, n.Element, n.Period, c, n.Forms))
	}
	return slots, nil
}

// unseal opens a sealed value in place. Call it after the look was recorded.
func (d *Desk) unseal(ctx context.Context, c *table.Cell) error {
	if c.Sealed == "" {
		return nil
	}
	text, err := d.Vault.OpenText(ctx, d.DB, c.Sealed)
	c.Value = text
	return err
}

// The articles under which values are checked, and under which a person sees and corrects what is kept about them.
const (
	CiteChecking = "政务数据共享条例第二十六条"
	CiteHeld     = "个人信息保护法第四十五条"
	CiteKept     = "个人信息保护法第十九条"
)

// Held is what is kept about a resident: each cell with where it is from, and who looked at it why.
type Held struct {
	Place, PlaceName string
	Keeper           Body
	Subject          table.Subject
	Slots            []Slot
	Open             map[string]bool // by element: a correction that nobody has decided yet
	Looks            []Looked
}

// Looked is one look at a person's cells.
type Looked struct {
	table.Read
	Person, Post string
	Body         Body
	Titles       []string // of the elements
}

// HeldAbout is everything that tables hold about the citizens who are signed in: about themselves and, where they
// live, about their household.
func (d *Desk) HeldAbout(ctx context.Context, who actor.Actor) ([]Held, error) {
	if who.Kind != actor.Citizen {
		return nil, signIn()
	}
	subjects, err := table.ByRef(ctx, d.DB, who.Persons())
	if err != nil {
		return nil, err
	}
	var all []Held
	for _, s := range subjects {
		h, err := d.held(ctx, s)
		if err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	return all, nil
}

func (d *Desk) held(ctx context.Context, s table.Subject) (Held, error) {
	h := Held{Place: s.Place, PlaceName: lastName(d.path(ctx, s.Place)), Keeper: d.keeper(s.Place), Subject: s, Open: map[string]bool{}}
	cells, err := table.Of(ctx, d.DB, s.Place, s.ID)
	if err != nil {
		return h, err
	}
	var ids []string
	for _, c := range cells {
		ids = append(ids, c.Element)
	}
	slices.Sort(ids)
	elements, err := table.Elements(ctx, d.DB, slices.Compact(ids), d.Today())
	if err != nil {
		return h, err
	}
	for _, c := range cells {
		e := elements[c.Element]
		if e.ID == "" {
			e.ID, e.Title = c.Element, c.Element
		}
		if err := d.unseal(ctx, &c); err != nil {
			return h, err
		}
		h.Open[c.Element] = c.Open > 0
		h.Slots = append(h.Slots, d.slot(&Table{Place: s.Place}, e, c.Period, c, nil))
	}
	reads, err := table.Reads(ctx, d.DB, s.Place, s.ID)
	for _, x := range reads {
		l := Looked{Read: x, Person: d.Offices.Name(x.By), Post: x.Post, Body: d.Body(x.Org)}
		for _, id := range x.Elements {
			l.Titles = append(l.Titles, elements[id].Title)
		}
		h.Looks = append(h.Looks, l)
	}
	return h, err
}

// AskCorrection is a resident who says that what is kept about them is wrong. The body that the value is from decides;
// the value stands until then, with the resident's beside it. No number of days stands in the law: 及时.
func (d *Desk) AskCorrection(ctx context.Context, who actor.Actor, place, subject string, x Writing) error {
	held, err := d.HeldAbout(ctx, who)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(held, func(h Held) bool { return h.Place == place && h.Subject.ID == subject })
	if i < 0 {
		return words.Refuse(words.NotFound, "not-held", "没有这一项，或者它不是关于您的。")
	}
	j := slices.IndexFunc(held[i].Slots, func(s Slot) bool { return s.Element.ID == x.Element && s.Period == x.Period })
	if j < 0 {
		return words.Refuse(words.NotFound, "not-held", "没有这一项，或者它不是关于您的。")
	}
	s := held[i].Slots[j]
	value, fault := table.Clean(s.Element, "v", x.Value)
	if fault != nil {
		return words.Refuse(words.Invalid, "bad-value", "这一格填的内容不合要求。").At(fault.Field, fault.Text, fault.Args...)
	}
	if strings.TrimSpace(x.Reason) == "" {
		return words.Refuse(words.Invalid, "contest-reason", "请写明为什么认为这个数不对。").At("reason", "请写理由，例如依据哪份材料。")
	}
	decides := d.decider(place, s.Cell)
	if decides == "" {
		decides = held[i].Keeper.ID
	}
	now := d.Now()
	e := table.Entry{Key: s.Cell.Key, Act: table.Contest, Value: value, Source: decides, AsOf: d.Today(), Base: x.Base, Reason: x.Reason, Token: place + ":" + x.Token,
		By: "citizen", At: now, Decides: decides, Due: d.askDue(now), Sensitive: table.Sensitive(s.Element), Numeric: table.Numeric(s.Element)}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := d.cells().Write(ctx, tx, e)
		return err
	})
}

// askDays is within how many working days a resident's correction is to be decided: the law says "in time" and gives
// no number (个人信息保护法第四十六条), so this is a setting.
const askDays = 15

func (d *Desk) askDue(at time.Time) calendar.Day { return d.workdays(at, askDays) }
