package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"jishi/base/db"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/module/table"
	"jishi/people/actor"
	"jishi/work/matter"
)

// NewSubject is a household with its first person, or one more person of a household, as a village officer says it.
type NewSubject struct {
	Token                 string       // of the form, so that a second press enters nobody twice
	Form                  string       // the form whose purpose needs them
	Home                  string       // ID of the household that the person joins, "" for a new one
	Label                 string       // of a new household, as lists show it: 3组12号
	Name, IDNumber, Phone string       // of the person; all "" enters the household alone
	Sure                  string       // why the number is right although its check digit is wrong
	Scan                  *matter.File // which shows it
}

// AddSubject enters a household or a person into the table of a village, and returns the household's ID. Who the person
// is goes to the vault; lists show a masked name. Only who keeps the table may, and only while a form on the list needs
// something of households or persons: without a purpose nobody is entered (个人信息保护法第六条).
func (d *Desk) AddSubject(ctx context.Context, who actor.Actor, place string, x NewSubject) (home string, err error) {
	if err := d.mayAdd(ctx, who, place, x.Form); err != nil {
		return "", err
	}
	if x.Token == "" {
		x.Token = NewToken()
	}
	x.Label, x.Name, x.Phone, x.IDNumber, x.Sure = strings.TrimSpace(x.Label), strings.TrimSpace(x.Name), strings.TrimSpace(x.Phone), strings.TrimSpace(x.IDNumber), strings.TrimSpace(x.Sure)
	unsure, err := d.checkSubject(x)
	if err != nil {
		return "", err
	}
	now, today := d.Now(), d.Today()
	said := d.said256(place, x.Form, x.Home, x.Label, x.Name, x.IDNumber, x.Phone)
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		if home = x.Home; home == "" {
			home = matter.NewID()
		}
		switch err := claim(ctx, tx, x.Token, said, Receipt{ID: home, At: now}); {
		case errors.Is(err, errPressed):
			return tx.Row(ctx, `SELECT matter FROM press_token WHERE token = $1`, []any{hashed(x.Token)}, &home)
		case err != nil:
			return err
		}
		if x.Home == "" {
			taken, err := table.LabelTaken(ctx, tx, place, x.Label)
			if err != nil {
				return err
			}
			if taken {
				return words.Refuse(words.Invalid, "home-there", "“{label}”这一户已经在表里。", "label", x.Label).At("label", "请打开那一户加人，或者换一个分得开的写法。")
			}
			if err := table.PutSubject(ctx, tx, table.Subject{Place: place, ID: home, Kind: table.Household, Label: x.Label, From: today}, who.ID, now); err != nil {
				return err
			}
		} else if s, ok, err := table.OneSubject(ctx, tx, place, home); err != nil || !ok || s.Kind != table.Household || s.To != "" {
			if err != nil {
				return err
			}
			return words.Refuse(words.NotFound, "no-such-subject", "没有这一户或者这个人，或者您不能查看。")
		}
		if x.Name == "" {
			return nil
		}
		person := vault.Identity{Name: x.Name, Phone: x.Phone, IDNumber: x.IDNumber}
		ref, _, err := d.Vault.Seal(ctx, tx, now, person)
		if err != nil {
			return fmt.Errorf("desk.AddSubject: %w", err)
		}
		s := table.Subject{Place: place, ID: matter.NewID(), Kind: table.Person, Home: home, Label: person.Masked().Name, Ref: ref, From: today}
		if err := table.PutSubject(ctx, tx, s, who.ID, now); err != nil || !unsure {
			return err
		}
		return table.PutUnchecked(ctx, tx, table.Unchecked{Place: place, Subject: s.ID, Scan: x.Scan.Hash, ScanName: x.Scan.Name, Reason: x.Sure, By: who.ID, Org: d.tableRole(who, place).org, At: now})
	})
	return home, err
}

// mayAdd: the same people for the same purpose as those who may open a household.
func (d *Desk) mayAdd(ctx context.Context, who actor.Actor, place, form string) error {
	if !d.tableRole(who, place).people || d.keeper(place).ID == "" {
		return noTable()
	}
	needs, err := table.Needs(ctx, d.DB, place, level(place), d.Today())
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(d.peopleForms(needs), func(f AskedBy) bool { return f.ID == form }) {
		return words.Refuse(words.Invalid, "purpose-missing", "查看一户人家的信息要有目的：请先选一张需要它的表。").Under("个人信息保护法第六条")
	}
	return nil
}

// checkSubject tells all faults at once; unsure is true where a number with a wrong check digit is taken as it is.
func (d *Desk) checkSubject(x NewSubject) (unsure bool, err error) {
	r := words.Refuse(words.Invalid, "fields", "有{n}处需要改正。")
	if n := len([]rune(x.Label)); x.Home == "" && (n == 0 || n > 40) {
		r.At("label", "请写是哪一户，例如3组12号，不超过四十字。")
	}
	if n := len([]rune(x.Name)); n > 40 || n == 0 && (x.Home != "" || x.Phone != "" || x.IDNumber != "") {
		r.At("name", "请写姓名，不超过四十字。")
	}
	if x.Phone != "" {
		if f := vault.CheckPhone("phone", x.Phone); f != nil {
			r.At(f.Field, f.Text, f.Args...)
		}
	}
	if x.IDNumber != "" {
		_, digit, f := table.PersonNumber("id-number", x.IDNumber, d.Today(), x.Sure != "" && x.Scan != nil)
		if unsure = digit && f == nil; f != nil {
			r.At(f.Field, f.Text, f.Args...)
		}
		if digit && f != nil {
			r.Try("证件上就是这个号码的：写明理由，带上证件的扫描件再保存。")
		}
	}
	if len(r.Fields) == 0 {
		return unsure, nil
	}
	return false, r.With("n", len(r.Fields))
}
