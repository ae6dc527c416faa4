package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/module/collect"
	"jishi/module/price"
	"jishi/module/table"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/work/matter"
)

// Writing is one thing that somebody writes into a cell. Base is the number of the cell that they had seen.
type Writing struct {
	Token, Subject, Element, Period string
	Act                             table.Act
	Value                           string
	AsOf                            calendar.Day // the day that the value describes; "" is today
	Base                            int64
	Reason                          string
	Form                            string        // for which form it was asked
	Took                            time.Duration // how long it took to fill; 0 is not known
	Sure                            string        // why a number is right although its check digit is wrong
	Scan                            *matter.File  // which shows it
}

// WriteResult is what became of one writing. A refused one has a Refusal and changed nothing.
type WriteResult struct {
	Token   string
	Outcome table.Outcome
	Seq     int64 // of the writing in its cell: its writer has seen the cell that far
	Again   bool  // it had been written before, and was not written a second time
	Refusal *words.Refusal
	Cell    table.Cell // as it is now
}

// MostWritings are the writings that one call takes.
const MostWritings = 200

// writer is somebody who writes into the table of a place.
type writer struct {
	who    actor.Actor
	role   tableRole
	place  string
	device string
	needs  []table.Need
}

// WriteTable writes into the table of a place, each cell by itself: what is refused does not stop the rest. Each writing
// has a one-time token, so that a call sent again after a lost answer writes nothing twice. The village's body and its
// township fill, confirm, correct and settle; the body that is an element's source gives its values and decides what
// is contested of them.
func (d *Desk) WriteTable(ctx context.Context, who actor.Actor, place, device string, list []Writing) ([]WriteResult, error) {
	w := writer{who: who, role: d.tableRole(who, place), place: place, device: device}
	if d.keeper(place).ID == "" || !w.role.keeps && !d.mayGive(who, place) {
		return nil, noTable()
	}
	if len(list) > MostWritings {
		return nil, words.Refuse(words.TooLarge, "too-many-cells", "一次最多提交 {n} 格。", "n", MostWritings).Try("请分几次提交。")
	}
	needs, err := table.Needs(ctx, d.DB, place, level(place), d.Today())
	if err != nil {
		return nil, err
	}
	w.needs = needs
	var results []WriteResult
	for _, x := range list {
		r, err := d.writeCell(ctx, w, x)
		if r.Token = x.Token; err != nil {
			if r.Refusal, err = table.Refused(err); err != nil {
				return results, fmt.Errorf("desk.WriteTable: %w", err)
			}
		}
		results = append(results, r)
	}
	return results, nil
}

// mayGive: a body above the place may be the source of some of its values.
func (d *Desk) mayGive(who actor.Actor, place string) bool {
	tree := d.Offices.Tree()
	return who.Kind == actor.Staff && slices.ContainsFunc(who.Posts, func(p actor.Post) bool {
		o, ok := tree.Get(p.Org)
		return ok && (p.Has(actor.Handle) || p.Has(actor.Head)) && o.Division != "" && strings.HasPrefix(place, division.Prefix(o.Division))
	})
}

