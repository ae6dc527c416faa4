package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/vault"
	"jishi/module/table"
	"jishi/work/matter"
)

// rowsTogether are the rows of one transaction: others write between two of them.
const rowsTogether = 200

// store writes lines in one transaction with how far the reading is.
func (r *reading) store(ctx context.Context, lines []table.Line, done int) error {
	for {
		var held []FileFault
		var at []int
		err := r.step(ctx, done, func(tx *db.Tx) (int, int, error) {
			if len(lines) == 0 {
				return 0, 0, nil
			}
			tx.Many()
			w := &rowsWriter{reading: r, tx: tx, subjects: map[string]string{}, fresh: map[string]bool{}}
			out, err := w.write(ctx, lines)
			held, at = w.faults, w.at
			return out[table.Stands], out[table.Contends], err
		})
		if errors.Is(err, table.ErrRace) {
			continue // somebody wrote one of the cells in between: now it stands, and is looked at
		}
		for i, f := range held {
			r.fault(lines[at[i]].Raw, f)
		}
		return err
	}
}

// rowsWriter writes some lines within one transaction.
type rowsWriter struct {
	*reading
	tx       *db.Tx
	subjects map[string]string // household by place and label, person by place and number
	fresh    map[string]bool   // subjects that this transaction entered: none of their cells can stand yet
	faults   []FileFault
	at       []int // of each fault the line
}

func (w *rowsWriter) write(ctx context.Context, lines []table.Line) (map[table.Outcome]int, error) {
	by := map[string][]table.Line{}
	for _, l := range lines {
		if l.Home != "" {
			by[l.Place] = append(by[l.Place], l)
		}
	}
	for place, of := range by {
		if err := w.homes(ctx, place, of); err != nil {
			return nil, err
		}
		if err := w.persons(ctx, place, of); err != nil {
			return nil, err
		}
	}
	if err := w.unchecked(ctx, lines); err != nil {
		return nil, err
	}
	return w.cells(ctx, lines)
}

// homes finds the households of the lines and enters those that are new.
func (w *rowsWriter) homes(ctx context.Context, place string, lines []table.Line) error {
	var labels []string
	for _, l := range lines {
		if !slices.Contains(labels, l.Home) {
			labels = append(labels, l.Home)
		}
	}
	found, err := table.Homes(ctx, w.tx, place, labels)
	if err != nil {
		return err
	}
	var fresh []table.Subject
	for _, label := range labels {
		id := found[label]
		if id == "" {
			id = matter.NewID()
			w.fresh[id] = true
			fresh = append(fresh, table.Subject{Place: place, ID: id, Kind: table.Household, Label: label, From: calendar.DayOf(w.stamp)})
		}
		w.subjects[place+"\x1f"+label] = id
	}
	return table.PutSubjects(ctx, w.tx, fresh, w.By, w.stamp)
}

// persons finds the persons of the lines by their numbers and enters those that are new; who they are goes to the vault.
func (w *rowsWriter) persons(ctx context.Context, place string, lines []table.Line) error {
	there, err := w.known(ctx, place, lines)
	if err != nil {
		return err
	}
	var fresh []table.Subject
	var who []vault.Identity
	for _, l := range lines {
		if l.IDNumber == "" {
			continue
		}
		id := there[l.IDNumber]
		if id == "" {
			id = matter.NewID()
			x := vault.Identity{Name: l.Name, Phone: l.Phone, IDNumber: l.IDNumber}
			w.fresh[id] = true
			who = append(who, x)
			fresh = append(fresh, table.Subject{Place: place, ID: id, Kind: table.Person, Home: w.subjects[place+"\x1f"+l.Home], Label: x.Masked().Name, From: calendar.DayOf(w.stamp)})
		}
		w.subjects[place+"\x1f"+l.IDNumber] = id
	}
	refs, err := w.d.Vault.SealMany(ctx, w.tx, w.stamp, who)
	if err != nil {
		return fmt.Errorf("desk.persons: %w", err)
	}
	for i := range fresh {
		fresh[i].Ref = refs[i]
	}
	return table.PutSubjects(ctx, w.tx, fresh, w.By, w.stamp)
}

