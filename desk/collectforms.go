package desk

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"jishi/base/db"
	"jishi/base/sheet"
	"jishi/base/words"
	"jishi/module/collect"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
	"jishi/work/matter"
)

// FormAdmission is the procedure by which a form comes onto the county's list.
const FormAdmission = "form-admission"

// FormDraft is what a body says of a form before anything is asked.
type FormDraft struct {
	Title, Basis, Purpose string
	Level, Period         string
	Labels                []string // typed by hand; none where a file was brought
	Name                  string   // of the file
	File                  []byte
}

// FormFile is what is to be told of the file that a form came in.
type FormFile struct {
	Notices []collect.Notice // what of it was not read
	Brought string           // ID under which the rows that are to be put right come back marked up, "" none are
}

// BringForm registers a form as a draft: from an XLSX, a CSV, a table of a DOCX, or typed. Whoever works for the asking
// body may.
func (d *Desk) BringForm(ctx context.Context, who actor.Actor, x FormDraft) (collect.Form, FormFile, error) {
	if err := d.collects(who); err != nil {
		return collect.Form{}, FormFile{}, err
	}
	asker, _ := d.Offices.Tree().Get(who.Acting)
	f := collect.Form{ID: matter.NewID(), Org: who.Acting, Title: strings.TrimSpace(x.Title), Basis: strings.TrimSpace(x.Basis), Purpose: strings.TrimSpace(x.Purpose),
		Level: x.Level, Period: x.Period, Place: asker.Division, State: collect.Draft, By: who.ID, At: d.Now().UnixMilli()}
	var file FormFile
	var read collect.Brought
	if len(x.File) > 0 || x.Name != "" {
		b, err := d.readForm(ctx, &f, x)
		if err != nil {
			return f, file, err
		}
		f.Fields, read = b.Fields, b
		if file.Notices, err = d.broughtBefore(ctx, f, b.Notices); err != nil {
			return f, file, err
		}
		if f.Title == "" {
			f.Title = b.Title
		}
	}
	for _, label := range x.Labels {
		if label = strings.TrimSpace(label); label != "" {
			f.Fields = append(f.Fields, collect.Field{N: len(f.Fields) + 1, Label: label})
		}
	}
	if err := checkDraft(f); err != nil {
		return f, file, err
	}
	var err error
	if file.Brought, err = d.noteForm(ctx, who, x, read); err != nil {
		return f, file, err
	}
	return f, file, d.DB.Write(ctx, func(tx *db.Tx) error { return collect.PutForm(ctx, tx, f) })
}

// formFile is a form as a department brings it, among the files that are kept on record.
const formFile = "form"

// noteForm keeps what is to be put right in the file of a form, and its rows marked up; "" where nothing is.
func (d *Desk) noteForm(ctx context.Context, who actor.Actor, x FormDraft, read collect.Brought) (string, error) {
	if len(read.Faults) == 0 {
		return "", nil
	}
	b := Brought{What: formFile, Name: x.Name, Hash: hashOf(x.File), Total: len(read.Fields), Good: len(read.Fields), Bad: len(read.Rows)}
	for _, n := range read.Notices {
		b.Faults = append(b.Faults, fileFault(n.Row, 0, "", n.Text, n.Args...))
	}
	var marks []sheet.Mark
	for _, f := range read.Faults {
		marks = append(marks, sheet.Mark{Row: f.Row, Col: f.Col, What: words.Say(who.Lang, f.Text, f.Args...)})
	}
	marked, err := sheet.Marked(read.Header, read.Rows, marks, who.Lang)
	if err != nil {
		return "", err
	}
	b, err = d.noteBrought(ctx, who, b, marked)
	return b.ID, err
}

// broughtBefore tells of a file of the same name or content that the body has registered already: two may have one name.
func (d *Desk) broughtBefore(ctx context.Context, f collect.Form, notices []collect.Notice) ([]collect.Notice, error) {
	before, err := collect.Forms(ctx, d.DB, f.Org, "", false)
	if err != nil {
		return nil, err
	}
	for _, x := range before {
		switch {
		case x.Layout == f.Layout:
			return append(notices, collect.Notice{Text: "这个文件登记过了，就是“{title}”；这一次另外登记成一张。", Args: []any{"title", x.Title}}), nil
		case x.LayoutName == f.LayoutName:
			return append(notices, collect.Notice{Text: "同名的文件登记过，就是“{title}”，内容不一样；两张都留着。", Args: []any{"title", x.Title}}), nil
		}
	}
	return notices, nil
}