func (d *Desk) writeCell(ctx context.Context, w writer, x Writing) (WriteResult, error) {
	if len(x.Token) < 16 || len(x.Token) > 200 {
		return WriteResult{}, words.Refuse(words.Invalid, "bad-token", "这一格没有带一次性编号。").Try("请刷新页面再填一次。")
	}
	k := table.Key{Place: w.place, Subject: x.Subject, Element: x.Element, Period: x.Period}
	e, err := d.writable(ctx, w, k)
	if err != nil {
		return WriteResult{}, err
	}
	now := d.Now()
	entry := table.Entry{Key: k, Act: x.Act, AsOf: x.AsOf, Base: x.Base, Reason: strings.TrimSpace(x.Reason), Form: w.formOf(x), Device: w.device,
		Token: w.place + ":" + x.Token, By: w.who.ID, At: now, Sensitive: table.Sensitive(e), Numeric: table.Numeric(e)}
	if entry.AsOf == "" || entry.AsOf > d.Today() {
		entry.AsOf = d.Today()
	}
	var unsure bool
	x.Sure = strings.TrimSpace(x.Sure)
	if entry.Value, unsure, err = d.typed(ctx, e, k, x); err != nil {
		return WriteResult{}, err
	}
	if unsure && entry.Reason == "" {
		entry.Reason = x.Sure
	}
	if len(entry.Reason) > 2000 {
		return WriteResult{}, words.Refuse(words.Invalid, "reason-long", "理由太长，请写在六百字以内。")
	}
	var written table.Written
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		if err := d.entitled(ctx, tx, w, e, &entry); err != nil {
			return err
		}
		first, err := d.firstOfForm(ctx, tx, entry)
		if err != nil {
			return err
		}
		if written, err = d.cells().Write(ctx, tx, entry); err != nil || written.Again {
			return err
		}
		if unsure {
			u := table.Unchecked{Place: k.Place, Subject: k.Subject, Element: e.ID, Scan: x.Scan.Hash, ScanName: x.Scan.Name, Reason: x.Sure, By: entry.By, Org: entry.Org, At: now}
			if err := table.PutUnchecked(ctx, tx, u); err != nil {
				return err
			}
		}
		return price.Took(ctx, tx, entry.Form, d.Today(), 1, x.Took, first)
	})
	return WriteResult{Outcome: written.Outcome, Seq: written.Seq, Again: written.Again, Cell: written.Cell}, err
}

// typed is the value as it is stored. A number with a wrong check digit is taken when the writer says why and shows
// a scan; unsure is true then. What stands already was taken by somebody, and whoever settles chooses among what was.
func (d *Desk) typed(ctx context.Context, e collect.Element, k table.Key, x Writing) (value string, unsure bool, err error) {
	sure := x.Scan != nil && x.Sure != ""
	value, digit, fault := table.Checked(e, "v", x.Value, d.Today(), sure)
	if fault == nil {
		return value, digit, nil
	}
	r := words.Refuse(words.Invalid, "bad-value", "这一格填的内容不合要求。").At(fault.Field, fault.Text, fault.Args...)
	if !digit {
		return "", false, r
	}
	if value, _, fault = table.Checked(e, "v", x.Value, d.Today(), true); fault != nil {
		return "", false, r
	}
	was, err := d.cells().Cell(ctx, d.DB, k)
	if err != nil {
		return "", false, err
	}
	same, err := d.cells().Same(ctx, d.DB, was, value)
	if err != nil || same || x.Act == table.Settle {
		return value, false, err
	}
	return "", false, r.Try("证件上就是这个号码的：写明理由，带上证件的扫描件再保存。")
}

// writable is the element of the cell, when the cell is one of this table.
func (d *Desk) writable(ctx context.Context, w writer, k table.Key) (collect.Element, error) {
	i := slices.IndexFunc(w.needs, func(n table.Need) bool { return n.Element.ID == k.Element })
	var e collect.Element
	var err error
	if i >= 0 {
		e = w.needs[i].Element
	} else if e, err = d.element(ctx, k); err != nil {
		return e, err
	}
	if k.Period != table.PeriodOf(e.Period, d.Today()) && k.Period != table.Before(table.PeriodOf(e.Period, d.Today())) {
		return e, words.Refuse(words.Closed, "period-over", "这一期已经过去，不再填写。").Try("请填本期的数。")
	}
	kind := "place"
	if k.Subject != "" {
		s, ok, err := table.OneSubject(ctx, d.DB, k.Place, k.Subject)
		if err != nil {
			return e, err
		}
		if !ok || !w.role.people {
			return e, words.Refuse(words.NotFound, "no-such-subject", "没有这一户或者这个人，或者您不能查看。")
		}
		kind = s.Kind
	}
	if want := e.Subject; want != kind && !(want == "" && kind == "place") {
		return e, words.Refuse(words.Invalid, "wrong-subject", "这个数据项不是填在这里的。")
	}
	return e, nil
}

