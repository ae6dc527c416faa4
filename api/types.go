package api

import (
	"time"

	"jishi/base/calendar"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/desk"
	"jishi/work/matter"
)

// The shapes of the interface. Every title is in the reader's language; what was written by people is as they wrote it.

// Body is an organ.
type Body struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Short string `json:"short,omitempty"`
}

func body(l words.Lang, b desk.Body) *Body {
	if b.ID == "" {
		return nil
	}
	return &Body{ID: b.ID, Name: pick(l, b.Name, b.En), Short: b.Short}
}

// pick is the English where the reader reads English and there is any.
func pick(l words.Lang, zh, en string) string {
	if l == words.EN && en != "" {
		return en
	}
	return zh
}

// Clock is one obligation with its last day.
type Clock struct {
	ID          string     `json:"id"`
	Title       string     `json:"title"`
	For         string     `json:"for" doc:"office 机关的期限，citizen 信访人的期限"`
	Limit       string     `json:"limit" doc:"法条写的期限" example:"60日"`
	LastDay     string     `json:"lastDay,omitempty" doc:"最后一日，当日24时届满；条文没有天数的为空" example:"2026-03-02"`
	Due         *time.Time `json:"due,omitempty" doc:"届满的时刻"`
	Light       string     `json:"light" enum:"ok,due,late,off" doc:"按期、将到期、逾期、已停"`
	Left        int        `json:"daysLeft" doc:"离最后一日的天数，逾期为负"`
	Running     bool       `json:"running"`
	Missed      bool       `json:"missed"`
	Stopped     *time.Time `json:"stopped,omitempty"`
	Extended    int        `json:"extended,omitempty" doc:"已延长的天数"`
	Excluded    int        `json:"excluded,omitempty" doc:"不计入的天数"`
	Provisional bool       `json:"provisional,omitempty" doc:"依据的日历尚未公布，公布后重算"`
	Cite        string     `json:"cite" doc:"依据的条款"`
	Gist        string     `json:"gist,omitempty" doc:"条款大意，不是原文"`
	Grade       string     `json:"grade" doc:"依据的可靠程度：A 通读原文，B 部分，C 转引，D 本系统的设置"`
	Note        string     `json:"note,omitempty"`
	How         []How      `json:"how,omitempty" doc:"最后一日是怎样算出来的，一步一句"`
}

// How is one step of a computation.
type How struct {
	Text string `json:"text"`
	Cite string `json:"cite,omitempty"`
}

func clock(l words.Lang, c desk.Clock, how bool) Clock {
	v := Clock{ID: c.ID, Title: pick(l, c.Title, c.En), For: c.For, Limit: words.Say(l, c.Limit), LastDay: string(c.Day), Light: string(c.Light), Left: c.Left,
		Running: c.Running, Missed: c.Missed, Extended: c.Extended, Excluded: c.Excluded, Provisional: c.Provisional,
		Cite: c.Cite, Gist: pick(l, c.Gist, c.GistEn), Grade: string(c.Grade), Note: pick(l, c.Note, c.NoteEn),
		Due: moment(c.Due), Stopped: moment(c.Stopped)}
	if how {
		v.How = steps(l, c.How)
	}
	return v
}

func steps(l words.Lang, list []calendar.Step) []How {
	return each(list, func(s calendar.Step) How { return How{s.Say(l), s.Cite} })
}

func clocks(l words.Lang, list []desk.Clock, how bool) []Clock {
	return each(list, func(c desk.Clock) Clock { return clock(l, c, how) })
}

// moment is the time in our zone, nil where there is none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.In(calendar.Zone)
	return &t
}

func here(t time.Time) time.Time { return t.In(calendar.Zone) }

// each makes a list that is never null.
func each[A, B any](list []A, f func(A) B) []B {
	out := make([]B, 0, len(list))
	for _, a := range list {
		out = append(out, f(a))
	}
	return out
}

