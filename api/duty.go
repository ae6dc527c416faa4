package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/desk"
	"jishi/module/duty"
)

// DutyCount is how many items stand on each of the three lists.
type DutyCount struct {
	Basic     int   `json:"basic" doc:"基本履职"`
	Cooperate int   `json:"cooperate" doc:"配合履职"`
	Taken     int   `json:"taken" doc:"上级收回"`
	Others    Share `json:"others" doc:"后两张占全部的份额"`
}

// DutyListLine is one township's list.
type DutyListLine struct {
	Body  *Body     `json:"body"`
	Title string    `json:"title"`
	Basis string    `json:"basis" doc:"依据的文件"`
	From  string    `json:"from"`
	To    string    `json:"to,omitempty" doc:"最后一天；没有就是现在有效"`
	Count DutyCount `json:"count"`
}

// DutyItem is one duty.
type DutyItem struct {
	No    string `json:"no"`
	List  string `json:"list" enum:"basic,cooperate,taken"`
	Title string `json:"title"`
	Theme string `json:"theme,omitempty"`
	Lead  string `json:"lead,omitempty" doc:"牵头部门，或者现在承担的部门"`
	Part  string `json:"part,omitempty" doc:"乡镇（街道）配合的内容"`
}

// DutySheet is a township's list with its items.
type DutySheet struct {
	DutyListLine
	Items []DutyItem `json:"items"`
}

