package desk

import (
	"context"
	"errors"
	"slices"
	"strings"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/module/duty"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// DutyLine is one township's list in the county's table.
type DutyLine struct {
	Body  Body
	List  duty.List
	Count duty.Count
}

// DutyLists are the lists of all townships as they stood on the day, for anyone.
func (d *Desk) DutyLists(ctx context.Context, day calendar.Day) ([]DutyLine, error) {
	lists, err := duty.All(ctx, d.DB, day)
	if err != nil {
		return nil, err
	}
	counts, err := duty.Counts(ctx, d.DB, day)
	if err != nil {
		return nil, err
	}
	var table []DutyLine
	for _, l := range lists {
		table = append(table, DutyLine{d.Body(l.Org), l, counts[l.ID]})
	}
	return table, nil
}

// DutyList is one township's list as it stood on the day, with all its versions, for anyone.
func (d *Desk) DutyList(ctx context.Context, org string, day calendar.Day) (duty.List, []duty.List, error) {
	l, err := duty.On(ctx, d.DB, org, day)
	if errors.Is(err, db.ErrNotFound) {
		return l, nil, words.Refuse(words.NotFound, "no-duty-list", "这一天没有这个乡镇（街道）的清单。").Try("请换一个日期，或者看别的乡镇（街道）。")
	}
	if err != nil {
		return l, nil, err
	}
	versions, err := duty.Versions(ctx, d.DB, org)
	return l, versions, err
}

// DutyImport is a file that holds a new version of a township's list.
type DutyImport struct {
	Org, Title, Basis string
	From              calendar.Day
	Dry               bool // only say what is in it
	Partial           bool // take the right rows although others are wrong
	Name              string
	File              []byte
}

// DutyRead is what the file held.
type DutyRead struct {
	Count   duty.Count
	Faults  []duty.Fault
	Notices []duty.Fault // what was not read of the file
	Marked  []byte       // the rows with faults, marked, where there are any
	ID      string       // under which the file is kept with its faults; "" for a dry run
	Stored  bool
}

// MayKeepDuties: the county's desk, its organisation department or its government keep the lists of its townships.
func (d *Desk) MayKeepDuties(who actor.Actor, township string) bool {
	t, ok := d.Offices.Tree().Get(township)
	own, mine := d.Offices.Tree().Get(who.Acting)
	return who.Kind == actor.Staff && ok && mine && t.Kind == org.StreetTownship && own.Level == org.County &&
		slices.Contains([]org.Kind{org.SocialWork, org.Personnel, org.Government}, own.Kind) &&
		strings.HasPrefix(t.Division, division.Prefix(own.Division)) && (who.Has(own.ID, actor.Handle) || who.Has(own.ID, actor.Head))
}

// ImportDuties reads a list from XLSX and stores it as a new version. Whatever is wrong is told row by row and as a
// marked-up file; nothing is stored then, unless the right rows alone are wanted.
func (d *Desk) ImportDuties(ctx context.Context, who actor.Actor, in DutyImport) (DutyRead, error) {
	if !d.MayKeepDuties(who, in.Org) {
		return DutyRead{}, words.Refuse(words.Forbidden, "not-the-list-keeper", "乡镇（街道）的清单由县（市、区）的社会工作部、组织部或者政府维护。").Under(duty.Source)
	}
	if _, err := calendar.ParseDay(string(in.From)); err != nil || strings.TrimSpace(in.Basis) == "" || strings.TrimSpace(in.Title) == "" {
		return DutyRead{}, words.Refuse(words.Invalid, "fields", "有{n}处需要改正。", "n", 1).At("from", "请写清单的名称、依据的文件和从哪天起。")
	}
	list, err := duty.ReadList(in.File, d.bodyNamed)
	if err != nil {
		return DutyRead{}, err
	}
	items, faults := list.Items, list.Faults
	read := DutyRead{Count: duty.CountOf(items), Faults: faults, Notices: list.Notices}
	if read.Marked, err = list.Marked(who.Lang); err != nil {
		return read, err
	}
	if !in.Dry {
		b := Brought{What: "duties", Name: in.Name, Hash: hashOf(in.File), Total: len(items) + list.Bad(), Good: len(items), Bad: list.Bad()}
		for _, f := range append(faults, list.Notices...) {
			b.Faults = append(b.Faults, fileFault(f.Row, 0, f.Cell, f.Text, f.Args...))
		}
		if b, err = d.noteBrought(ctx, who, b, read.Marked); err != nil {
			return read, err
		}
		read.ID = b.ID
	}
	if in.Dry || len(items) == 0 || len(faults) > 0 && !in.Partial {
		return read, nil
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		return duty.Put(ctx, tx, duty.List{ID: matter.NewID(), Org: in.Org, Title: in.Title, Basis: in.Basis, From: in.From, By: who.ID, At: d.Now().UnixMilli(), Items: items})
	})
	read.Stored = err == nil
	return read, err
}