// known are the persons of the place whom the lines name, by number.
func (w *rowsWriter) known(ctx context.Context, place string, lines []table.Line) (map[string]string, error) {
	var numbers, refs []string
	for _, l := range lines {
		if l.IDNumber != "" {
			numbers = append(numbers, l.IDNumber)
		}
	}
	kept, err := w.d.Vault.FindIDNumbers(ctx, w.tx, numbers)
	if err != nil {
		return nil, err
	}
	for _, list := range kept {
		refs = append(refs, list...)
	}
	there, err := table.PersonsBy(ctx, w.tx, place, refs)
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for number, list := range kept {
		for _, ref := range list {
			if there[ref] != "" {
				found[number] = there[ref]
			}
		}
	}
	return found, nil
}

// subject is of whom a value is.
func (w *rowsWriter) subject(l table.Line, kind string) string {
	switch kind {
	case table.Person:
		return w.subjects[l.Place+"\x1f"+l.IDNumber]
	case table.Household:
		return w.subjects[l.Place+"\x1f"+l.Home]
	}
	return ""
}

// unchecked keeps who took a number with a wrong check digit, why, and the scan.
func (w *rowsWriter) unchecked(ctx context.Context, lines []table.Line) error {
	for _, l := range lines {
		for _, element := range l.Unsure {
			x := table.Unchecked{Place: l.Place, Element: element, Scan: w.Said.Scan.Hash, ScanName: w.Said.Scan.Name, Reason: l.Sure, By: w.By, Org: w.Said.Org, At: w.stamp}
			if x.Subject = w.subject(l, table.Person); element != "" {
				i := slices.IndexFunc(l.Values, func(v table.Value) bool { return v.Need.Element.ID == element })
				x.Subject = w.subject(l, l.Values[i].Need.Element.Subject)
			}
			if err := table.PutUnchecked(ctx, w.tx, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// cells writes the values. What comes from another body and says something else is told, and left as it stands.
func (w *rowsWriter) cells(ctx context.Context, lines []table.Line) (map[table.Outcome]int, error) {
	var entries []table.Entry
	var keys []table.Key
	var of []int
	for i, l := range lines {
		for _, v := range l.Values {
			e := v.Need.Element
			k := table.Key{Place: l.Place, Subject: w.subject(l, e.Subject), Element: e.ID, Period: v.Need.Period}
			of = append(of, i)
			if !w.fresh[k.Subject] {
				keys = append(keys, k)
			}
			entries = append(entries, table.Entry{Key: k, Act: table.Import, Value: v.Text, Source: w.Said.Org, Org: w.Said.Org, AsOf: calendar.DayOf(w.stamp), Form: w.Said.Form, By: w.By, At: w.stamp,
				Reason: l.Sure, Token: fmt.Sprintf("brought-%s-%d-%d", w.ID, l.N, v.Col), Sensitive: table.Sensitive(e), Numeric: table.Numeric(e)})
		}
	}
	were, err := w.d.cells().Cells(ctx, w.tx, keys)
	if err != nil {
		return nil, err
	}
	kept := entries[:0]
	for i, e := range entries {
		c, stands := were[e.Key]
		if stands && c.Known() && w.d.decider(e.Place, c) != "" {
			same, err := w.d.cells().Same(ctx, w.tx, c, e.Value)
			if err != nil {
				return nil, err
			}
			if !same {
				w.faults = append(w.faults, fileFault(lines[of[i]].N, columnOf(lines[of[i]], e), headingOf(lines[of[i]], e, w.Said.Form), "这个数来自{body}，这里不能改；如果不对，请在一张表里提出异议。", "body", two(w.d.Body(c.Source))))
				w.at = append(w.at, of[i])
				continue
			}
		}
		kept = append(kept, e)
	}
	return w.d.cells().WriteMany(ctx, w.tx, kept, were)
}

func valueOf(l table.Line, e table.Entry) table.Value {
	return l.Values[slices.IndexFunc(l.Values, func(v table.Value) bool { return v.Need.Element.ID == e.Element })]
}

func columnOf(l table.Line, e table.Entry) int { return valueOf(l, e).Col }

func headingOf(l table.Line, e table.Entry, form string) string {
	return valueOf(l, e).Need.Label(form)
}
