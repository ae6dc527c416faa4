package desk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
	"jishi/work/matter"
	"jishi/work/procedure"
)

// offline are the ways in which a clerk enters for a citizen.
var offline = []string{"letter", "call", "fax", "visit"}

// File brings a matter in: by the citizen, or by a clerk with the power to register for a letter, call, fax or
// visit. The receipt is given only when everything is durable. The same token gives the same receipt.
// Whoever files a report against a body or person is sealed in the same transaction, before anyone can look.
func (d *Desk) File(ctx context.Context, who actor.Actor, f Filing) (Receipt, error) {
	return d.file(ctx, who, f, nil)
}

// file brings a matter in and, where there is a step to take at once, takes it in the same transaction.
func (d *Desk) file(ctx context.Context, who actor.Actor, f Filing, then *Press) (Receipt, error) {
	if f.Token == "" {
		f.Token = NewToken()
	}
	if f.Channel == "" {
		f.Channel = "net"
	}
	if slices.Contains(offline, f.Channel) && !who.HasAny(actor.Register) && who.Kind != actor.System {
		return Receipt{}, words.Refuse(words.Forbidden, "not-a-clerk", "来信、来电、来访须由有登记职责的工作人员录入。")
	}
	said := d.said256("file", f.Procedure, f.Class, f.Channel, f.With, f.Who, f.Anonymous, f.Others, f.Reported, f.ReportedPersons, f.People, f.Files, f.Body, then)
	// Whether the form was pressed before is asked first where asking costs nothing and a refused twin would hold up its
	// group. On PostgreSQL it would be a round trip for every filing: there the twin is refused, and asks then.
	if d.DB.Engine() == db.SQLite {
		if again, err := d.again(ctx, f.Token, said); err != nil || again.ID != "" {
			return again, err
		}
	}
	r, err := d.bring(ctx, who, f, said, then)
	if err != nil { // whatever hindered it: the second press of a form gets the first one's receipt
		if again, failed := d.again(ctx, f.Token, said); failed != nil || again.ID != "" {
			return again, failed
		}
	}
	return r, err
}

// bring checks the form and writes the matter; db.ErrExists, among others, when the form was pressed before.
func (d *Desk) bring(ctx context.Context, who actor.Actor, f Filing, said string, then *Press) (Receipt, error) {
	about, err := d.about(ctx, who, &f)
	if err != nil {
		return Receipt{}, err
	}
	o, err := d.opening(ctx, who, &f)
	if err != nil {
		return Receipt{}, err
	}
	if about != "" {
		o.Parties[subject] = []matter.Party{{Person: about}}
	}
	code := d.code(f.Token)
	r := Receipt{ID: o.ID, Number: o.Number, Code: code, At: o.At, Body: d.Body(f.Body)}
	var m *matter.Matter
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		if err := firstPress(ctx, tx, f.Token, said, r); err != nil {
			return err
		}
		said := o.With["title"] + "\n" + o.With["what"]
		if err := d.notTaken(ctx, tx, o.Procedure, o.Procedure.Open.Sets, o.Procedure.Open.To, o.ID, said, o.With); err != nil {
			return err
		}
		if err := d.notTakenBelow(ctx, tx, o.Procedure.ID, o.With["place"], said); err != nil {
			return err
		}
		if err := d.seal(ctx, tx, &o, f); err != nil {
			return err
		}
		if err := d.sealPeople(ctx, tx, o.Procedure, o.With, givenPeople(f.People)); err != nil {
			return err
		}
		var err error
		if m, err = d.Matters.Open(ctx, tx, o); err != nil {
			return err
		}
		if err = tx.Put(ctx, `INSERT INTO matter_entry (code, matter, entry, person) VALUES ($1, $2, $3, $4)`,
			actor.HashCode(d.secret, o.Number, code), m.ID, m.ID, o.Entry.Person); err != nil {
			return err
		}
		m, err = d.acted(ctx, tx, who, m, then)
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	d.Live.stir()
	r.Clocks = d.clocks(m, d.Now())
	return r, nil
}