// Said is what somebody wrote under a field.
type Said struct {
	Field string `json:"field"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

func said(l words.Lang, list []desk.Said) []Said {
	return each(list, func(s desk.Said) Said { return Said{s.Field, pick(l, s.Title, s.En), s.Text} })
}

// File is an attachment.
type File struct {
	Hash string     `json:"hash"`
	Name string     `json:"name"`
	Type string     `json:"type"`
	Size int64      `json:"size"`
	At   *time.Time `json:"at,omitempty"`
}

func files(list []matter.File) []File {
	return each(list, func(f matter.File) File {
		v := File{Hash: f.Hash, Name: f.Name, Type: f.Type, Size: f.Size}
		if f.At != 0 {
			v.At = moment(time.UnixMilli(f.At))
		}
		return v
	})
}

// Letter is a document of a matter.
type Letter struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	Title    string    `json:"title"`
	Number   string    `json:"number"`
	Version  int       `json:"version"`
	Body     *Body     `json:"body,omitempty"`
	At       time.Time `json:"at"`
	ServedOn string    `json:"servedOn,omitempty"`
	How      string    `json:"how,omitempty"`
	Proof    string    `json:"proof,omitempty"`
}

func letters(l words.Lang, list []desk.Letter) []Letter {
	return each(list, func(x desk.Letter) Letter {
		return Letter{ID: x.ID, Kind: x.Kind, Title: pick(l, x.Title, x.En), Number: x.Number, Version: x.Version, Body: body(l, x.Body),
			At: here(x.At), ServedOn: string(x.ServedOn), How: x.How, Proof: x.Proof}
	})
}

// Person is who brought a matter in.
type Person struct {
	Name     string `json:"name" maxLength:"60" doc:"姓名"`
	Phone    string `json:"phone,omitempty" maxLength:"40" doc:"手机号码"`
	IDNumber string `json:"idNumber,omitempty" maxLength:"40" doc:"证件号码"`
	Address  string `json:"address,omitempty" maxLength:"200" doc:"住址，书面答复寄到这里"`
	Email    string `json:"email,omitempty" maxLength:"120" doc:"电子邮箱"`
}

func person(i vault.Identity) Person {
	return Person{Name: i.Name, Phone: i.Phone, IDNumber: i.IDNumber, Address: i.Address, Email: i.Email}
}

func (p Person) identity() vault.Identity {
	return vault.Identity{Name: p.Name, Phone: p.Phone, IDNumber: p.IDNumber, Address: p.Address, Email: p.Email}
}

// Row is one matter in a list.
type Row struct {
	ID         string    `json:"id"`
	Number     string    `json:"number"`
	Title      string    `json:"title"`
	Class      string    `json:"class"`
	State      string    `json:"state"`
	StateTitle string    `json:"stateTitle"`
	Holder     *Body     `json:"holder,omitempty" doc:"下一步由谁办"`
	Officer    string    `json:"officer,omitempty"`
	Place      string    `json:"place,omitempty"`
	Opened     time.Time `json:"opened"`
	Entries    int       `json:"entries" doc:"合并的件数"`
	Sealed     bool      `json:"sealed,omitempty"`
	Ended      bool      `json:"ended"`
	Flags      []string  `json:"flags,omitempty"`
	Next       *Clock    `json:"next,omitempty" doc:"最先届满的期限"`
}

func row(l words.Lang, r desk.Row) Row {
	v := Row{ID: r.ID, Number: r.Number, Title: r.Title, Class: r.Class, State: r.State, StateTitle: pick(l, r.StateTitle, r.StateEn),
		Holder: body(l, r.Holder), Officer: r.Officer, Place: r.Place, Opened: here(r.Opened), Entries: r.Entries, Sealed: r.Sealed, Ended: r.Ended, Flags: flags(r.Flags)}
	if r.Next != nil {
		c := clock(l, *r.Next, false)
		v.Next = &c
	}
	return v
}

// Matter is one matter as the reader may see it.
type Matter struct {
	ID              string     `json:"id"`
	Number          string     `json:"number"`
	Title           string     `json:"title"`
	Procedure       string     `json:"procedure" doc:"规则的版本" example:"petition@2022-05-01"`
	Class           string     `json:"class"`
	ClassTitle      string     `json:"classTitle"`
	State           string     `json:"state"`
	StateTitle      string     `json:"stateTitle"`
	Phase           string     `json:"phase,omitempty"`
	Sealed          bool       `json:"sealed,omitempty"`
	Ended           bool       `json:"ended"`
	Seq             int        `json:"seq" doc:"办理到第几步；也是 ETag"`
	Channel         string     `json:"channel"`
	Holder          *Body      `json:"holder,omitempty" doc:"下一步由谁办；空的是信访人，或者无须办理"`
	Officer         string     `json:"officer,omitempty"`
	Opened          time.Time  `json:"opened"`
	Place           []string   `json:"place,omitempty" doc:"从省到村的地名"`
	Address         string     `json:"address,omitempty"`
	Said            []Said     `json:"said"`
	Petitioner      Person     `json:"petitioner" doc:"遮盖过的身份；全名要写明理由另行查看"`
	Entries         int        `json:"entries"`
	Representatives int        `json:"representatives"`
	Next            *Clock     `json:"next,omitempty"`
	Clocks          []Clock    `json:"clocks"`
	Letters         []Letter   `json:"letters"`
	Files           []File     `json:"files"`
	Links           []Link     `json:"links,omitempty"`
	Sides           []Side     `json:"sides,omitempty" doc:"各自行事的各方当事人"`
	Meetings        []Meeting  `json:"meetings,omitempty" doc:"听证、调解等要到场的时间"`
	Duplicates      []Same     `json:"duplicates,omitempty" doc:"可能重复的事项，只给工作人员"`
	Map             *Node      `json:"map,omitempty" doc:"连在一起的事项；只画出看得到的"`
	MapLeft         int        `json:"mapLeft,omitempty" doc:"没有画出的件数"`
	Involved        []Involved `json:"involved,omitempty" doc:"有关的单位，只给工作人员"`
	Trail           []string   `json:"trail"`
	Flags           []string   `json:"flags,omitempty"`
	Own             bool       `json:"own" doc:"读者就是提出人"`
	MergedInto      string     `json:"mergedInto,omitempty"`
	Numbers         []Number   `json:"numbers,omitempty" doc:"文字里像是能认出人的号码，只给工作人员；不办理这件事的单位看到的是遮住的"`
}

// Number is a number in the texts of a matter by which somebody can be found.
type Number struct {
	Where string `json:"where" doc:"哪一栏"`
	Kind  string `json:"kind"`
	Start string `json:"start" doc:"开头几位"`
}

// Link ties a matter to another that the reader may see.
type Link struct {
	Kind       string `json:"kind"`
	ID         string `json:"id"`
	Number     string `json:"number"`
	Title      string `json:"title"`
	StateTitle string `json:"stateTitle"`
}

// Same is a matter that may be the same.
type Same struct {
	ID       string  `json:"id"`
	Number   string  `json:"number"`
	Title    string  `json:"title"`
	Why      string  `json:"why"`
	Likeness float64 `json:"likeness"`

	Procedure  string `json:"procedure,omitempty"`
	StateTitle string `json:"stateTitle,omitempty"`
	Ended      bool   `json:"ended,omitempty"`
}

func view(l words.Lang, v *desk.View) *Matter {
	m := &Matter{ID: v.ID, Number: v.Number, Title: v.Title, Class: v.Class, ClassTitle: pick(l, v.ClassTitle, v.ClassEn), State: v.State,
		StateTitle: pick(l, v.StateTitle, v.StateEn), Phase: v.Phase, Sealed: v.Sealed, Ended: v.Ended, Seq: v.Seq, Channel: v.Channel,
		Holder: body(l, v.Holder), Officer: v.Officer, Opened: here(v.Opened), Place: v.Place, Address: v.Address, Said: said(l, v.Said),
		Petitioner: person(v.Petitioner), Entries: v.Entries, Representatives: v.Representatives, Clocks: clocks(l, v.Clocks, false),
		Letters: letters(l, v.Letters), Files: files(v.Files), Trail: append([]string{}, v.Trail...), Flags: flags(v.Flags), Own: v.Own, MergedInto: v.MergedInto,
		Sides: sides(l, v.Sides), Meetings: meetings(l, v.Meetings)}
	if v.Procedure != nil {
		m.Procedure = v.Procedure.Key()
	}
	if v.Next != nil {
		c := clock(l, *v.Next, false)
		m.Next = &c
	}
	for _, x := range v.Links {
		m.Links = append(m.Links, Link{x.Kind, x.ID, x.Number, x.Title, x.StateTitle})
	}
	for _, x := range v.Duplicates {
		m.Duplicates = append(m.Duplicates, same(l, x))
	}
	if v.Map != nil {
		top := node(l, *v.Map)
		m.Map, m.MapLeft = &top, v.MapLeft
	}
	m.Involved = involved(l, v.Involved)
	for _, n := range v.Numbers {
		m.Numbers = append(m.Numbers, Number{pick(l, n.Where.ZH, n.Where.EN), words.Say(l, n.Kind), n.Start})
	}
	return m
}
