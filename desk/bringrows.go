package desk

import (
	"context"
	"errors"
	"slices"
	"strings"

	"jishi/base/sheet"
	"jishi/base/words"
	"jishi/module/collect"
	"jishi/module/table"
	"jishi/people/actor"
	"jishi/people/division"
)

const rowsFile = "rows"

// FormsToFill are the forms for which the actor's villages have rows to bring, and the villages.
func (d *Desk) FormsToFill(ctx context.Context, who actor.Actor) ([]AskedBy, []Body, error) {
	places := d.MyTables(who)
	var list []AskedBy
	for _, b := range places {
		needs, err := table.Needs(ctx, d.DB, d.PlaceOf(b.ID), level(d.PlaceOf(b.ID)), d.Today())
		if err != nil {
			return nil, nil, err
		}
		for _, n := range needs {
			for _, f := range n.Forms {
				if level(d.PlaceOf(b.ID)) == "village" && !slices.ContainsFunc(list, func(a AskedBy) bool { return a.ID == f.ID }) {
					list = append(list, AskedBy{ID: f.ID, Title: f.Title, Body: d.Body(f.Org), Purpose: f.Purpose})
				}
			}
		}
		if len(list) > 0 {
			break // the forms are the county's: the next village has the same
		}
	}
	return list, slices.DeleteFunc(places, func(b Body) bool { return level(d.PlaceOf(b.ID)) != "village" }), nil
}

// BringRows takes rows for a form into the one table of the actor's villages, and returns under which ID the reading can
// be followed. Good rows are stored, the others told row by row and handed back marked up. A value that differs from what
// stands waits beside it. Only who keeps the tables may, and only for a form on the list: without a purpose nobody is
// entered (个人信息保护法第六条).
func (d *Desk) BringRows(ctx context.Context, who actor.Actor, x Bringing) (string, error) {
	said, err := d.rowsFor(ctx, who, x.Form)
	if err != nil {
		return "", err
	}
	return d.bringFile(ctx, who, rowsFile, x, said)
}

func (d *Desk) rowsFor(ctx context.Context, who actor.Actor, form string) (BroughtFor, error) {
	if who.Kind != actor.Staff {
		return BroughtFor{}, signIn()
	}
	forms, places, err := d.FormsToFill(ctx, who)
	if err != nil {
		return BroughtFor{}, err
	}
	if len(places) == 0 {
		return BroughtFor{}, noTable()
	}
	i := slices.IndexFunc(forms, func(f AskedBy) bool { return f.ID == form })
	if i < 0 {
		return BroughtFor{}, words.Refuse(words.Invalid, "purpose-missing", "导入要有目的：请先选一张需要这些内容的表。").At("form", "请先选一张需要这些内容的表。").Under("个人信息保护法第六条")
	}
	said := BroughtFor{Form: form, Title: forms[i].Title}
	for _, b := range places {
		said.Places = append(said.Places, d.PlaceOf(b.ID))
		said.Org = d.tableRole(who, d.PlaceOf(b.ID)).org
	}
	if len(places) > 1 {
		said.Org = who.Acting
	}
	return said, nil
}

// RowsTemplate is an empty table for the form, with a row for each village where the form asks about villages.
func (d *Desk) RowsTemplate(ctx context.Context, who actor.Actor, form string) ([]byte, string, error) {
	said, err := d.rowsFor(ctx, who, form)
	if err != nil {
		return nil, "", err
	}
	needs, people, err := d.rowsNeeds(ctx, said)
	if err != nil {
		return nil, "", err
	}
	head := table.Headings(needs, form)
	rows := [][]any{make([]any, len(head))}
	for i, h := range head {
		rows[0][i] = h
	}
	for _, p := range said.Places {
		if !people {
			rows = append(rows, []any{lastName(d.path(ctx, p))})
		}
	}
	b, err := collect.Spreadsheet(rows)
	return b, said.Title + ".xlsx", err
}

// rowsNeeds are what the form needs, and whether it asks of households or persons.
func (d *Desk) rowsNeeds(ctx context.Context, said BroughtFor) (needs []table.Need, people bool, err error) {
	all, err := table.Needs(ctx, d.DB, said.Places[0], level(said.Places[0]), d.Today())
	for _, n := range all {
		if n.For(said.Form) && n.Element.Subject != "org" {
			needs = append(needs, n)
			people = people || n.Element.Subject == table.Household || n.Element.Subject == table.Person
		}
	}
	if err == nil && len(needs) == 0 {
		err = words.Refuse(words.Closed, "form-not-listed", "这张表已经不在清单上，不再收。").Try("请回到一张表，看现在要填的。")
	}
	return needs, people, err
}

// errHeader ends the look for the header.
var errHeader = errors.New("desk: the header is found")

