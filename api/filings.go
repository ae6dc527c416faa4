package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"jishi/base/vault"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
)

// Filing is what somebody brings in.
type Filing struct {
	Procedure       string            `json:"procedure,omitempty" maxLength:"60" doc:"程序；不写是信访事项" example:"petition"`
	Class           string            `json:"class,omitempty" maxLength:"60" doc:"类别：claim 申诉求决，suggestion 建议意见，report 检举控告（密封）" example:"claim"`
	Channel         string            `json:"channel,omitempty" maxLength:"20" doc:"提出方式：net、letter、call、fax、visit；不写是网上，来信来电来访只能由登记人员录入" example:"net"`
	With            map[string]string `json:"with" doc:"表单的各栏：title、what、wants、place（区划代码）等，见 /api/v1/procedures"`
	Who             *Person           `json:"who,omitempty" doc:"提出人；匿名的不写"`
	Anonymous       bool              `json:"anonymous,omitempty" doc:"匿名提出，将无法书面答复"`
	Others          []Person          `json:"others,omitempty" maxItems:"1000" doc:"共同提出的其他人"`
	People          map[string]Person `json:"people,omitempty" doc:"表单里要写明是谁的栏目（类型 citizen），例如调解的对方当事人；身份进保险库，不进卷宗"`
	Reported        []string          `json:"reported,omitempty" maxItems:"50" doc:"检举控告的单位的代码"`
	ReportedPersons []string          `json:"reportedPersons,omitempty" maxItems:"50" doc:"检举控告的工作人员的代码"`
	Files           []string          `json:"files,omitempty" maxItems:"50" doc:"上传附件得到的 ref"`
	Body            string            `json:"body,omitempty" maxLength:"60" doc:"向哪个机关提出；不写由系统按地点确定"`
}

// Receipt is the proof that something was brought in.
type Receipt struct {
	ID     string    `json:"id"`
	Number string    `json:"number" example:"LX2026-000042"`
	Code   string    `json:"code" doc:"查询码；与编号一起查看这件事项，请交给提出人"`
	At     time.Time `json:"at"`
	Body   *Body     `json:"body,omitempty" doc:"收到的机关"`
	Clocks []Clock   `json:"clocks"`
	Again  bool      `json:"again,omitempty" doc:"同一个 Idempotency-Key 已经提出过；什么也没有再写"`
}

func receipt(l words.Lang, r desk.Receipt) *Receipt {
	return &Receipt{ID: r.ID, Number: r.Number, Code: r.Code, At: here(r.At), Body: body(l, r.Body), Clocks: clocks(l, r.Clocks, true), Again: r.Again}
}

type fileInput struct {
	Key  string `header:"Idempotency-Key" minLength:"16" maxLength:"200" doc:"一次提出用一个随机值；重试用同一个，不会提出两次"`
	Body Filing
}

type receiptOutput struct {
	Status   int
	Location string `header:"Location"`
	Body     *Receipt
}

type keyInput struct {
	Key string `header:"Idempotency-Key" required:"true" minLength:"16" maxLength:"200"`
}

// Entrance is a number with its query code.
type Entrance struct {
	Number string `json:"number" maxLength:"60" example:"LX2026-000042"`
	Code   string `json:"code" maxLength:"60" doc:"凭证上的查询码"`
}

// Followed is the matter, and a session with which the citizen can go on.
type Followed struct {
	Matter  *Matter   `json:"matter"`
	Token   string    `json:"token" doc:"会话令牌：Authorization: Bearer …，可以评价、补充、撤回、请求复查复核"`
	Expires time.Time `json:"expires"`
}

type followOutput struct {
	ETag string `header:"ETag"`
	Body Followed
}

// PhoneSession is what lets in whoever proved that the number is theirs.
type PhoneSession struct {
	Token   string    `json:"token" doc:"作为 Authorization: Bearer 使用"`
	Expires time.Time `json:"expires"`
}

type (
	phoneInput struct {
		Body struct {
			Phone string `json:"phone" minLength:"1" maxLength:"40"`
		}
	}
	phoneCodeInput struct {
		Body struct {
			Phone string `json:"phone" minLength:"1" maxLength:"40"`
			Code  string `json:"code" minLength:"1" maxLength:"20" doc:"短信里的验证码"`
		}
	}
	phoneOutput struct{ Body PhoneSession }
)

func (s *server) filings() {
	add(s, operation{id: "file", method: "POST", path: "/api/v1/filings", tag: "filings", summary: "提出一件事项", public: true, scope: "file", status: 201, key: true,
		who: "任何人都可以提出；来信、来电、传真、来访只能由有登记职责的工作人员录入。", refuses: "内容有问题的，一次指出全部错处；同一个幂等键得到同一张凭证。",
		errors: []int{413, 415, 422}, pointer: filingPointer}, s.file)
	add(s, operation{id: "receipt", method: "GET", path: "/api/v1/receipt", tag: "filings", summary: "再取一次凭证", public: true, scope: "file", key: true,
		who: "提出时的那个调用者，带上同一个 Idempotency-Key。", refuses: "没有用这个键提出过的，回答没有找到。", errors: []int{404, 422}}, s.receiptAgain)
	add(s, operation{id: "follow", method: "POST", path: "/api/v1/follow", tag: "filings", summary: "凭编号和查询码查看事项", public: true,
		who: "持有编号和查询码的人。", refuses: "编号不存在和查询码不对，回答完全一样。", errors: []int{401, 422}, pointer: func(f string) string { return "#/" + f }}, s.follow)
	add(s, operation{id: "follow-phone", method: "POST", path: "/api/v1/follow/phone", tag: "filings", summary: "给手机号码发验证码", public: true, status: 204,
		who: "任何人。", refuses: "号码有没有提出过事项，回答一样；发得太勤的，请等一等。", errors: []int{415, 422, 429}, pointer: func(f string) string { return "#/" + f }}, s.phoneCode)
	add(s, operation{id: "follow-phone-code", method: "POST", path: "/api/v1/follow/phone/code", tag: "filings", summary: "凭验证码登录，查看这个号码提出的全部事项和保存的信息", public: true, status: 200,
		who: "收到验证码的人。", refuses: "验证码不对、过期的，说明原因；错得太多的，请等一等。", errors: []int{401, 404, 415, 422, 429}, pointer: func(f string) string { return "#/" + f }}, s.phoneSession)
}

