package api

import (
	"context"
	"net/http"

	"jishi/base/words"
	"jishi/desk"
	"jishi/module/duty"
)

// BroughtFile is a file that was brought, and how far its reading is.
type BroughtFile struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Kind     string     `json:"kind" enum:"elements,rows,roster,duties"`
	Total    int        `json:"total" doc:"文件的行数"`
	Done     int        `json:"done" doc:"读到第几行"`
	Good     int        `json:"good"`
	Bad      int        `json:"bad"`
	Changed  int        `json:"changed" doc:"新填的格，或者有变化的数据元"`
	Contends int        `json:"contends" doc:"和现在不一样、等着裁定的格"`
	Ended    bool       `json:"ended" doc:"读完了；没有读完的，过一会儿再读取"`
	Failed   bool       `json:"failed" doc:"整个文件没有收下"`
	Marked   bool       `json:"marked" doc:"有标好问题的表可以下载"`
	Faults   []RowFault `json:"faults"`
	Before   int        `json:"before" doc:"以前带来的同名或者内容一样的文件，最多数到3个"`
}

// RowForm is a form for which rows can be brought.
type RowForm struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Body    *Body  `json:"body"`
	Purpose string `json:"purpose" doc:"要这些内容做什么"`
}

// FileIn is a file in a call: its content, or the ref of an upload.
type FileIn struct {
	Name string `json:"name" maxLength:"200" doc:"文件名"`
	File []byte `json:"file,omitempty" doc:"xlsx 或者 csv，用 Base64 写；大的请先上传，把 ref 写进 ref"`
	Ref  string `json:"ref,omitempty" maxLength:"2000" doc:"上传附件得到的 ref"`
	Dry  bool   `json:"dry,omitempty" doc:"只看不存"`
}

type (
	broughtIn struct {
		ID string `path:"id" maxLength:"60"`
	}
	broughtOut     struct{ Body BroughtFile }
	broughtListOut struct{ Body []BroughtFile }
	rowFormsOut    struct {
		Body struct {
			Forms  []RowForm `json:"forms"`
			Places []string  `json:"places" doc:"哪些村（社区），12位代码"`
		}
	}
	bringRowsInput struct {
		Body struct {
			FileIn
			Form string `json:"form" maxLength:"60" doc:"为哪张表"`
			Scan string `json:"scan,omitempty" maxLength:"2000" doc:"证件扫描件的 ref：号码校验位不对、表里写了理由的，凭它收下"`
		}
	}
	bringElementsInput struct{ Body FileIn }
)

func (s *server) brought() {
	same := func(f string) string { return "#/" + f }
	add(s, operation{id: "bring-rows", method: "POST", path: "/api/v1/table-files", tag: "table", summary: "用表格导入一张表的行；长的在后面读", scope: "table", status: 201, errors: []int{404, 413, 415, 422},
		who: "本村和所属乡镇的工作人员。", refuses: "整个文件不能读的说明原因和办法；读不对的行逐行指出，其余的收下。", pointer: same}, s.bringRows)
	add(s, operation{id: "bring-elements", method: "POST", path: "/api/v1/collect/elements", tag: "collect", summary: "导入数据元目录；长的在后面读", scope: "matters:write", status: 201, errors: []int{413, 415, 422},
		who: "数据主管部门。", refuses: "整个文件不能读的说明原因和办法；读不对的行逐行指出，其余的收下。", pointer: same}, s.bringElements)
	add(s, operation{id: "row-forms", method: "GET", path: "/api/v1/table-files", tag: "table", summary: "哪些表可以用表格导入，收哪些村的", scope: "table",
		who: "本村和所属乡镇的工作人员。", refuses: "没有一张表可填的，两个都是空的。"}, s.rowForms)
	s.raw(operation{id: "rows-template", method: "GET", path: "/api/v1/table-files/{form}/template", tag: "table", summary: "一张表的导入模板", scope: "table", errors: []int{404, 422},
		who: "本村和所属乡镇的工作人员。", refuses: "没有这张表要填的，说明原因。"}, download(sheetType, "form"), s.rowsTemplate)
	add(s, operation{id: "brought-list", method: "GET", path: "/api/v1/brought", tag: "table", summary: "本单位最近带来的文件，最多50个", scope: "matters:read",
		who: "工作人员，看自己单位的。", refuses: "没有带来过的是空的。"}, s.broughtFiles)
	add(s, operation{id: "brought", method: "GET", path: "/api/v1/brought/{id}", tag: "table", summary: "带来的文件读到哪里了、哪里有问题", scope: "matters:read", errors: []int{404},
		who: "带来它的单位的工作人员。", refuses: "别人看，回答没有找到。"}, s.broughtFile)
	s.raw(operation{id: "brought-marked", method: "GET", path: "/api/v1/brought/{id}/marked", tag: "table", summary: "标好问题的行，改好后可以直接再导入", scope: "matters:read", errors: []int{404},
		who: "带来它的单位的工作人员。", refuses: "没有问题的，没有这个文件。"}, download(sheetType, "id"), s.broughtMarked)
}