// again is the receipt of an earlier press of the same form, if there was one. Where the form says something else now it
// refuses: whoever sent it would take the first receipt for one of what they say now. said "" asks for the receipt alone.
func (d *Desk) again(ctx context.Context, token, said string) (Receipt, error) {
	var answer, was string
	err := d.DB.Row(ctx, `SELECT answer, said FROM press_token WHERE token = $1`, []any{hashed(token)}, &answer, &was)
	if errors.Is(err, db.ErrNotFound) {
		return Receipt{}, nil
	}
	if err != nil {
		return Receipt{}, fmt.Errorf("desk.again: %w", err)
	}
	if said != "" && was != "" && said != was {
		return Receipt{}, otherSaid()
	}
	var r Receipt
	if err := json.Unmarshal([]byte(answer), &r); err != nil {
		return Receipt{}, fmt.Errorf("desk.again: %w", err)
	}
	m, err := d.Matters.Load(ctx, d.DB, r.ID)
	if err != nil {
		return Receipt{}, err
	}
	r.Code, r.Again, r.Clocks = d.code(token), true, d.clocks(m, d.Now())
	return r, nil
}

// otherSaid refuses a key that was used for something else.
func otherSaid() error {
	return words.Refuse(words.Invalid, "key-used", "这张表单（这个幂等键）已经提交过，而这次的内容和那次不一样。").
		Try("这次什么也没有改变。要提交新的内容，请重新打开表单，或者换一个新的幂等键。")
}

// said256 is a keyed hash of what a press asks for: kept with its token, it tells nobody what was said.
func (d *Desk) said256(parts ...any) string {
	mac := hmac.New(sha256.New, d.secret)
	mac.Write([]byte("said\x00"))
	if err := json.NewEncoder(mac).Encode(parts); err != nil {
		panic("desk: " + err.Error()) // strings, lists and maps of them always encode
	}
	return hex.EncodeToString(mac.Sum(nil))
}

var errPressed = errors.New("desk: this form was pressed before")

const insertPress = `INSERT INTO press_token (token, matter, answer, at, said) VALUES ($1, $2, $3, $4, $5)`

// firstPress takes the token of a form that brings something in. That it was taken already is db.ErrExists, at the
// latest when the transaction ends: waiting for the answer here would cost a filing one more round trip.
func firstPress(ctx context.Context, tx *db.Tx, token, said string, r Receipt) error {
	answer, err := kept(r)
	if err != nil {
		return err
	}
	return tx.Put(ctx, insertPress, hashed(token), r.ID, answer, r.At.UnixMilli(), said)
}

// kept is the answer to a press as it is stored. The query code is not kept with it: it can be derived, and is told
// only to whoever holds the form.
func kept(r Receipt) (string, error) {
	r.Code, r.Clocks = "", nil
	answer, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("desk: the answer to a press: %w", err)
	}
	return string(answer), nil
}

// claim takes the token of a form that acts on a matter; errPressed when it was pressed before.
func claim(ctx context.Context, tx *db.Tx, token, said string, r Receipt) error {
	answer, err := kept(r)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, insertPress+` ON CONFLICT DO NOTHING`, hashed(token), r.ID, answer, r.At.UnixMilli(), said)
	if err != nil || n > 0 {
		return err
	}
	var was string
	if err := tx.Row(ctx, `SELECT said FROM press_token WHERE token = $1`, []any{hashed(token)}, &was); err != nil {
		return err
	}
	if was != "" && was != said {
		return otherSaid()
	}
	return errPressed
}