// DutyOf is what is known of a matter and the lists: what a person said, and what its words propose.
type DutyOf struct {
	Township Body
	Tag      duty.Tag
	Tagged   bool
	Item     duty.Item
	Proposed []duty.Match
}

// Duty says which item of its township's list a matter is about, for whoever may see the matter.
func (d *Desk) Duty(ctx context.Context, who actor.Actor, id string) (DutyOf, error) {
	m, err := d.load(ctx, who, id)
	if err != nil {
		return DutyOf{}, err
	}
	if who.Kind != actor.Staff {
		return DutyOf{}, matter.NotFound()
	}
	var of DutyOf
	l, ok := d.listAt(ctx, m.Fields["place"])
	if !ok {
		return of, nil
	}
	of.Township = d.Body(l.Org)
	of.Tag, of.Tagged, err = duty.Said(ctx, d.DB, id)
	of.Item, _ = l.Item(of.Tag.No)
	of.Proposed = l.Find(text(m))
	of.Proposed = of.Proposed[:min(3, len(of.Proposed))]
	return of, err
}

// TagDuty keeps what a person says: the matter is about the item no of the list, or about none of them, and why.
func (d *Desk) TagDuty(ctx context.Context, who actor.Actor, id, no, reason string) error {
	of, err := d.Duty(ctx, who, id)
	if err != nil {
		return err
	}
	if l, err := duty.On(ctx, d.DB, of.Township.ID, d.Today()); no != "" {
		if _, ok := l.Item(no); err != nil || !ok {
			return words.Refuse(words.Invalid, "no-such-item", "{town}的清单里没有“{no}”这一项。", "town", two(of.Township), "no", no).At("no", "请写清单里的序号。")
		}
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return words.Refuse(words.Invalid, "fields", "有{n}处需要改正。", "n", 1).At("reason", "请写为什么是（不是）这一项。")
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		return duty.Say(ctx, tx, duty.Tag{Matter: id, No: no, Reason: reason, By: who.ID}, d.Now())
	})
}

func two(b Body) words.Two { return words.Two{ZH: b.Name, EN: b.En} }

func text(m *matter.Matter) string { return m.Fields["title"] + "\n" + m.Fields["what"] }

// listAt is the list of the township in which the place lies.
func (d *Desk) listAt(ctx context.Context, place string) (duty.List, bool) {
	if place == "" {
		return duty.List{}, false
	}
	for _, o := range d.Offices.Tree().In("", org.StreetTownship) {
		if strings.HasPrefix(place, division.Prefix(o.Division)) && o.To == "" {
			if l, err := duty.On(ctx, d.DB, o.ID, d.Today()); err == nil {
				return l, true
			}
		}
	}
	return duty.List{}, false
}

// TownshipTask is the procedure by which townships get what is on none of their lists.
const TownshipTask = "township-task"