func (d *Desk) readForm(ctx context.Context, f *collect.Form, x FormDraft) (collect.Brought, error) {
	book, err := sheet.Open(x.File, sheet.Office)
	if err != nil {
		return collect.Brought{}, err
	}
	defer book.Close()
	b, err := collect.ReadForm(book)
	if err != nil {
		return b, err
	}
	ref, err := d.Blobs.Put(ctx, bytes.NewReader(x.File), sheet.Office.Bytes)
	if err != nil {
		return b, fmt.Errorf("desk.BringForm: %w", err)
	}
	f.Layout, f.LayoutName = ref.Hash, x.Name
	return b, nil
}

func checkDraft(f collect.Form) error {
	r := words.Refuse(words.Invalid, "fields", "有{n}处需要改正。")
	if n := len([]rune(f.Title)); n == 0 || n > 80 {
		r.At("title", "请写报表名称，不超过八十字。")
	}
	if len(f.Fields) == 0 {
		r.At("labels", "请至少写一个栏目，或者选择一个文件。")
	}
	if len(f.Fields) > 400 {
		r.At("labels", "一张表最多{n}个栏目。", "n", 400)
	}
	if f.Level != "village" && f.Level != "township" {
		r.At("level", "请选择由谁填。")
	}
	if !slices.Contains([]string{"year", "quarter", "month", "once"}, f.Period) {
		r.At("period", "请选择多久一次。")
	}
	if len(r.Fields) == 0 {
		return nil
	}
	return r.With("n", len(r.Fields))
}

// FormView is a form with its report and, for fields that nobody decided, what they may be.
type FormView struct {
	collect.Form
	Asker       Body
	Report      collect.Report
	Suggestions map[int][]collect.Suggestion // by field
	Elements    map[string]collect.Element
	Holders     map[string]Body
	Mine        bool // the actor works for the asking body
	MayList     bool
}

// FormOf is one form as the actor may see it.
func (d *Desk) FormOf(ctx context.Context, who actor.Actor, id string) (*FormView, error) {
	if err := d.FollowForms(ctx); err != nil {
		return nil, err
	}
	f, err := d.form(ctx, who, id)
	if err != nil {
		return nil, err
	}
	m, elements, err := d.catalogue(ctx)
	if err != nil {
		return nil, err
	}
	v := &FormView{Form: f, Asker: d.Body(f.Org), Suggestions: map[int][]collect.Suggestion{}, Elements: elements, Holders: map[string]Body{}, Mine: f.Org == who.Acting}
	if f.State == collect.Draft && v.Mine {
		for _, x := range f.Fields {
			if x.Decided == "" {
				v.Suggestions[x.N] = m.Match(collect.AskOf(x))
			}
		}
	}
	if v.Report, err = d.overlap(ctx, f, elements); err != nil {
		return nil, err
	}
	for _, l := range v.Report.Lines {
		if l.Holder != "" {
			v.Holders[l.Holder] = d.Body(l.Holder)
		}
	}
	return v, nil
}

// overlap is the report of the form with what is held and what is asked already.
func (d *Desk) overlap(ctx context.Context, f collect.Form, elements map[string]collect.Element) (collect.Report, error) {
	listed, err := collect.Forms(ctx, d.DB, "", collect.Listed, true)
	if err != nil {
		return collect.Report{}, err
	}
	var held map[string]collect.Holding
	if d.Known != nil {
		var ids, places []string
		for _, x := range f.Fields {
			if x.Element != "" && !slices.Contains(ids, x.Element) {
				ids = append(ids, x.Element)
			}
		}
		for _, o := range d.formPlaces(f) {
			places = append(places, o.Division)
		}
		if held, err = d.Known.Holdings(ctx, d.DB, ids, places, d.Today()); err != nil {
			return collect.Report{}, err
		}
	}
	return collect.Overlap(f, elements, listed, held), nil
}

