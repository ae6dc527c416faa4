package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/module/duty"
	"jishi/people/actor"
	"jishi/work/matter"
)

// Paper is a document or a meeting before it goes down.
type Paper struct {
	Kind, Title, Sort string // Kind: document, meeting; Sort: general, specific, comprehensive
	Day               calendar.Day
	Body              string // of a document: its text without annexes; Chars is counted from it
	Chars             int    // where the text is not at hand
	Document          duty.Document
	Meeting           duty.Meeting
	Reason            string // why it goes out although it is warned about
}

// PaperCheck is what was found, with the year's numbers beside last year's to the same day.
type PaperCheck struct {
	Chars          int
	Warnings       []duty.Warning
	Year, LastYear int
}

// CheckPaper counts and warns; it stores nothing. Any officer may ask.
func (d *Desk) CheckPaper(ctx context.Context, who actor.Actor, x Paper) (PaperCheck, error) {
	if who.Kind != actor.Staff || who.Acting == "" {
		return PaperCheck{}, signIn()
	}
	r := words.Refuse(words.Invalid, "fields", "有{n}处需要改正。")
	if x.Title = strings.TrimSpace(x.Title); x.Title == "" || len([]rune(x.Title)) > 80 {
		r.At("title", "名称写1到80字。")
	}
	if _, err := calendar.ParseDay(string(x.Day)); err != nil {
		r.At("day", "写日期，例如 2026-03-02。")
	}
	if !slices.Contains([]string{"general", "specific", "comprehensive"}, x.Sort) {
		r.At("sort", "请选一类。")
	}
	if x.Kind == "document" && x.Body == "" && x.Chars <= 0 {
		r.At("body", "请把正文贴在这里，或者写字数。")
	}
	if len(r.Fields) > 0 {
		return PaperCheck{}, r.With("n", len(r.Fields))
	}
	c := PaperCheck{Chars: x.Chars}
	if x.Body != "" {
		c.Chars = duty.Characters(x.Body)
	}
	list, err := d.sameYear(ctx, who.Acting, x, 0)
	if err != nil {
		return c, err
	}
	last, err := d.sameYear(ctx, who.Acting, x, -12)
	if err != nil {
		return c, err
	}
	c.Year, c.LastYear = len(list)+1, len(last)
	if x.Kind == "document" {
		doc := x.Document
		doc.Sort, doc.Chars, doc.More = x.Sort, c.Chars, len(last) > 0 && c.Year > c.LastYear
		c.Warnings = doc.Check()
		return c, nil
	}
	meeting := x.Meeting
	if x.Sort == "comprehensive" {
		for _, s := range list {
			if s.Sort == "comprehensive" {
				meeting.Comprehensive++
			}
		}
		meeting.Comprehensive++
	}
	c.Warnings = meeting.Check()
	return c, nil
}

// sameYear is what the body sent down of this kind from the first of January to the day, months later.
func (d *Desk) sameYear(ctx context.Context, org string, x Paper, months int) ([]duty.Sent, error) {
	to := x.Day.AddMonths(months)
	return duty.SentBy(ctx, d.DB, org, x.Kind, calendar.Day(string(to)[:4]+"-01-01"), to)
}

// SendPaper keeps what goes down. With warnings it needs a reason: it is not forbidden, but somebody says why.
func (d *Desk) SendPaper(ctx context.Context, who actor.Actor, x Paper) (PaperCheck, error) {
	c, err := d.CheckPaper(ctx, who, x)
	if err != nil {
		return c, err
	}
	if x.Reason = strings.TrimSpace(x.Reason); len(c.Warnings) > 0 && x.Reason == "" {
		r := words.Refuse(words.Invalid, "needs-reason", "有{n}处不合规定，要写明为什么仍然发。", "n", len(c.Warnings)).Under(c.Warnings[0].Cite)
		return c, r.At("reason", "写明理由；或者改好再发。")
	}
	said, err := json.Marshal(map[string]any{"reports": x.Document.AsksReports, "papers": x.Document.AsksPapers, "groups": x.Meeting.Groups,
		"ordered": x.Meeting.Ordered, "base": x.Meeting.Base, "approved": x.Meeting.Approved})
	if err != nil {
		return c, fmt.Errorf("desk.SendPaper: %w", err)
	}
	own, _ := d.Offices.Tree().Get(who.Acting)
	s := duty.Sent{ID: matter.NewID(), Kind: x.Kind, Org: who.Acting, Area: own.Division, Title: strings.TrimSpace(x.Title), Sort: x.Sort, Day: x.Day, Chars: c.Chars,
		Speech: x.Meeting.Speech, Length: x.Meeting.Length, Faults: len(c.Warnings), Said: string(said), Reason: x.Reason, By: who.ID, At: d.Now().UnixMilli()}
	return c, d.DB.Write(ctx, func(tx *db.Tx) error { return duty.Enter(ctx, tx, s) })
}

// Papers are what the actor's body sent down this year, the newest first.
func (d *Desk) Papers(ctx context.Context, who actor.Actor, kind string) ([]duty.Sent, error) {
	if who.Kind != actor.Staff || who.Acting == "" {
		return nil, signIn()
	}
	today := d.Today()
	return duty.SentBy(ctx, d.DB, who.Acting, kind, calendar.Day(string(today)[:4]+"-01-01"), today)
}
