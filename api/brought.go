package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"jishi/base/sheet"
	"jishi/base/words"
	"jishi/desk"
	"jishi/module/duty"
	"jishi/people/actor"
)

// BroughtFile is a file that was brought, and how far its reading is.
type BroughtFile struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Kind     string     `json:"kind" enum:"elements,rows,roster,duties,form"`
	Total    int        `json:"total" doc:"文件的行数"`
	Done     int        `json:"done" doc:"读到第几行"`
	Good     int        `json:"good"`
	Bad      int        `json:"bad"`
	Changed  int        `json:"changed" doc:"新填的格，或者有变化的数据元"`
	Contends int        `json:"contends" doc:"和现在不一样、等着裁定的格"`
	Ended    bool       `json:"ended" doc:"读完了；没有读完的，过一会儿再读取"`
	Failed   bool       `json:"failed" doc:"整个文件没有收下"`
	Marked   bool       `json:"marked" doc:"有标好问题的表可以下载"`
	Gone     *time.Time `json:"gone,omitempty" doc:"文件本身读完以后什么时候删除的"`
	MarkGone *time.Time `json:"markedGone,omitempty" doc:"标好问题的表什么时候按保存期限删除的"`
	Until    string     `json:"markedUntil,omitempty" doc:"标好问题的表保留到哪一天"`
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
)

func (s *server) brought() {
	s.raw(operation{id: "bring-rows", method: "POST", path: "/api/v1/table-files", tag: "table", summary: "用表格导入一张表的行；长的在后面读", scope: "table", status: 201, errors: []int{404, 413, 415, 422},
		who: "本村和所属乡镇的工作人员。", refuses: "整个文件不能读的说明原因和办法；读不对的行逐行指出，其余的收下。"}, s.takesFile("form", "scan"), s.bringRows)
	s.raw(operation{id: "bring-elements", method: "POST", path: "/api/v1/collect/element-files", tag: "collect", summary: "导入数据元目录；长的在后面读", scope: "matters:write", status: 201, errors: []int{413, 415, 422},
		who: "数据主管部门。", refuses: "整个文件不能读的说明原因和办法；读不对的行逐行指出，其余的收下。"}, s.takesFile(), s.bringElements)
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

// partTells are the parts of a call that brings a file, besides the file itself.
var partTells = map[string]string{"form": "为哪张表", "dry": "写 yes 只看不存", "scan": "证件扫描件的 ref：号码校验位不对、表里写了理由的，凭它收下"}

// takesFile says in the document what the parts of a call with a file are.
func (s *server) takesFile(parts ...string) func(h *huma.Operation) {
	return func(h *huma.Operation) {
		schema := &huma.Schema{Type: "object", Required: []string{"file"}, Properties: map[string]*huma.Schema{"file": {Type: "string", Format: "binary", Description: both("xlsx 或者 csv")}}}
		for _, p := range append(parts, "dry") {
			schema.Properties[p] = &huma.Schema{Type: "string", Description: both(partTells[p])}
		}
		h.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: schema}}}
		answer := s.huma.OpenAPI().Components.Schemas.Schema(typeOf[BroughtFile](), true, "BroughtFile")
		h.Responses["201"] = &huma.Response{Description: "Created", Content: map[string]*huma.MediaType{"application/json": {Schema: answer}}}
	}
}

// bringing reads the parts of a call with a file. The file is not an attachment: it is read and then removed, and lies
// nowhere under a name that somebody else could use.
func (s *server) bringing(w http.ResponseWriter, r *http.Request) (x desk.Bringing, err error) {
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		return x, refuse(http.StatusUnsupportedMediaType, "media-type", "附件要以 multipart/form-data 发送，文件放在 file 里。")
	}
	said := map[string]string{}
	m := multipart.NewReader(http.MaxBytesReader(w, r.Body, sheet.Office.Bytes+maxJSON), params["boundary"])
	for {
		part, err := m.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return x, cutOrLarge(err)
		}
		b, err := io.ReadAll(part)
		if err != nil {
			return x, cutOrLarge(err)
		}
		if part.FormName() == "file" {
			x.Name, x.Data = part.FileName(), b
		} else if said[part.FormName()] = string(b); !isText(string(b)) {
			return x, refuse(http.StatusBadRequest, "not-utf-8", "内容不是合法的 UTF-8 编码。").try("请以 UTF-8 编码发送。")
		}
	}
	if x.Data == nil {
		return x, refuse(http.StatusBadRequest, "no-file", "没有收到附件。").try("请把文件放在名为 file 的部分里。")
	}
	x.Form, x.Dry = said["form"], said["dry"] == "yes"
	x.Scan, err = s.scan(said["scan"])
	return x, err
}

func cutOrLarge(err error) error {
	if errors.As(err, new(*http.MaxBytesError)) {
		return err
	}
	return refuse(http.StatusBadRequest, "body-cut", "内容没有完整传到。").try("请重新发送。")
}

func (s *server) bringRows(w http.ResponseWriter, r *http.Request, c caller) error {
	return s.bring(w, r, c, s.desk.BringRows)
}

func (s *server) bringElements(w http.ResponseWriter, r *http.Request, c caller) error {
	return s.bring(w, r, c, s.desk.BringElements)
}

func (s *server) bring(w http.ResponseWriter, r *http.Request, c caller, take func(context.Context, actor.Actor, desk.Bringing) (string, error)) error {
	x, err := s.bringing(w, r)
	if err != nil {
		return err
	}
	id, err := take(r.Context(), c.Actor, x)
	if err != nil {
		return err
	}
	out, err := s.broughtFile(r.Context(), c, &broughtIn{id})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	return marshal(w, out.Body)
}

func (s *server) broughtFile(ctx context.Context, c caller, in *broughtIn) (*broughtOut, error) {
	b, err := s.desk.BroughtFile(ctx, c.Actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &broughtOut{s.broughtOf(c, *b)}, nil
}

func (s *server) broughtOf(c caller, b desk.Brought) BroughtFile {
	out := BroughtFile{ID: b.ID, Name: b.Name, Kind: b.What, Total: b.Total, Done: min(b.Done, b.Total), Good: b.Good, Bad: b.Bad, Changed: b.Changed, Contends: b.Contends,
		Ended: b.Ended, Failed: b.Failed, Marked: b.Ended && b.Marked != "" && b.MarkedGone.IsZero(), Before: len(b.Again),
		Faults: each(b.Faults, func(f desk.FileFault) RowFault {
			return RowFault{f.Row, words.Say(c.Lang, f.Column), f.Text.Say(c.Lang)}
		})}
	if out.Marked {
		out.Until = string(s.desk.MarkedUntil(b))
	}
	out.Gone, out.MarkGone = happened(b.ReadGone), happened(b.MarkedGone)
	return out
}

// happened is nil for what has not.
func happened(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = here(t)
	return &t
}

func (s *server) broughtFiles(ctx context.Context, c caller, _ *struct{}) (*broughtListOut, error) {
	list, err := s.desk.BroughtFiles(ctx, c.Actor)
	return &broughtListOut{each(list, func(b desk.Brought) BroughtFile { return s.broughtOf(c, b) })}, err
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
