package demo

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"
	"go.yaml.in/yaml/v3"

	"jishi/base/words"
	"jishi/desk"
	"jishi/module/collect"
	"jishi/people/actor"
)

//go:embed forms.yaml
var formsFile []byte

type formFile struct {
	Common, People []string
	Departments    []struct {
		Org, Basis, Purpose string
		Pool, New, Titles   []string
	}
}

// Forms adopts the shipped catalogue and lets twelve departments bring their sixty forms: most are admitted with what is
// new in them, some are refused because all of it is known, a few still wait. Every step is a real one.
func Forms(ctx context.Context, d *desk.Desk) error {
	var file formFile
	dec := yaml.NewDecoder(bytes.NewReader(formsFile))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return fmt.Errorf("demo.Forms: %w", err)
	}
	keeper, err := staffOf(ctx, d, "county-data")
	if err != nil {
		return fmt.Errorf("demo.Forms: %w", err)
	}
	if _, err := d.AdoptShipped(ctx, keeper); err != nil {
		return fmt.Errorf("demo.Forms: %w", err)
	}
	all, _, err := d.Catalogue(ctx, keeper, "", "")
	if err != nil {
		return fmt.Errorf("demo.Forms: %w", err)
	}
	b := &bringer{d: d, elements: map[string]collect.Element{}}
	for _, e := range all {
		b.elements[e.ID] = e
	}
	for di, dep := range file.Departments {
		who, err := staffOf(ctx, d, dep.Org)
		if err != nil {
			return fmt.Errorf("demo.Forms: %w", err)
		}
		for i, title := range dep.Titles {
			ids := append(append([]string{}, file.Common...), file.People...)
			for k := range 7 {
				ids = append(ids, dep.Pool[(i*2+k)%len(dep.Pool)])
			}
			fresh := dep.New[i%len(dep.New) : i%len(dep.New)+1]
			if i == 3 { // its asker forgot to ask for anything new
				fresh = nil
			}
			x := desk.FormDraft{Title: title, Basis: dep.Basis, Purpose: dep.Purpose, Level: "village", Period: periodOf(title)}
			if err := b.bring(ctx, who, x, ids, fresh, di+i, i); err != nil {
				return fmt.Errorf("demo.Forms %s: %w", title, err)
			}
		}
	}
	return nil
}

func periodOf(title string) string {
	switch {
	case strings.HasSuffix(title, "月报"):
		return "month"
	case strings.HasSuffix(title, "季报"):
		return "quarter"
	case strings.HasSuffix(title, "年报"):
		return "year"
	}
	return "once"
}

// staffOf is an officer of the body who may register.
func staffOf(ctx context.Context, d *desk.Desk, body string) (actor.Actor, error) {
	for _, o := range d.Offices.Staff(body) {
		for _, p := range o.Powers {
			if p == actor.Register {
				a, err := d.Staff(ctx, o.ID)
				if err != nil {
					return a, err
				}
				a, _ = a.For(body)
				a.Lang = words.ZH
				return a, nil
			}
		}
	}
	return actor.Actor{}, fmt.Errorf("%s has no officer who may register", body)
}

type bringer struct {
	d        *desk.Desk
	elements map[string]collect.Element
}

// bring registers one form as the department would name its fields, confirms them and hands it in.
func (b *bringer) bring(ctx context.Context, who actor.Actor, x desk.FormDraft, ids, fresh []string, shift, nth int) error {
	labels, decisions := []string{}, map[int]string{}
	for i, id := range ids {
		e := b.elements[id]
		names := append([]string{e.Title}, e.Synonyms...)
		labels = append(labels, names[(shift+i)%len(names)])
		decisions[len(labels)] = id
	}
	for _, label := range fresh {
		labels = append(labels, label)
		decisions[len(labels)] = desk.Nothing
	}
	file, err := sheetOf(x.Title, labels)
	if err != nil {
		return err
	}
	x.File, x.Name = file, x.Title+".xlsx"
	f, _, err := b.d.BringForm(ctx, who, x)
	if err != nil || nth == 4 && shift%3 == 0 { // some still have to say what their fields are
		return err
	}
	if err := b.d.DecideFields(ctx, who, f.ID, f.Seq, decisions); err != nil {
		return err
	}
	v, err := b.d.HandIn(ctx, who, f.ID, desk.NewToken(), "yearly", "")
	if err != nil || v.State != collect.Checked || nth == 2 && shift%4 == 0 { // some still wait for the two desks
		return err
	}
	return b.agree(ctx, v.Matter)
}

// agree lets the data authority and the social work department consent.
func (b *bringer) agree(ctx context.Context, matter string) error {
	for _, x := range []struct{ body, action string }{{"county-data", "agree-data"}, {"county-social", "agree-social"}} {
		who, err := staffOf(ctx, b.d, x.body)
		if err != nil {
			return err
		}
		m, err := b.d.Matter(ctx, who, matter)
		if err != nil {
			return err
		}
		if _, err := b.d.Do(ctx, who, matter, desk.Press{Token: desk.NewToken(), Seq: m.Seq, Action: x.action}); err != nil {
			return err
		}
	}
	return b.d.FollowForms(ctx)
}

// sheetOf is the form as the department's own spreadsheet: a title over all columns, and the header beneath it.
func sheetOf(title string, labels []string) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	last, err := excelize.CoordinatesToCellName(len(labels), 1)
	if err != nil {
		return nil, err
	}
	if err := f.SetCellStr("Sheet1", "A1", title); err != nil {
		return nil, err
	}
	if err := f.MergeCell("Sheet1", "A1", last); err != nil {
		return nil, err
	}
	row := make([]any, len(labels))
	for i, l := range labels {
		row[i] = l
	}
	if err := f.SetSheetRow("Sheet1", "A2", &row); err != nil {
		return nil, err
	}
	out, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