// Nothing is the decision that a field is nothing of the catalogue.
const Nothing = "-"

// DecideFields records what a person said the fields are: an element's ID, or Nothing. The matcher learns from it, and
// unlearns what is decided otherwise. seq is the form as the person saw it. Whoever works for the asking body may.
func (d *Desk) DecideFields(ctx context.Context, who actor.Actor, id string, seq int64, decisions map[int]string) error {
	if err := d.collects(who); err != nil {
		return err
	}
	f, err := d.form(ctx, who, id)
	if err != nil {
		return err
	}
	if f.Org != who.Acting || f.State != collect.Draft {
		return words.Refuse(words.Closed, "form-not-draft", "这张表已经交出，栏目不能再改。").Try("请撤回以后再改，或者另外登记。")
	}
	m, elements, err := d.catalogue(ctx)
	if err != nil {
		return err
	}
	f.Seq = seq
	var changed []collect.Field
	for i := range f.Fields {
		x := &f.Fields[i]
		to, ok := decisions[x.N]
		if !ok || to == "" {
			continue
		}
		if _, known := elements[to]; !known && to != Nothing {
			return words.Refuse(words.Invalid, "no-such-element", "目录里没有“{id}”。", "id", to)
		}
		x.Element, x.Decided, x.DecidedAt = strings.TrimPrefix(to, Nothing), who.ID, d.Now().UnixMilli()
		changed = append(changed, *x)
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		if err := collect.SaveForm(ctx, tx, f, changed...); err != nil {
			return err
		}
		for _, x := range changed {
			if err := d.learn(ctx, tx, m, f, x, who); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *Desk) learn(ctx context.Context, tx *db.Tx, m *collect.Matcher, f collect.Form, x collect.Field, who actor.Actor) error {
	label, at := m.Read(collect.AskOf(x).Label), d.Now().UnixMilli()
	if label == "" {
		return nil
	}
	if err := collect.Unlearn(ctx, tx, f.ID, label, who.ID, at); err != nil || x.Element == "" {
		return err
	}
	return collect.Learn(ctx, tx, collect.Lesson{ID: matter.NewID(), Label: label, Said: x.Label, Element: x.Element, Form: f.ID, Org: f.Org, By: who.ID, At: at})
}

// HandIn brings the form to the two desks: it opens the matter of its admission, and the field check answers at once. All
// obtainable or a duplicate: refused, with a view. Otherwise only the rest is asked. Whoever works for the asking body may.
func (d *Desk) HandIn(ctx context.Context, who actor.Actor, id, token, class, reason string) (*FormView, error) {
	v, err := d.FormOf(ctx, who, id)
	if err != nil {
		return nil, err
	}
	switch {
	case !v.Mine:
		return nil, words.Refuse(words.Forbidden, "not-your-form", "这是别的单位的表。")
	case v.State != collect.Draft:
		return v, nil // pressed twice
	case v.Report.Open > 0:
		return nil, words.Refuse(words.Invalid, "fields-undecided", "还有{n}个栏目没有确认是什么。", "n", v.Report.Open).Try("请逐个确认；目录里没有的，选“都不是”。")
	}
	data, social, err := d.admitters(v.Form)
	if err != nil {
		return nil, err
	}
	with := map[string]string{"title": v.Title, "basis": v.Basis, "purpose": v.Purpose, "level": v.Level, "period": v.Period, "bureau": data, "partner": social,
		"fields-total": strconv.Itoa(v.Report.Total)}
	if reason != "" {
		with["reason"] = reason
	}
	if token == "" {
		token = NewToken()
	}
	r, err := d.File(ctx, who, Filing{Token: token, Procedure: FormAdmission, Class: class, Channel: "system", With: with})
	if err != nil {
		return nil, err
	}
	return d.fieldCheck(ctx, who, v, r.ID)
}

// fieldCheck takes the step of the matter that the report says, and keeps the form beside it.
func (d *Desk) fieldCheck(ctx context.Context, who actor.Actor, v *FormView, matterID string) (*FormView, error) {
	f, rep := v.Form, v.Report
	counts := map[string]string{"fields-total": strconv.Itoa(rep.Total), "fields-known": strconv.Itoa(rep.Known())}
	press := matter.Press{Action: "pass", With: counts, By: actor.Program("collect"), At: d.Now()}
	f.State, f.Matter = collect.Checked, matterID
	switch f.Why = rep.Verdict(); f.Why {
	case collect.Duplicate:
		f.State, f.Twin = collect.Refused, rep.Twin.ID
		press.Action, press.With = "block-duplicate", map[string]string{"twin": rep.Twin.Title + "（" + d.Body(rep.Twin.Org).Name + "）"}
	case collect.Obtainable:
		f.State, press.Action = collect.Refused, "block-obtainable"
		counts["holders"] = d.holders(v)
	default:
		counts["fields-new"] = strconv.Itoa(rep.New)
		if rep.Known() > 0 {
			counts["holders"] = d.holders(v)
		}
	}
	for i := range f.Fields {
		f.Fields[i].Kind = rep.Lines[i].Kind
	}
	err := d.DB.Write(ctx, func(tx *db.Tx) error {
		m, err := d.Matters.Load(ctx, tx, matterID)
		if err != nil {
			return err
		}
		if _, err := d.Matters.Do(ctx, tx, matterID, m.Seq, press); err != nil {
			return err
		}
		if f.State == collect.Refused {
			if err := collect.GiveView(ctx, tx, f.ID, f.Twin, f.Org, d.Now().UnixMilli()); err != nil {
				return err
			}
		}
		return collect.SaveForm(ctx, tx, f, f.Fields...)
	})
	if err != nil {
		return nil, err
	}
	return d.FormOf(ctx, who, f.ID)
}

// holders says in words who has what is known.
func (d *Desk) holders(v *FormView) string {
	of := map[string][]string{}
	var order []string
	for _, l := range v.Report.Lines {
		if l.Kind != collect.Reuse && l.Kind != collect.Share {
			continue
		}
		holder := d.Body(l.Holder).Name
		if holder == "" {
			holder = "一张表"
		}
		if of[holder] == nil {
			order = append(order, holder)
		}
		of[holder] = append(of[holder], l.Element.Title)
	}
	var parts []string
	for _, holder := range order {
		parts = append(parts, holder+"："+strings.Join(of[holder], "、"))
	}
	text := []rune(strings.Join(parts, "；"))
	return string(text[:min(len(text), 4900)])
}

// admitters are the data authority and the social work department of the form's place.
func (d *Desk) admitters(f collect.Form) (data, social string, err error) {
	for _, o := range d.Offices.Tree().All() {
		if !strings.HasPrefix(f.Place, division.Prefix(o.Division)) {
			continue
		}
		switch {
		case o.Line == DataLine:
			data = o.ID
		case o.Kind == org.SocialWork:
			social = o.ID
		}
	}
	if data == "" || social == "" {
		return "", "", words.Refuse(words.Unavailable, "no-admission-desk", "这个地方还没有设置数据主管部门或者社会工作部门。").Try("请系统管理员在机构里补上。")
	}
	return data, social, nil
}

// FormLine is one form in a list.
type FormLine struct {
	collect.Form
	Asker             Body
	Total, Known, New int
}

// FormList are the forms that the actor may see: of their body, or all for the two desks; with listed those on the list.
func (d *Desk) FormList(ctx context.Context, who actor.Actor, listed bool) ([]FormLine, error) {
	if who.Kind != actor.Staff {
		return nil, signIn()
	}
	if err := d.FollowForms(ctx); err != nil {
		return nil, err
	}
	body, state := who.Acting, ""
	if d.SeesAllForms(who) {
		body = ""
	}
	if listed {
		body, state = "", collect.Listed
	}
	all, err := collect.Forms(ctx, d.DB, body, state, true)
	if err != nil {
		return nil, err
	}
	var list []FormLine
	for _, f := range all {
		l := FormLine{Form: f, Asker: d.Body(f.Org), Total: len(f.Fields)}
		for _, x := range f.Fields {
			switch x.Kind {
			case collect.Reuse, collect.Share:
				l.Known++
			case collect.New:
				l.New++
			}
		}
		list = append(list, l)
	}
	return list, nil
}