// rowsPlan finds the header among the first rows, where titles may stand above it.
func (d *Desk) rowsPlan(ctx context.Context, book *sheet.Book, said BroughtFor) (*rowsHead, error) {
	needs, people, err := d.rowsNeeds(ctx, said)
	if err != nil {
		return nil, err
	}
	h := &rowsHead{people: people}
	var name string
	name, h.left = book.First()
	err = book.Each(name, func(row sheet.Row) error {
		if row.N > 20 {
			return errHeader
		}
		if p := table.PlanOf(row.Cells, needs, said.Form); len(p.Values)+len(p.At) >= 2 && len(p.Values) > 0 && !row.Hidden {
			h.Plan, h.row, h.cells = p, row.N, row.Cells
			return errHeader
		}
		return nil
	})
	if err != nil && !errors.Is(err, errHeader) {
		return nil, err
	}
	missing := func(head string) bool { _, ok := h.At[head]; return !ok }
	switch {
	case h.row == 0, people && missing("户"), len(said.Places) > 1 && missing("村（社区）"):
		return nil, words.Refuse(words.Invalid, "bad-rows", "没有找到“{title}”的表头：第一行要有{heads}。", "title", said.Title, "heads", strings.Join(table.Headings(needs, said.Form), "、")).
			At("rows", "表头不是这张表的。").Try("请下载模板，把内容粘贴到模板中。")
	}
	return h, nil
}

type rowsHead struct {
	table.Plan
	row    int
	cells  []string
	left   []sheet.Left
	people bool
}

// rows reads rows into the one table.
func (r *reading) rows(ctx context.Context, book *sheet.Book) error {
	h, err := r.d.rowsPlan(ctx, book, r.Said)
	if err != nil {
		return err
	}
	name, _ := book.First()
	covered, err := book.Covered(name)
	if err != nil {
		return err
	}
	r.header = h.cells
	for _, x := range h.left {
		r.fault(nil, fileFault(0, 0, "", x.Text, x.Args...))
	}
	for _, x := range h.Left {
		r.fault(nil, fileFault(h.row, 0, x, "这一栏不是这张表要的，没有读取。"))
	}
	reader := &table.Reader{Plan: h.Plan, Today: r.d.Today(), Scan: r.Said.Scan != nil, People: h.people, Place: r.d.villages(ctx, r.Said.Places)}
	var lines []table.Line
	last, from := 0, r.Done
	err = book.Each(name, func(row sheet.Row) error {
		if row.N <= h.row || strings.TrimSpace(strings.Join(row.Cells, "")) == "" {
			return nil
		}
		last = row.N
		l, faults := reader.Take(row, covered[row.N])
		for _, f := range faults {
			r.fault(row.Cells, fileFault(f.Row, f.Col, f.Column, f.Text, f.Args...))
		}
		if len(faults) > 0 {
			r.Bad++
		} else if r.Good++; row.N > from && !r.Said.Dry {
			lines = append(lines, l)
		}
		if len(lines) == rowsTogether || (r.Good+r.Bad)%1000 == 0 {
			err := r.store(ctx, lines, max(row.N, from))
			lines = nil
			return err
		}
		return nil
	})
	if err == nil {
		err = r.store(ctx, lines, max(last, from))
	}
	r.Total = r.Good + r.Bad
	return err
}

// villages finds the place that a row names among those whose tables the bringer keeps. What was merged is told with what
// stands for it now.
func (d *Desk) villages(ctx context.Context, codes []string) func(string) (string, *words.Fault) {
	named, known := map[string]string{}, map[string]*words.Fault{}
	for _, code := range codes {
		named[code] = code
		if path := d.path(ctx, code); len(path) > 0 {
			name := path[len(path)-1].Name
			named[name] = code
			named[strings.NewReplacer("民委员会", "", "居委会", "", "村委会", "村").Replace(name)] = code
		}
		if k := d.keeper(code); k.ID != "" {
			named[k.Name] = code
		}
	}
	return func(text string) (string, *words.Fault) {
		text = sheet.Plain(text)
		if text == "" && len(codes) == 1 {
			return codes[0], nil
		}
		if code, ok := named[text]; ok {
			return code, nil
		}
		if _, ok := known[text]; !ok {
			known[text] = d.noVillage(ctx, text, codes)
		}
		return "", known[text]
	}
}

// noVillage says why the text is none of the villages.
func (d *Desk) noVillage(ctx context.Context, text string, codes []string) *words.Fault {
	if text == "" {
		return &words.Fault{Text: "请写是哪个村（社区）。"}
	}
	var was []division.Division
	if division.KindOf(text) != "" {
		if p, err := d.Places.Get(ctx, text); err == nil {
			was = append(was, p)
		}
	} else {
		was, _ = d.Places.Ended(ctx, text, division.Prefix(division.ParentOf(division.ParentOf(codes[0]))))
	}
	for _, p := range was {
		if p.To == "" || p.To >= d.Today() {
			continue
		}
		if now, err := d.Places.Stands(ctx, p.Code, d.Today()); err == nil && now.Code != p.Code {
			return &words.Fault{Text: division.Gone, Args: []any{"name", p.Name, "day", string(p.To), "now", now.Name, "code", now.Code}}
		}
	}
	return &words.Fault{Text: "“{name}”不是您的村（社区）：请写全称或者十二位代码。", Args: []any{"name", text}}
}
