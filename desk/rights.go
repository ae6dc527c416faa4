package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/module/keep"
	"jishi/people/actor"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// PersonalInformation is the procedure by which people ask about what is held about them. Its relation `subject` is
// whose identity it is about, its relation `corrected` what it should say, its link `about` leads to the matter in which that is held.
const (
	PersonalInformation = "personal-information"
	subject             = "subject"
	corrected           = "corrected"
	aboutLink           = "about"
)

// Holding is what one matter holds of whoever asks.
type Holding struct {
	ID, Number, Title string
	Kind, KindEn      string // the procedure
	Keeper            Body
	At                time.Time
	Who               Identity // masked
	State             vault.State
	Rule              keep.Rule
	Until             calendar.Day // erased after it; "" while the matter runs or for ever
	Files             int
	Looks             []Look
	Asked             string // number of a request about it that is not answered yet
}

// Holdings are all identities that are held of whoever asks, the newest first, and their requests about them.
type Holdings struct {
	List     []Holding
	Requests []Row
}

// Holdings tells a citizen what is held about them by all that they brought in and this session may see, who looked at it
// and until when it is kept. It is masked: whoever finds a receipt on the street must not learn an address by it. The
// copy has it in full.
func (d *Desk) Holdings(ctx context.Context, who actor.Actor) (Holdings, error) {
	var h Holdings
	asked := map[string]string{} // number of the open request, by the matter that it is about
	err := d.eachOwn(ctx, who, func(m *matter.Matter, row Row) error {
		if m.Procedure == PersonalInformation {
			h.Requests = append(h.Requests, row)
		}
		for _, l := range m.Links {
			if m.Procedure == PersonalInformation && !m.Ended && l.Kind == aboutLink {
				asked[l.Matter] = m.Number
			}
		}
		x, ok, err := d.holding(ctx, who, m)
		if ok {
			h.List = append(h.List, x)
		}
		return err
	})
	for i, x := range h.List {
		h.List[i].Asked = asked[x.ID]
	}
	return h, err
}