// BurdenLine is one demand on villages.
type BurdenLine struct {
	Number   string `json:"number"`
	Title    string `json:"title"`
	State    string `json:"state"`
	Body     *Body  `json:"body" doc:"申请部门"`
	Basis    string `json:"basis"`
	ListNo   string `json:"listNo,omitempty"`
	Every    string `json:"every" doc:"多久一次"`
	Hours    int    `json:"hours" doc:"每次小时"`
	Runs     int    `json:"runs" doc:"一年几次"`
	Villages int    `json:"villages" doc:"所涉地方的村（社区）数"`
	Year     int    `json:"yearHours" doc:"一年多少小时：评估数得的，没有评估的是三者相乘"`
	Reviewed bool   `json:"reviewed" doc:"评估时数过"`
	Until    string `json:"until,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// CleanupFigure is one campaign with its counts.
type CleanupFigure struct {
	Number    string `json:"number"`
	Title     string `json:"title"`
	Before    int    `json:"before"`
	After     int    `json:"after"`
	Target    int    `json:"target"`
	Counted   bool   `json:"counted"`
	Reduction *Share `json:"reduction,omitempty" doc:"由前后两次数得的数字算出"`
	Register  []int  `json:"register,omitempty" doc:"两次数的那天，登记里各有几件；有的，before 和 after 就是它"`
	Typed     []int  `json:"typed,omitempty" doc:"填报的两次；登记里有这一类的不作数"`
	Claimed   string `json:"claimed,omitempty" doc:"填报的降幅"`
	Off       bool   `json:"off" doc:"填报的与算出的相差超过0.1个百分点"`
}

// AskedFigure counts what one body asked.
type AskedFigure struct {
	Name string `json:"name"`
	N    int    `json:"n"`
	Of   int    `json:"of"`
}

// BurdenAccount is the county's public account.
type BurdenAccount struct {
	Active       []BurdenLine    `json:"active"`
	Refused      []BurdenLine    `json:"refused"`
	Ended        []BurdenLine    `json:"ended"`
	Cleanups     []CleanupFigure `json:"cleanups"`
	Certificates []AskedFigure   `json:"certificates" doc:"按要证明的单位；of 是一共要过几次"`
	Demands      []AskedFigure   `json:"demands" doc:"村里拒办的，按提要求的单位；不按村数"`
	Forms        SavedAccount    `json:"forms" doc:"报表只问一次省下的时间，由真实填报得出"`
	Inspections  map[string]int  `json:"inspections" doc:"督查检查考核，按状态"`
	Since        string          `json:"since"`
}

// CertificateFound is what anyone may know of a certificate.
type CertificateFound struct {
	Number  string `json:"number"`
	Kind    string `json:"kind"`
	Body    *Body  `json:"body"`
	Letter  string `json:"letter" doc:"文号"`
	On      string `json:"on"`
	Revoked bool   `json:"revoked"`
}

// CertificateCode is what whoever holds a certificate gives to those who check it.
type CertificateCode struct {
	CertificateFound
	Code string `json:"code" doc:"核验码"`
}

// OverCap is a spot where more plaques hang than the place allows.
type OverCap struct {
	Spot string `json:"spot" enum:"outside,inside"`
	N    int    `json:"n"`
}

// KeptThing is one thing that hangs, runs or is kept.
type KeptThing struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	Title string `json:"title"`
	Spot  string `json:"spot,omitempty"`
	Whose string `json:"whose,omitempty"`
	Basis string `json:"basis,omitempty" doc:"说不出依据的没有"`
	From  string `json:"from"`
	To    string `json:"to,omitempty"`
	Why   string `json:"why,omitempty"`
	Photo bool   `json:"photo" doc:"有照片"`
	After bool   `json:"photoAfter" doc:"有摘掉以后的照片"`
}

type (
	dutyListsOutput   struct{ Body []DutyListLine }
	dutySheetOutput   struct{ Body DutySheet }
	burdenOutput      struct{ Body BurdenAccount }
	certificateOutput struct{ Body CertificateFound }
	codeOutput        struct{ Body CertificateCode }
	keptOutput        struct{ Body []KeptThing }
	keptBodiesOutput  struct{ Body []Body }
	overOutput        struct{ Body []OverCap }
	keptAddedOutput   struct {
		Body struct {
			ID string `json:"id"`
		}
	}
	refusedOutput struct {
		Body struct {
			ID     string    `json:"id"`
			Number string    `json:"number"`
			At     time.Time `json:"at"`
		}
	}
	onInput struct {
		On string `query:"on" doc:"看哪天的；不写的是今天"`
	}
	sheetIn struct {
		Org string `path:"org"`
		On  string `query:"on" doc:"看哪天的；不写的是今天"`
	}
	checkIn struct {
		Number string `query:"number"`
		Code   string `query:"code"`
	}
	keptIn struct {
		Org string `path:"org"`
	}
	keptAddIn struct {
		Org  string `path:"org"`
		Body struct {
			Kind  string   `json:"kind" enum:"plaque,mechanism,ledger,certificate,app,group"`
			Title string   `json:"title"`
			Spot  string   `json:"spot,omitempty" enum:"outside,inside" doc:"牌子挂在哪里"`
			Whose string   `json:"whose,omitempty"`
			Basis string   `json:"basis,omitempty"`
			From  string   `json:"from,omitempty"`
			Files []string `json:"files,omitempty" maxItems:"1" doc:"照片：上传得到的 ref"`
		}
	}
	keptGoneIn struct {
		ID   string `path:"id"`
		Body struct {
			Why   string   `json:"why"`
			Files []string `json:"files,omitempty" maxItems:"1" doc:"摘掉以后的照片：上传得到的 ref"`
		}
	}
	demandIn struct {
		Body struct {
			What   string   `json:"what" doc:"要村里做什么，一句话"`
			Detail string   `json:"detail,omitempty"`
			From   string   `json:"from,omitempty" doc:"谁要的：机关的 id"`
			Named  string   `json:"named,omitempty" doc:"列表里没有的，写名称"`
			Quiet  bool     `json:"quiet,omitempty" doc:"只报县里，不让对方知道"`
			Files  []string `json:"files,omitempty" maxItems:"10" doc:"照片、文件：上传得到的 ref"`
		}
	}
	tagIn struct {
		ID   string `path:"id"`
		Body struct {
			No     string `json:"no,omitempty" doc:"清单序号；不是其中任何一项的不写"`
			Reason string `json:"reason"`
		}
	}
)

func (s *server) burdens() {
	same := func(f string) string { return "#/" + f }
	add(s, operation{id: "duty-lists", method: "GET", path: "/api/v1/duty-lists", tag: "burden", summary: "各乡镇（街道）的履职事项清单", public: true, who: "任何人。", refuses: "没有清单的，是空的。", pointer: same}, s.dutyLists)
	add(s, operation{id: "duty-list", method: "GET", path: "/api/v1/duty-lists/{org}", tag: "burden", summary: "一个乡镇（街道）某一天的清单", public: true, errors: []int{404}, who: "任何人。", refuses: "那一天没有清单的，回答没有找到。", pointer: same}, s.dutyList)
	add(s, operation{id: "duty-tag", method: "PUT", path: "/api/v1/matters/{id}/duty", tag: "burden", summary: "注明事项是清单的哪一项", scope: "matters:write", status: 204, errors: []int{404, 415, 422}, who: "看得到这件事项的工作人员。", refuses: "序号不在清单里的，指出来。", pointer: same}, s.dutyTag)
	add(s, operation{id: "burden", method: "GET", path: "/api/v1/burden", tag: "burden", summary: "准入了什么、挡下了什么、取消了什么", public: true, who: "任何人。", refuses: "不拒绝；数字每次从事项算出。", pointer: same}, s.burdenAccount)
	add(s, operation{id: "check-certificate", method: "GET", path: "/api/v1/certificates/check", tag: "burden", summary: "核对一张证明", public: true, errors: []int{404}, who: "任何人，凭编号和核验码。", refuses: "编号不存在和核验码不对，是同一个回答。", pointer: same}, s.checkCertificate)
	add(s, operation{id: "certificate-code", method: "GET", path: "/api/v1/matters/{id}/certificate", tag: "burden", summary: "一张证明的核验码", scope: "matters:read", errors: []int{404, 409}, who: "要证明的人，和看得到这件事项的工作人员。", refuses: "还没有出具的，说明还没有出具。", pointer: same}, s.certificateCode)
	add(s, operation{id: "refuse-demand", method: "POST", path: "/api/v1/refusals", tag: "burden", summary: "拒办没有准入的要求", scope: "matters:write", status: 201, errors: []int{415, 422}, who: "村（社区）、乡镇（街道）的工作人员。", refuses: "不是村和乡镇的不能拒办；没有写谁要的、要什么的，指出来。", pointer: same}, s.refuseDemand)
	s.raw(operation{id: "duty-template", method: "GET", path: "/api/v1/duty-lists/template", tag: "burden", summary: "履职事项清单的导入模板", public: true, who: "任何人。", refuses: "没有不能看的。"}, download(sheetType), s.dutyTemplate)
	add(s, operation{id: "kept-bodies", method: "GET", path: "/api/v1/kept", tag: "burden", summary: "由我登记的村（社区）、乡镇", scope: "matters:read", who: "工作人员。", refuses: "没有的，是空的。", pointer: same}, s.keptBodies)
	add(s, operation{id: "kept-over", method: "GET", path: "/api/v1/kept/{org}/over", tag: "burden", summary: "牌子挂得超过当地规定的地方", scope: "matters:read", errors: []int{404}, who: "村（社区）、乡镇自己，它上面的乡镇，县里的准入办。", refuses: "别人看，回答没有找到。", pointer: same}, s.keptOver)
	add(s, operation{id: "kept", method: "GET", path: "/api/v1/kept/{org}", tag: "burden", summary: "挂着的、转着的、留着的", scope: "matters:read", errors: []int{404}, who: "村（社区）、乡镇自己，它上面的乡镇，县里的准入办。", refuses: "别人看，回答没有找到。", pointer: same}, s.kept)
	add(s, operation{id: "kept-add", method: "POST", path: "/api/v1/kept/{org}", tag: "burden", summary: "登记一件", scope: "matters:write", status: 201, errors: []int{404, 415, 422}, who: "村（社区）、乡镇自己，它上面的乡镇，县里的准入办。", refuses: "写错的栏目，一一指出。", pointer: same}, s.keptAdd)
	s.raw(operation{id: "kept-photo", method: "GET", path: "/api/v1/kept-things/{id}/photo", tag: "burden", summary: "一件的照片；after=yes 是摘掉以后的", scope: "matters:read", errors: []int{404}, who: "村（社区）、乡镇自己，它上面的乡镇，县里的准入办。", refuses: "没有照片的、别人看的，回答没有找到。"}, func(h *huma.Operation) {
		download("application/octet-stream", "id")(h)
		h.Parameters = append(h.Parameters, &huma.Param{Name: "after", In: "query", Description: both("摘掉以后的"), Schema: &huma.Schema{Type: "string"}})
	}, s.keptPhoto)
	add(s, operation{id: "kept-gone", method: "POST", path: "/api/v1/kept-things/{id}/gone", tag: "burden", summary: "记为没有了", scope: "matters:write", status: 204, errors: []int{404, 409, 415, 422}, who: "村（社区）、乡镇自己，它上面的乡镇，县里的准入办。", refuses: "没有写为什么的，指出来；已经没有的，不再记一次。", pointer: same}, s.keptGone)
}

func (s *server) dayOr(day string) calendar.Day {
	if d, err := calendar.ParseDay(day); err == nil {
		return d
	}
	return s.desk.Today()
}

func countOf(c duty.Count) DutyCount {
	return DutyCount{Basic: c.Basic, Cooperate: c.Cooperate, Taken: c.Taken, Others: shareOf(c.Others(), c.Total())}
}

func shareOf(part, whole int) Share {
	x := Share{Numerator: part, Denominator: whole}
	if whole > 0 {
		tenths, _ := duty.Tenths(part, whole)
		x.Percent = fmt.Sprintf("%.1f", float64(tenths)/10)
	}
	return x
}

func (s *server) dutyLists(ctx context.Context, c caller, in *onInput) (*dutyListsOutput, error) {
	list, err := s.desk.DutyLists(ctx, s.dayOr(in.On))
	return &dutyListsOutput{each(list, func(l desk.DutyLine) DutyListLine { return s.dutyLine(c.Lang, l.List, l.Count) })}, err
}

func (s *server) dutyLine(lang words.Lang, l duty.List, c duty.Count) DutyListLine {
	return DutyListLine{Body: body(lang, s.desk.Body(l.Org)), Title: l.Title, Basis: l.Basis, From: string(l.From), To: string(l.To), Count: countOf(c)}
}

func (s *server) dutyList(ctx context.Context, c caller, in *sheetIn) (*dutySheetOutput, error) {
	l, _, err := s.desk.DutyList(ctx, in.Org, s.dayOr(in.On))
	if err != nil {
		return nil, err
	}
	return &dutySheetOutput{DutySheet{s.dutyLine(c.Lang, l, l.Count()), each(l.Items, func(i duty.Item) DutyItem {
		return DutyItem{No: i.No, List: string(i.Kind), Title: i.Title, Theme: i.Theme, Lead: i.Lead, Part: i.Part}
	})}}, nil
}

func (s *server) dutyTag(ctx context.Context, c caller, in *tagIn) (*struct{}, error) {
	return nil, s.desk.TagDuty(ctx, c.Actor, in.ID, in.Body.No, in.Body.Reason)
}

func burdenLine(lang words.Lang) func(desk.AdmissionLine) BurdenLine {
	return func(l desk.AdmissionLine) BurdenLine {
		return BurdenLine{Number: l.Number, Title: l.Title, State: l.State, Body: body(lang, l.Org), Basis: l.Basis, ListNo: l.ListNo, Every: l.Frequency, Hours: l.Hours, Runs: l.Runs,
			Villages: l.Villages, Year: l.YearHours(), Reviewed: l.Reviewed, Until: string(l.Until), Reason: l.Reason}
	}
}

func (s *server) burdenAccount(ctx context.Context, c caller, _ *struct{}) (*burdenOutput, error) {
	b, err := s.desk.Burden(ctx)
	if err != nil {
		return nil, err
	}
	asked := func(a desk.Asked) AskedFigure { return AskedFigure(a) }
	return &burdenOutput{BurdenAccount{Active: each(b.Active, burdenLine(c.Lang)), Refused: each(b.Refused, burdenLine(c.Lang)), Ended: each(b.Ended, burdenLine(c.Lang)),
		Cleanups: each(b.Cleanups, cleanupFigure), Certificates: each(b.Certificates, asked), Demands: each(b.Demands, asked), Forms: s.savedAccount(c.Lang, b.Forms), Inspections: b.Inspections, Since: string(b.Since)}}, nil
}

func cleanupFigure(c desk.CleanupLine) CleanupFigure {
	x := CleanupFigure{Number: c.Number, Title: c.Title, Before: c.Before, After: c.After, Target: c.Target, Counted: c.Counted, Claimed: c.Claimed, Off: c.Off}
	if c.Registered {
		x.Register, x.Typed = c.InRegister[:], c.Typed[:]
	}
	if c.Known {
		r := shareOf(c.Before-c.After, c.Before)
		x.Reduction = &r
	}
	return x
}

func certificateFound(l words.Lang, c desk.Checked) CertificateFound {
	return CertificateFound{Number: c.Number, Kind: c.Kind, Body: body(l, c.Body), Letter: c.Letter, On: string(c.On), Revoked: c.Revoked}
}

func (s *server) checkCertificate(ctx context.Context, who caller, in *checkIn) (*certificateOutput, error) {
	c, err := s.desk.CheckCertificate(ctx, in.Number, in.Code)
	return &certificateOutput{certificateFound(who.Lang, c)}, err
}

func (s *server) certificateCode(ctx context.Context, who caller, in *idInput) (*codeOutput, error) {
	c, code, err := s.desk.CertificateOf(ctx, who.Actor, in.ID)
	return &codeOutput{CertificateCode{certificateFound(who.Lang, c), code}}, err
}

func (s *server) refuseDemand(ctx context.Context, c caller, in *demandIn) (*refusedOutput, error) {
	files, err := s.attached(in.Body.Files)
	if err != nil {
		return nil, err
	}
	r, err := s.desk.Refuse(ctx, c.Actor, desk.Demand{Files: files, What: in.Body.What, Detail: in.Body.Detail, From: in.Body.From, FromNamed: in.Body.Named, Quiet: in.Body.Quiet})
	out := &refusedOutput{}
	out.Body.ID, out.Body.Number, out.Body.At = r.ID, r.Number, here(r.At)
	return out, err
}

func (s *server) kept(ctx context.Context, c caller, in *keptIn) (*keptOutput, error) {
	list, _, err := s.desk.Kept(ctx, c.Actor, in.Org)
	return &keptOutput{each(list, func(k duty.Kept) KeptThing {
		return KeptThing{ID: k.ID, Kind: k.Kind, Title: k.Title, Spot: k.Spot, Whose: k.Whose, Basis: k.Basis, From: string(k.From), To: string(k.To), Why: k.Why, Photo: k.Photo != nil, After: k.Gone != nil}
	})}, err
}

func (s *server) keptBodies(_ context.Context, c caller, _ *struct{}) (*keptBodiesOutput, error) {
	return &keptBodiesOutput{each(s.desk.KeptBodies(c.Actor), func(b desk.Body) Body { return *body(c.Lang, b) })}, nil
}

func (s *server) keptOver(ctx context.Context, c caller, in *keptIn) (*overOutput, error) {
	_, over, err := s.desk.Kept(ctx, c.Actor, in.Org)
	return &overOutput{each(over, func(t duty.Tally) OverCap { return OverCap{t.Spot, t.N} })}, err
}

func (s *server) keptAdd(ctx context.Context, c caller, in *keptAddIn) (*keptAddedOutput, error) {
	out := &keptAddedOutput{}
	photo, err := s.photo(in.Body.Files)
	if err != nil {
		return nil, err
	}
	out.Body.ID, err = s.desk.AddKept(ctx, c.Actor, duty.Kept{Org: in.Org, Photo: photo, Kind: in.Body.Kind, Title: in.Body.Title, Spot: in.Body.Spot, Whose: in.Body.Whose, Basis: in.Body.Basis, From: calendar.Day(in.Body.From)})
	return out, err
}

func (s *server) keptGone(ctx context.Context, c caller, in *keptGoneIn) (*struct{}, error) {
	photo, err := s.photo(in.Body.Files)
	if err == nil {
		_, err = s.desk.RemoveKept(ctx, c.Actor, in.ID, in.Body.Why, photo)
	}
	return nil, err
}

func (s *server) keptPhoto(w http.ResponseWriter, r *http.Request, c caller) error {
	p, file, err := s.desk.KeptPhoto(r.Context(), c.Actor, r.PathValue("id"), r.URL.Query().Get("after") != "")
	if err != nil {
		return err
	}
	defer file.Close()
	attachment(w, p.Type, p.Name)
	http.ServeContent(w, r, "", time.Time{}, file)
	return nil
}