// content is the file of a call.
func (s *server) content(ctx context.Context, in FileIn) (desk.Bringing, error) {
	x := desk.Bringing{Name: in.Name, Data: in.File, Dry: in.Dry}
	if in.Ref == "" {
		return x, nil
	}
	list, err := s.attached([]string{in.Ref})
	if err != nil {
		return x, err
	}
	x.Data, err = s.desk.Upload(ctx, list[0])
	return x, err
}

func (s *server) bringRows(ctx context.Context, c caller, in *bringRowsInput) (*broughtOut, error) {
	x, err := s.content(ctx, in.Body.FileIn)
	if err != nil {
		return nil, err
	}
	x.Form = in.Body.Form
	if in.Body.Scan != "" {
		list, err := s.attached([]string{in.Body.Scan})
		if err != nil {
			return nil, err
		}
		x.Scan = &list[0]
	}
	id, err := s.desk.BringRows(ctx, c.Actor, x)
	if err != nil {
		return nil, err
	}
	return s.broughtFile(ctx, c, &broughtIn{id})
}

func (s *server) bringElements(ctx context.Context, c caller, in *bringElementsInput) (*broughtOut, error) {
	x, err := s.content(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	id, err := s.desk.BringElements(ctx, c.Actor, x)
	if err != nil {
		return nil, err
	}
	return s.broughtFile(ctx, c, &broughtIn{id})
}

func (s *server) broughtFile(ctx context.Context, c caller, in *broughtIn) (*broughtOut, error) {
	b, err := s.desk.BroughtFile(ctx, c.Actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &broughtOut{broughtOf(c, *b)}, nil
}

func broughtOf(c caller, b desk.Brought) BroughtFile {
	return BroughtFile{ID: b.ID, Name: b.Name, Kind: b.What, Total: b.Total, Done: min(b.Done, b.Total), Good: b.Good, Bad: b.Bad, Changed: b.Changed, Contends: b.Contends,
		Ended: b.Ended, Failed: b.Failed, Marked: b.Marked != "", Before: len(b.Again),
		Faults: each(b.Faults, func(f desk.FileFault) RowFault {
			return RowFault{f.Row, words.Say(c.Lang, f.Column), f.Text.Say(c.Lang)}
		})}
}

func (s *server) broughtFiles(ctx context.Context, c caller, _ *struct{}) (*broughtListOut, error) {
	list, err := s.desk.BroughtFiles(ctx, c.Actor)
	return &broughtListOut{each(list, func(b desk.Brought) BroughtFile { return broughtOf(c, b) })}, err
}

func (s *server) rowForms(ctx context.Context, c caller, _ *struct{}) (*rowFormsOut, error) {
	forms, places, err := s.desk.FormsToFill(ctx, c.Actor)
	if err != nil {
		return nil, err
	}
	out := &rowFormsOut{}
	out.Body.Places = each(places, func(b desk.Body) string { return s.desk.PlaceOf(b.ID) })
	out.Body.Forms = each(forms, func(f desk.AskedBy) RowForm { return RowForm{f.ID, f.Title, body(c.Lang, f.Body), f.Purpose} })
	return out, nil
}

func (s *server) rowsTemplate(w http.ResponseWriter, r *http.Request, c caller) error {
	b, name, err := s.desk.RowsTemplate(r.Context(), c.Actor, r.PathValue("form"))
	if err != nil {
		return err
	}
	attachment(w, sheetType, name)
	_, err = w.Write(b)
	return err
}

func (s *server) broughtMarked(w http.ResponseWriter, r *http.Request, c caller) error {
	b, err := s.desk.MarkedFile(r.Context(), c.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	attachment(w, sheetType, "marked.xlsx")
	_, err = w.Write(b)
	return err
}

// photo is the first picture among uploads.
func (s *server) photo(refs []string) (*duty.Photo, error) {
	list, err := s.attached(refs)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	f := list[0]
	return &duty.Photo{Hash: f.Hash, Name: f.Name, Type: f.Type, Size: f.Size}, nil
}