// eachOwn goes through what the citizen brought in, the newest first.
func (d *Desk) eachOwn(ctx context.Context, who actor.Actor, do func(*matter.Matter, Row) error) error {
	if who.Kind != actor.Citizen {
		return words.Refuse(words.SignIn, "not-a-citizen", "这里是提出事项的人查看自己信息的地方。").Try("请用编号和查询码，或者手机号码登录：首页，查进度。")
	}
	for cursor := ""; ; {
		page, err := d.List(ctx, who, Filter{Limit: 200, Cursor: cursor})
		if err != nil {
			return err
		}
		for _, row := range page.Rows {
			m, err := d.load(ctx, who, row.ID)
			if err == nil {
				err = do(m, row)
			}
			if err != nil {
				return err
			}
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

// holding is what a matter holds of whoever asks; ok is false where it holds nobody.
func (d *Desk) holding(ctx context.Context, who actor.Actor, m *matter.Matter) (x Holding, ok bool, err error) {
	ref := ownRef(who, m)
	if ref == "" {
		return x, false, nil
	}
	p, err := d.Book.ByKey(m.Version)
	if err != nil {
		return x, false, err
	}
	x = Holding{ID: m.ID, Number: m.Number, Title: m.Fields["title"], Kind: p.Title, KindEn: p.En, Keeper: d.Body(d.keeperOf(p, m)),
		At: time.UnixMilli(m.Opened), Files: len(m.Files)}
	k, err := d.keptUntil(ctx, d.DB, ref)
	if err != nil {
		return x, false, err
	}
	x.Rule, x.Until = k.rule, k.until
	if x.State, err = d.Vault.State(ctx, d.DB, ref); err != nil {
		return x, false, err
	}
	if x.Who, err = d.masked(ctx, ref); err != nil {
		return x, false, err
	}
	x.Looks, err = d.Looks(ctx, who, m.ID)
	return x, true, err
}

// masked is an identity for lists and headings. Of one that was erased nothing is left to show.
func (d *Desk) masked(ctx context.Context, ref string) (Identity, error) {
	who, err := d.Vault.Masked(ctx, d.DB, ref)
	if erased(err) {
		return Identity{Name: "***"}, nil
	}
	return who, err
}

func erased(err error) bool {
	r, ok := words.AsRefusal(err)
	return ok && r.Code == "identity-erased"
}

// keeperOf is the body that answers for what a matter holds: which took it in, else which holds it, else another with a part.
func (d *Desk) keeperOf(p *procedure.Procedure, m *matter.Matter) string {
	for _, body := range []string{m.Org("receiver"), d.Matters.Holder(m), m.Org("handler")} {
		if body != "" {
			return body
		}
	}
	for _, x := range d.involved(m, p) {
		if len(x.Bodies) > 0 {
			return x.Bodies[0].ID
		}
	}
	return ""
}

// AskAbout is a request about what a matter holds of whoever asks.
type AskAbout struct {
	Token  string
	Matter string // its number
	Kind   string // access, correct, delete, explain
	What   string
	Right  Identity // to correct: what is right; blank stays as it is
}

// rightTitles are what a request is called, by its kind.
var rightTitles = map[string]string{"access": "查阅、复制我的个人信息", "correct": "更正我的个人信息", "delete": "删除我的个人信息", "explain": "说明怎样处理我的个人信息"}

// AskAbout brings a request in, to the body that keeps what it is about. Whoever signed in by the receipt or by the
// telephone number has proved who they are; nothing is asked a second time.
func (d *Desk) AskAbout(ctx context.Context, who actor.Actor, a AskAbout) (Receipt, error) {
	m, err := d.Matters.ByNumber(ctx, d.DB, strings.TrimSpace(a.Matter))
	if err != nil || who.Kind != actor.Citizen || !d.Matters.Sees(who, m) {
		return Receipt{}, matter.NotFound()
	}
	ref := ownRef(who, m)
	if ref == "" {
		return Receipt{}, words.Refuse(words.NotFound, "anonymous", "这件事项是匿名提出的，没有留下身份。")
	}
	own, err := d.Vault.Owned(ctx, d.DB, ref)
	if err != nil {
		return Receipt{}, err
	}
	f := Filing{Token: a.Token, Procedure: PersonalInformation, Class: a.Kind, Channel: "net", Who: own,
		With: map[string]string{"title": rightTitles[a.Kind], "linked": m.Number, "what": strings.TrimSpace(a.What)}}
	if a.Kind == "correct" {
		if a.Right == (Identity{}) {
			return Receipt{}, words.Refuse(words.Invalid, "fields", "有{n}处需要改正。", "n", 1).At("right.name", "请写明要改成什么，至少一项。")
		}
		if a.Right.Name == "" {
			a.Right.Name = own.Name
		}
		if fault := optional(func(f, v string) *words.Fault { return vault.CheckIDNumber(f, v, d.Today()) }, "right.id-number", a.Right.IDNumber); fault != nil {
			return Receipt{}, words.Refuse(words.Invalid, "fields", "有{n}处需要改正。", "n", 1).At(fault.Field, fault.Text, fault.Args...)
		}
		f.People = map[string]Identity{"right": a.Right}
	}
	return d.File(ctx, who, f)
}

// about finds whose identity a request is about, "" for what is no such request, and the body that keeps it: for a citizen their own in the matter that
// the request names, for a clerk that of whoever stands before them, whose name and number must agree with what is held.
func (d *Desk) about(ctx context.Context, who actor.Actor, f *Filing) (ref string, err error) {
	if f.Procedure != PersonalInformation {
		return "", nil
	}
	m, err := d.Matters.ByNumber(ctx, d.DB, strings.TrimSpace(f.With["linked"]))
	if errors.Is(err, db.ErrNotFound) || err == nil && !d.Matters.Sees(who, m) {
		return "", words.Refuse(words.Invalid, "fields", "有{n}处需要改正。", "n", 1).At("linked", "没有找到这件事项。").
			Try("请先用编号和查询码，或者手机号码登录，再提出请求。")
	}
	if err != nil {
		return "", err
	}
	if who.Kind == actor.Citizen {
		ref = ownRef(who, m)
	}
	for _, n := range m.Entries {
		if who.Kind != actor.Staff || ref != "" || n.Person == "" {
			continue
		}
		same, err := d.Vault.Same(ctx, d.DB, n.Person, f.Who)
		if err != nil {
			return "", err
		}
		if same {
			ref = n.Person
		}
	}
	if ref == "" {
		return "", words.Refuse(words.Invalid, "not-the-person", "姓名和电话（或者证件号）与这件事项里留下的对不上，不能替别人查阅、更正、删除。").
			Under("网络数据安全管理条例第二十五条").Try("请核对编号和证件；电话换了的，请本人带证件当面办理，并写明原来的电话。")
	}
	q, err := d.Book.ByKey(m.Version)
	if err != nil {
		return "", err
	}
	if f.Body == "" {
		f.Body = d.keeperOf(q, m)
	}
	return ref, nil
}

// identity does what a request's step decides about the identity, in the step's transaction, and says so in the matter in
// which it is held.
func (d *Desk) identity(ctx context.Context, tx *db.Tx, act string, m *matter.Matter, press matter.Press) error {
	var ref, in string
	for _, party := range m.Parties[subject] {
		ref = party.Person
	}
	for _, l := range m.Links {
		if l.Kind == aboutLink {
			in = l.Matter
		}
	}
	if ref == "" || in == "" {
		return fmt.Errorf("desk.identity %s: the request is about nobody", m.ID)
	}
	held, err := d.Matters.Load(ctx, tx, in)
	if err != nil {
		return err
	}
	switch act {
	case "correct":
		if len(m.Parties[corrected]) == 0 {
			return fmt.Errorf("desk.identity %s: it does not say what is right", m.ID)
		}
		right, err := d.Vault.Owned(ctx, tx, m.Parties[corrected][0].Person)
		if err != nil {
			return err
		}
		if err := d.Vault.Correct(ctx, tx, ref, right, press.At); err != nil {
			return err
		}
	case "freeze":
		if err := d.Vault.Freeze(ctx, tx, ref, press.At); err != nil {
			return err
		}
	case "erase":
		if err := d.mayErase(ctx, tx, held, ref, press); err != nil {
			return err
		}
		if d.Eyes > 0 && press.By.Kind == actor.Staff && press.Second == "" {
			return errSecond
		}
		if err := d.erase(ctx, tx, press.By, ref, press.At); err != nil {
			return err
		}
	}
	return d.Matters.Mark(ctx, tx, in, "identity-"+act, "identity", press.At, "")
}

// mayErase refuses to erase who brought in something that still runs, and what statute says must be kept in any of the
// matters that hold the identity.
func (d *Desk) mayErase(ctx context.Context, tx *db.Tx, held *matter.Matter, ref string, press matter.Press) error {
	k, err := d.keptUntil(ctx, tx, ref)
	if err != nil {
		return err
	}
	for _, m := range append([]*matter.Matter{held}, k.matters...) {
		if !m.Ended && m.Procedure != PersonalInformation {
			return words.Refuse(words.Closed, "still-needed", "{number}还没有办结，身份信息现在删除就无法答复本人。", "number", m.Number).
				Under("个人信息保护法第四十七条").Try("请先办结，或者说明理由封存。")
		}
	}
	if k.law != "" && calendar.DayOf(press.At) <= k.law {
		return words.Refuse(words.Closed, "kept-by-law", "法定的保存期限到{day}为止，现在不能删除。", "day", string(k.law)).
			Under(k.lawful.Cite).Try("请说明理由封存；期限届满后自动删除。")
	}
	return nil
}

// erase destroys an identity.
func (d *Desk) erase(ctx context.Context, tx *db.Tx, by actor.Actor, ref string, at time.Time) error {
	if err := d.Vault.Erase(ctx, tx, ref, at); err != nil {
		return err
	}
	if by.Kind != actor.Staff {
		return nil
	}
	return actor.Record(ctx, tx, by, "identity-erased", "", "", at)
}

// Copy is what a person takes along of what is held about them: complete, in a form that programs read too.
type Copy struct {
	Made    time.Time    `json:"made"`
	Basis   string       `json:"basis"`
	Matters []CopyMatter `json:"matters"`
}

// CopyMatter is one matter of a Copy.
type CopyMatter struct {
	Number   string     `json:"number"`
	Kind     string     `json:"kind"`
	Title    string     `json:"title"`
	State    string     `json:"state"`
	Opened   time.Time  `json:"opened"`
	Keeper   string     `json:"keeper"`
	Identity *Identity  `json:"identity,omitempty"` // none where it was anonymous or erased
	Keep     string     `json:"keep,omitempty"`
	Said     []CopySaid `json:"said,omitempty"`
	Files    []CopyFile `json:"files,omitempty"`
	Steps    []CopyStep `json:"steps"`
	Looks    []CopyLook `json:"looks,omitempty"`
}

// CopySaid is what was said under one heading.
type CopySaid struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// CopyFile names an attachment; its bytes are at the matter's own page.
type CopyFile struct {
	Name string `json:"name"`
	Hash string `json:"sha256"`
	Size int64  `json:"bytes"`
}

// CopyLook is a look at the identity.
type CopyLook struct {
	At     time.Time `json:"at"`
	Body   string    `json:"body"`
	Post   string    `json:"post"`
	Reason string    `json:"reason"`
}

// CopyStep is one step of a matter.
type CopyStep struct {
	At    time.Time  `json:"at"`
	Title string     `json:"title"`
	By    string     `json:"by,omitempty"`
	Said  []CopySaid `json:"said,omitempty"`
}

// Copy is all that this session may see of what is held about whoever asks, in full. That it was taken is recorded among
// the looks, as their own.
func (d *Desk) Copy(ctx context.Context, who actor.Actor) (Copy, error) {
	c := Copy{Made: d.Now(), Basis: CiteHeld}
	err := d.eachOwn(ctx, who, func(m *matter.Matter, _ Row) error {
		x, err := d.copyOf(ctx, who, m)
		c.Matters = append(c.Matters, x)
		return err
	})
	return c, err
}

func (d *Desk) copyOf(ctx context.Context, who actor.Actor, m *matter.Matter) (CopyMatter, error) {
	v, err := d.view(ctx, who, m)
	if err != nil {
		return CopyMatter{}, err
	}
	x := CopyMatter{Number: m.Number, Kind: v.Procedure.Title, Title: v.Title, State: v.StateTitle, Opened: v.Opened, Keeper: d.Body(d.keeperOf(v.Procedure, m)).Name, Said: copied(v.Said)}
	for _, f := range v.Files {
		x.Files = append(x.Files, CopyFile{f.Name, f.Hash, f.Size})
	}
	for _, s := range v.Timeline {
		x.Steps = append(x.Steps, CopyStep{s.At, s.Title, s.By.Name, copied(s.Said)})
	}
	h, held, err := d.holding(ctx, who, m)
	if err != nil || !held {
		return x, err
	}
	x.Keep = string(h.Until)
	for _, l := range h.Looks {
		x.Looks = append(x.Looks, CopyLook(l))
	}
	own, err := d.open(ctx, who, m, ownRef(who, m), "本人取走副本")
	if erased(err) {
		return x, nil
	}
	x.Identity = &own
	return x, err
}

func copied(said []Said) (list []CopySaid) {
	for _, s := range said {
		list = append(list, CopySaid{s.Title, s.Text})
	}
	return list
}

// Requested reports whether one matter is a request about what another holds. It tells that of two matters which the caller
// has been shown, and of no others.
func (d *Desk) Requested(ctx context.Context, request, held string) bool {
	m, err := d.Matters.Load(ctx, d.DB, request)
	return err == nil && slices.ContainsFunc(m.Links, func(l matter.Link) bool { return l.Kind == aboutLink && l.Matter == held })
}
