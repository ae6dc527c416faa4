package web

import (
	"bytes"
	"io"

	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/web/brought"
	"jishi/web/look"
	pages "jishi/web/table"
	"jishi/work/matter"
)

// files are the pages of what was brought as a file: how far it is, what was wrong, and rows for the one table.
func (s *Server) files() {
	s.page("GET /brought", s.broughtList)
	s.page("GET /brought/{id}", s.broughtPage)
	s.page("GET /brought/{id}/marked.xlsx", s.broughtMarked)
	s.page("GET /table/import", s.rowsImport)
	s.page("POST /table/import", s.rowsTake)
	s.page("GET /table/import/template.xlsx", s.rowsTemplate)
}

func markedAt(id string) string { return at("/brought/", id) + "/marked.xlsx" }

// upload reads a form with one file, which is not kept. name is "" where none was chosen.
func (v *visit) upload() (name string, data []byte, err error) {
	return v.uploads(nil)
}

// uploads reads a form with one table, and with scan a second file that is kept as an attachment.
func (v *visit) uploads(scan keep) (name string, data []byte, err error) {
	var b bytes.Buffer
	err = v.read(func(file string, content io.Reader) (string, error) {
		if name != "" && scan != nil {
			return scan(file, content)
		}
		if name != "" {
			return "", words.Refuse(words.Invalid, "one-file", "一次只能带一个文件。").Try("请一个一个带；内容是一张表的，先合成一个文件。")
		}
		name = file
		_, err := io.Copy(&b, io.LimitReader(content, maxFile+1))
		if b.Len() > maxFile {
			return "", words.Refuse(words.TooLarge, "sheet-too-large", "文件超过{n}兆字节。", "n", maxFile>>20).Try("请分成几个文件导入。")
		}
		return "", err
	})
	return name, b.Bytes(), err
}

func (s *Server) broughtList(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	list, err := s.desk.BroughtFiles(v.r.Context(), who)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("带来的文件")
	var lines []brought.Line
	for _, b := range list {
		lines = append(lines, s.broughtLine(v, b))
	}
	return v.show(brought.List(v.page, lines))
}

var broughtWhat = map[string]string{"elements": "数据元目录", "rows": "一张表的行", "roster": "花名册", "duties": "履职事项清单", "form": "报表"}

func (s *Server) broughtLine(v *visit, b desk.Brought) brought.Line {
	l := brought.Line{To: at("/brought/", b.ID), Name: b.Name, What: v.say(broughtWhat[b.What]), At: v.page.Moment(b.At), By: s.desk.Offices.Name(b.By), Dry: b.Said.Dry}
	if b.Name == desk.ShippedCatalogue {
		l.Name = v.say("程序自带的目录")
	}
	switch {
	case b.Failed:
		l.State = v.say("没有收下")
	case b.What == "form":
		l.State = v.say("读到 {n} 个栏目，{bad} 行要改正", "n", b.Good, "bad", b.Bad)
	case b.Ended:
		l.State = v.say("收下 {good} 行，{bad} 行有问题", "good", b.Good, "bad", b.Bad)
	default:
		l.State = v.say("正在读：{done} / {total} 行", "done", min(b.Done, b.Total), "total", b.Total)
	}
	return l
}

// broughtPage tells how far the reading is; while it goes on the page renews itself, with a script or without.
func (s *Server) broughtPage(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	b, err := s.desk.BroughtFile(v.r.Context(), who, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	view := brought.View{Line: s.broughtLine(v, *b), Title: b.Said.Title, Total: b.Total, Done: min(b.Done, b.Total), Good: b.Good, Bad: b.Bad, Changed: b.Changed, Contends: b.Contends,
		Ended: b.Ended, Failed: b.Failed, Rows: b.What == "rows", Elements: b.What == "elements", FormFile: b.What == "form", Again: map[string]string{"elements": "/collect/import", "rows": "/table/import?form=" + b.Said.Form, "roster": "/admin/import", "duties": "/duties/import", "form": "/collect/new"}[b.What]}
	if b.Marked != "" && b.MarkedGone.IsZero() {
		view.Marked = markedAt(b.ID)
		if day := s.desk.MarkedUntil(*b); day != "" {
			view.Until = v.page.Day(day)
		}
	}
	if !b.MarkedGone.IsZero() {
		view.MarkedGone = v.page.Moment(b.MarkedGone)
	}
	if !b.ReadGone.IsZero() {
		view.ReadGone = v.page.Moment(b.ReadGone)
	}
	for _, f := range b.Faults {
		view.Faults = append(view.Faults, brought.Fault{Row: f.Row, Column: v.say(f.Column), Text: f.Text.Say(v.page.Lang)})
	}
	for _, x := range b.Again {
		l := s.broughtLine(v, x)
		l.Same = x.Hash == b.Hash
		view.Before = append(view.Before, l)
	}
	if !b.Ended {
		v.w.Header().Set("Refresh", "2")
	}
	v.page = v.page.Titled("带来的文件")
	return v.show(brought.Page(v.page, view))
}

func (s *Server) broughtMarked(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	b, err := s.desk.MarkedFile(v.r.Context(), who, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.sheetFile(v, "有问题的行.xlsx", b)
}

// rowsView is the page on which rows for the one table are brought.
func (s *Server) rowsView(v *visit, who actor.Actor, f look.Form) (pages.Import, error) {
	v.page = v.page.Titled("用表格导入")
	forms, places, err := s.desk.FormsToFill(v.r.Context(), who)
	if err != nil {
		return pages.Import{}, err
	}
	if len(places) == 0 {
		return pages.Import{}, words.Refuse(words.NotFound, "no-such-table", "没有这个村（社区）的一张表，或者您不能查看它。")
	}
	view := pages.Import{Form: f, Chosen: v.r.URL.Query().Get("form"), Places: len(places)}
	if f.Values != nil {
		view.Chosen = f.Values.Get("form")
	}
	for _, x := range forms {
		view.Forms = append(view.Forms, look.Option{Value: x.ID, Title: x.Title + "（" + v.page.Either(x.Body.Name, x.Body.En) + "）"})
		if x.ID == view.Chosen {
			view.Purpose = x.Purpose
		}
	}
	return view, nil
}

func (s *Server) rowsImport(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	view, err := s.rowsView(v, who, look.Form{})
	if err != nil {
		return err
	}
	return v.show(pages.Rows(v.page, view))
}

func (s *Server) rowsTake(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	name, data, err := v.uploads(s.keep(v))
	form := v.r.PostForm
	x := desk.Bringing{Name: name, Data: data, Form: form.Get("form"), Dry: form.Get("dry") == "yes"}
	for _, f := range s.attached(form["file"]) {
		x.Scan = &matter.File{Hash: f.Hash, Name: f.Name, Type: f.Type, Size: f.Size}
	}
	if err == nil && name == "" {
		err = words.Refuse(words.Invalid, "no-rows", "还没有选择文件。").At("rows", "请选择一个 xlsx 或 csv 文件。")
	}
	id := ""
	if err == nil {
		id, err = s.desk.BringRows(v.r.Context(), who, x)
	}
	if err != nil {
		view, viewErr := s.rowsView(v, who, look.Form{Values: form})
		if viewErr != nil {
			return viewErr
		}
		return v.again(err, func(f look.Form) page { view.Form = f; return pages.Rows(v.page, view) })
	}
	return v.goTo(at("/brought/", id))
}

func (s *Server) rowsTemplate(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	b, name, err := s.desk.RowsTemplate(v.r.Context(), who, v.r.URL.Query().Get("form"))
	if err != nil {
		return err
	}
	return s.sheetFile(v, name, b)
}