// formOf is the form for which the cell is filled, when it really asks for it.
func (w writer) formOf(x Writing) string {
	for _, n := range w.needs {
		if n.Element.ID == x.Element && n.For(x.Form) {
			return x.Form
		}
	}
	return ""
}

// entitled decides whether the writer may do this to the cell, and on whose word the value then stands.
func (d *Desk) entitled(ctx context.Context, tx *db.Tx, w writer, e collect.Element, x *table.Entry) error {
	c, err := d.cells().Cell(ctx, tx, x.Key)
	if err != nil {
		return err
	}
	decider := ""
	if c.Known() {
		decider = d.decider(w.place, c)
	}
	x.Org, x.Source = w.role.org, w.role.org
	switch x.Act {
	case table.Given:
		source := d.SourceOf(e, w.place)
		if !w.who.Has(source, actor.Handle) && !w.who.Has(source, actor.Head) {
			return words.Refuse(words.Forbidden, "not-the-source", "只有这个数据项的数源单位可以提供它的数值。").Under(CiteChecking)
		}
		x.Org, x.Source = source, source
		return nil
	case table.Settle:
		return d.mayDecide(ctx, tx, w, c, x)
	}
	if !w.role.keeps {
		return noTable()
	}
	switch x.Act {
	case table.Contest:
		if !c.Known() || decider == "" {
			return words.Refuse(words.Closed, "yours-to-correct", "这个数是村里自己填的，不用提异议。").Try("请直接更正。")
		}
		if x.Reason == "" {
			return words.Refuse(words.Invalid, "contest-reason", "请写明为什么认为这个数不对。").At("reason", "请写理由，例如依据哪份材料。")
		}
		x.Decides, x.Due = decider, d.correctionDue(x.At)
	case table.Fill, table.Correct, table.Roll, table.Confirm:
		same, err := d.cells().Same(ctx, tx, c, x.Value)
		if err != nil {
			return err
		}
		if c.Known() && decider != "" && !same {
			return words.Refuse(words.Closed, "not-yours-to-correct", "这个数来自{body}，村里不能直接改。", "body", d.Body(decider).Name).
				Try("如果不对，请提出异议，由它在十个工作日内核对。").Under(CiteChecking)
		}
	default:
		return words.Refuse(words.Invalid, "no-such-act", "没有这种填写方式。")
	}
	return nil
}

// mayDecide: who chooses among the values. The value that stood keeps its source when it is chosen.
func (d *Desk) mayDecide(ctx context.Context, tx *db.Tx, w writer, c table.Cell, x *table.Entry) error {
	history, err := table.History(ctx, tx, x.Key)
	if err != nil {
		return err
	}
	var others []Saying
	for _, h := range history {
		if h.Open {
			others = append(others, Saying{Event: h})
		}
	}
	if len(others) > 0 && !d.decides(w.who, w.role, others) {
		return words.Refuse(words.Forbidden, "not-yours-to-decide", "这一格的异议由数据的来源单位决定。").Under(CiteChecking)
	}
	for _, o := range others {
		if o.Contest && o.Decides != "" {
			x.Org, x.Source = o.Decides, o.Decides
		}
	}
	same, err := d.cells().Same(ctx, tx, c, x.Value)
	if same && c.Known() {
		x.Source = c.Source
	}
	return err
}

// firstOfForm: the place fills the form for the first time this month.
func (d *Desk) firstOfForm(ctx context.Context, tx *db.Tx, e table.Entry) (bool, error) {
	if e.Form == "" {
		return false, nil
	}
	month := calendar.Day(string(d.Today())[:8] + "01").Start().UnixMilli()
	var n int
	err := tx.Row(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM cell_event WHERE form = $1 AND place = $2 AND at >= $3 AND form <> '' LIMIT 1) f`,
		[]any{e.Form, e.Place, month}, &n)
	return n == 0, err
}