// hashed is how a form's token is kept: from the database alone nobody computes a query code.
func hashed(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// opening checks the form and prepares the first event.
func (d *Desk) opening(ctx context.Context, who actor.Actor, f *Filing) (matter.Opening, error) {
	at := d.Now()
	if f.Procedure == "" {
		f.Procedure = Petition
	}
	p, err := d.Book.Procedure(f.Procedure, calendar.DayOf(at), d.Profile)
	if err != nil {
		return matter.Opening{}, err
	}
	if err := d.checkFiling(ctx, p, f); err != nil {
		return matter.Opening{}, err
	}
	if err := saidForOthers(who, p, f); err != nil {
		return matter.Opening{}, err
	}
	if f.Body == "" {
		if f.Body, err = d.calledBy(ctx, f.With["linked"]); err != nil {
			return matter.Opening{}, err
		}
	}
	if f.Body == "" && f.With["place"] == "" && byPlace(p) {
		return matter.Opening{}, words.Refuse(words.Invalid, "fields", "有{n}处需要改正。", "n", 1).At("place", "请选择地方，才知道由谁接收。")
	}
	if f.Body == "" && len(p.Open.Receives) > 0 {
		if f.Body, err = d.receiver(ctx, p, f.With["place"], f.Reported, f.ReportedPersons); err != nil {
			return matter.Opening{}, err
		}
	}
	if f.Body == "" { // whoever acts for a body brings it in there
		f.Body = who.Acting
	}
	if _, ok := d.Offices.Tree().Get(f.Body); !ok {
		return matter.Opening{}, words.Refuse(words.Invalid, "body", "没有找到接收的机关。").At("body", "请从列表里选择。")
	}
	if p.Submitter() == "" && len(p.Open.Channels) > 0 { // bodies among themselves have one way
		f.Channel = p.Open.Channels[0]
	}
	number, err := d.number(ctx, p, at.In(calendar.Zone).Year())
	if err != nil {
		return matter.Opening{}, err
	}
	id := matter.NewID()
	asked := slices.Concat(p.Open.Needs, p.Open.Asks)
	for field, value := range map[string]string{"target": f.Body, "against": strings.Join(f.Reported, " "), "against-person": strings.Join(f.ReportedPersons, " "),
		"anonymous": yes(f.Anonymous), "joint": yes(len(f.Others) > 0)} {
		if value != "" && slices.Contains(asked, field) {
			f.With[field] = value
		}
	}
	return matter.Opening{ID: id, Number: number, Procedure: p, Class: f.Class, Channel: f.Channel, Parties: map[string][]matter.Party{},
		Entry: &matter.Entry{ID: id, Number: number, Channel: f.Channel, At: at.UnixMilli()},
		Press: matter.Press{By: who, At: at, With: f.With, Files: f.Files}}, nil
}

// saidForOthers refuses of a citizen what only an office can say, see foundOut.
func saidForOthers(who actor.Actor, p *procedure.Procedure, f *Filing) error {
	r := words.Refuse(words.Invalid, "fields", "有{n}处需要改正。")
	for _, name := range foundOut {
		if rule, ok := p.Fields[name]; ok && f.With[name] != "" && who.Kind != actor.Staff {
			r.At(name, "“{field}”由受理的单位问明以后写，不用您填。", "field", words.Two{ZH: rule.Title, EN: rule.En})
			if rule.Cite != "" {
				r.Under(p.Cite(rule.Cite))
			}
		}
	}
	if len(r.Fields) == 0 {
		return nil
	}
	return r.With("n", len(r.Fields))
}

func yes(on bool) string {
	if on {
		return "yes"
	}
	return ""
}

// checkFiling refuses what the engine does not look at: who files, and against whom.
func (d *Desk) checkFiling(ctx context.Context, p *procedure.Procedure, f *Filing) error {
	if f.With == nil {
		f.With = map[string]string{}
	}
	r := words.Refuse(words.Invalid, "fields", "有{n}处需要改正。")
	if !f.Anonymous && p.Submitter() != "" {
		if strings.TrimSpace(f.Who.Name) == "" {
			r.At("name", "请填写姓名；不愿留名的，可以选择匿名，但可能无法答复您。")
		}
		for _, fault := range []*words.Fault{optional(vault.CheckPhone, "phone", f.Who.Phone), optional(func(field, v string) *words.Fault { return vault.CheckIDNumber(field, v, d.Today()) }, "id-number", f.Who.IDNumber)} {
			if fault != nil {
				r.At(fault.Field, fault.Text, fault.Args...)
			}
		}
	}
	if p.Classes[f.Class].Sealed && p.Submitter() != "" && len(f.Reported) == 0 && len(f.ReportedPersons) == 0 && f.With["against-text"] == "" && f.Channel == "net" {
		r.At("reported", "请写明检举、控告的是哪个单位或者什么人，这样才能不转到他们手里。")
	}
	for _, body := range f.Reported {
		if _, ok := d.Offices.Tree().Get(body); !ok {
			r.At("reported", "没有找到这个单位，请从列表里选择。")
		}
	}
	if people, ok := words.AsRefusal(d.checkPeople(p, p.Open.Needs, p.Open.Asks, givenPeople(f.People))); ok {
		r.Fields = append(r.Fields, people.Fields...)
	}
	if place := f.With["place"]; place != "" {
		if len(d.path(ctx, place)) == 0 {
			r.At("place", "没有找到这个地方，请从列表里重新选择。")
		}
	}
	if len(f.Others) > 0 && f.With["people"] == "" && p.Fields["people"].Type != "" {
		f.With["people"] = strconv.Itoa(len(f.Others) + 1)
	}
	if form := d.Matters.CheckForm(p, f.With); form != nil && len(r.Fields) > 0 { // all faults are told at once
		for _, fault := range form.Fields {
			if fault.Field != "target" { // the desk finds it
				r.Fields = append(r.Fields, fault)
			}
		}
	}
	if len(r.Fields) == 0 {
		return nil
	}
	return r.With("n", len(r.Fields))
}

// optional checks what was filled in and leaves alone what was not.
func optional(check func(field, value string) *words.Fault, field, value string) *words.Fault {
	if strings.TrimSpace(value) == "" {
		return nil
	}
	return check(field, value)
}

// seal puts the identities into the vault and their references into the matter.
func (d *Desk) seal(ctx context.Context, tx *db.Tx, o *matter.Opening, f Filing) error {
	submitter := o.Procedure.Submitter()
	if f.Anonymous || submitter == "" {
		return nil
	}
	var parties []matter.Party
	for i, who := range append([]vault.Identity{f.Who}, f.Others...) {
		ref, seal, err := d.Vault.Seal(ctx, tx, o.At, who)
		if err != nil {
			return err
		}
		if i == 0 {
			entry := *o.Entry
			entry.Person, entry.Seal = ref, seal
			o.Entry = &entry
		}
		parties = append(parties, matter.Party{Person: ref})
	}
	o.Parties[submitter] = parties
	return nil
}

// Receiver suggests the body that a petition about the place is brought to, see receiver.
func (d *Desk) Receiver(ctx context.Context, place string, reported, persons []string) (string, error) {
	p, err := d.Book.Procedure(Petition, d.Today(), d.Profile)
	if err != nil {
		return "", err
	}
	return d.receiver(ctx, p, place, reported, persons)
}

// receiver is the body that a filing about the place is brought to: of the kinds that the rules name, the one of
// the place or of the nearest place above, but never one that is complained of, or stands beneath one that is or
// that a person complained of heads.
func (d *Desk) receiver(ctx context.Context, p *procedure.Procedure, place string, reported, persons []string) (string, error) {
	tree := d.Offices.Tree()
	reported = slices.Clone(reported)
	for _, person := range persons {
		reported = append(reported, d.Offices.Heads(person)...)
	}
	accused := func(body string) bool {
		return slices.ContainsFunc(reported, func(r string) bool { return body == r || tree.Beneath(body, r) })
	}
	for _, at := range d.placesAbove(ctx, place) {
		for _, o := range d.ofKinds(division.Prefix(at), p.Open.Receives) {
			if o.Division == at && !accused(o.ID) {
				return o.ID, nil
			}
		}
	}
	for _, o := range d.ofKinds("", p.Open.Receives) {
		if !accused(o.ID) && (o.Level == org.County || len(reported) > 0) {
			return o.ID, nil
		}
	}
	return "", words.Refuse(words.Unavailable, "no-receiver", "这个地方还没有设置接收机关。").Try("请拨打当地信访电话，或者到信访接待场所提出。")
}

func (d *Desk) ofKinds(prefix string, kinds []string) []org.Org {
	var list []org.Org
	for _, kind := range kinds {
		list = append(list, d.Offices.Tree().In(prefix, org.Kind(kind))...)
	}
	return list
}

// placesAbove are the codes of the place and of all places above it, nearest first.
func (d *Desk) placesAbove(ctx context.Context, place string) []string {
	var codes []string
	path := d.path(ctx, place)
	for i := len(path) - 1; i >= 0; i-- {
		codes = append(codes, path[i].Code)
	}
	return codes
}