// notTaken refuses to give a township what was taken back from townships: a step that makes it the holder, or an
// opening that asks it to do something. Who is not given anything by the step is not looked at. The rules do not know
// of lists: whatever the procedure, the desk asks here first.
func (d *Desk) notTaken(ctx context.Context, r db.Reader, p *procedure.Procedure, sets map[string]string, to, id, said string, with map[string]string) error {
	var bodies []string
	for relation, source := range sets {
		field, ok := strings.CutPrefix(source, "field:")
		if ok && (p.States[to].Holder == relation || p.ID == TownshipTask) {
			bodies = append(bodies, strings.Fields(with[field])...)
		}
	}
	for _, body := range bodies {
		o, ok := d.Offices.Tree().Get(body)
		if !ok || o.Kind != org.StreetTownship {
			continue
		}
		l, err := duty.On(ctx, r, body, d.Today())
		if errors.Is(err, db.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		tag, tagged, err := duty.Said(ctx, r, id)
		if err != nil {
			return err
		}
		if item, ok := takenItem(l, tag, tagged, said); ok {
			return words.Refuse(words.Closed, "taken-back", "“{item}”在清单里是第{no}项，上级已经收回，由{lead}承担，不能交给{town}。", "item", item.Title, "no", item.No, "lead", item.Lead, "town", two(d.Body(body))).
				Under(duty.Source).Try("请交给{lead}。不是这一项的，先在“对应清单哪一项”里注明，再交。")
		}
	}
	return nil
}

// notTakenBelow refuses work for villages that was taken back from the township in which they lie: what a township need
// not do may not be asked past it. The first township of the place whose list says so is named.
func (d *Desk) notTakenBelow(ctx context.Context, r db.Reader, procedure, place, said string) error {
	if procedure != Admission || place == "" {
		return nil
	}
	for _, o := range d.Offices.Tree().In("", org.StreetTownship) {
		touches := strings.HasPrefix(o.Division, division.Prefix(place)) || strings.HasPrefix(place, division.Prefix(o.Division))
		if !touches || o.To != "" {
			continue
		}
		l, err := duty.On(ctx, r, o.ID, d.Today())
		if errors.Is(err, db.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if item, ok := takenItem(l, duty.Tag{}, false, said); ok {
			return words.Refuse(words.Closed, "taken-back", "“{item}”在{town}的清单里是第{no}项，上级已经收回，由{lead}承担，也不能下到村（社区）。", "item", item.Title, "no", item.No, "lead", item.Lead, "town", two(d.Body(o.ID))).
				Under(duty.Source).Try("请由{lead}自己办。不是这一项的，请在名称和内容里写清是什么，再申请。")
		}
	}
	return nil
}

// takenItem is the taken-back item that the matter is about: as a person said, else as every one of its words says.
func takenItem(l duty.List, tag duty.Tag, tagged bool, said string) (duty.Item, bool) {
	if tagged {
		item, ok := l.Item(tag.No)
		return item, ok && item.Kind == duty.Taken
	}
	for _, m := range l.Whole(said) {
		if m.Kind == duty.Taken {
			return m.Item, true
		}
	}
	return duty.Item{}, false
}

// stepNotTaken is notTaken for a step on a matter that the actor may see; what they may not see, the step refuses.
func (d *Desk) stepNotTaken(ctx context.Context, tx *db.Tx, who actor.Actor, id string, press Press) error {
	m, err := d.Matters.Load(ctx, tx, id)
	if err != nil || !d.Matters.Sees(who, m) {
		return nil
	}
	p, err := d.Book.ByKey(m.Version)
	if err != nil {
		return err
	}
	a, ok := p.Actions[press.Action]
	if !ok || d.Matters.Closed(who, m, press.Action, d.Now()) != nil {
		return nil
	}
	return d.notTaken(ctx, tx, p, a.Sets, a.To, m.ID, text(m), press.With)
}