// filingPointer is where a field of the desk stands in a Filing.
func filingPointer(field string) string {
	switch field {
	case "name", "phone", "email", "address":
		return "#/who/" + field
	case "id-number":
		return "#/who/idNumber"
	case "reported", "body", "class", "channel", "files":
		return "#/" + field
	}
	return "#/with/" + field
}

func (s *server) file(ctx context.Context, c caller, in *fileInput) (*receiptOutput, error) {
	f, err := s.filing(in.Body)
	if err != nil {
		return nil, err
	}
	f.Token = c.token("file")
	r, err := s.desk.File(ctx, c.Actor, f)
	if err != nil {
		return nil, err
	}
	out := &receiptOutput{Status: http.StatusCreated, Location: "/api/v1/matters/" + r.ID, Body: receipt(c.Lang, r)}
	if r.Again {
		out.Status = http.StatusOK
	}
	return out, nil
}

func (s *server) filing(b Filing) (desk.Filing, error) {
	f := desk.Filing{Procedure: b.Procedure, Class: b.Class, Channel: b.Channel, With: maps.Clone(b.With), Anonymous: b.Anonymous,
		Reported: b.Reported, ReportedPersons: b.ReportedPersons, Body: b.Body}
	if b.Who != nil {
		f.Who = b.Who.identity()
	}
	f.People = identities(b.People)
	for _, p := range b.Others {
		f.Others = append(f.Others, p.identity())
	}
	// Who somebody is goes to the vault and nowhere else: a form's field would stand in the journal for ever.
	for _, name := range []string{"name", "phone", "email", "address", "id-number"} {
		if f.With[name] != "" {
			return f, words.Refuse(words.Invalid, "fields", "有{n}处需要改正。", "n", 1).At(name, "身份请写在 who 里，不要写在 with 里。")
		}
	}
	if b.Procedure != "" {
		if _, err := s.desk.Book.Procedure(b.Procedure, s.desk.Today(), s.desk.Profile); err != nil {
			p := refuse(http.StatusUnprocessableEntity, "no-such-procedure", "没有这套规则。").try("可以用的见 /api/v1/procedures。")
			return f, pointed{p, "#/procedure"}
		}
	}
	var err error
	f.Files, err = s.attached(b.Files)
	return f, err
}

// identities are those whom a body names under fields of the type citizen.
func identities(people map[string]Person) map[string]vault.Identity {
	list := map[string]vault.Identity{}
	for name, p := range people {
		list[name] = p.identity()
	}
	return list
}

func (s *server) receiptAgain(ctx context.Context, c caller, in *keyInput) (*receiptOutput, error) {
	r, err := s.desk.ReceiptOf(ctx, c.token("file"))
	if err != nil {
		return nil, err
	}
	return &receiptOutput{Status: http.StatusOK, Location: "/api/v1/matters/" + r.ID, Body: receipt(c.Lang, r)}, nil
}

func (s *server) follow(ctx context.Context, c caller, in *struct{ Body Entrance }) (*followOutput, error) {
	who, err := s.desk.Enter(ctx, in.Body.Number, in.Body.Code, c.from, c.Lang)
	if err != nil {
		return nil, err
	}
	v, err := s.desk.Matter(ctx, who, who.Matter)
	if err != nil {
		return nil, err
	}
	token, err := s.desk.Begin(ctx, who, "API")
	if err != nil {
		return nil, err
	}
	return &followOutput{ETag: etag(v.Seq), Body: Followed{Matter: view(c.Lang, v), Token: token, Expires: here(s.desk.Now().Add(actor.CitizenLife))}}, nil
}

func (s *server) phoneCode(ctx context.Context, _ caller, in *phoneInput) (*struct{}, error) {
	return nil, s.desk.AskCode(ctx, in.Body.Phone)
}

func (s *server) phoneSession(ctx context.Context, c caller, in *phoneCodeInput) (*phoneOutput, error) {
	who, err := s.desk.UseCode(ctx, in.Body.Phone, in.Body.Code, c.Lang)
	if err != nil {
		return nil, err
	}
	token, err := s.desk.Begin(ctx, who, "API")
	if err != nil {
		return nil, err
	}
	return &phoneOutput{PhoneSession{token, here(s.desk.Now().Add(actor.CitizenLife))}}, nil
}

// flags are the marks of a matter; those that name a person are left out.
func flags(m map[string]string) []string {
	var list []string
	for _, f := range slices.Sorted(maps.Keys(m)) {
		if m[f] != "" && !strings.Contains(f, ":") {
			list = append(list, f)
		}
	}
	return list
}
