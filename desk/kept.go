package desk

import (
	"context"
	"io"
	"slices"
	"strings"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/module/duty"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
	"jishi/work/matter"
)

// mayKeep: a village or township keeps its own register, the township above and the county's desk may too.
func (d *Desk) mayKeep(who actor.Actor, body string) bool {
	o, ok := d.Offices.Tree().Get(body)
	if !ok || who.Kind != actor.Staff || o.Kind != org.Village && o.Kind != org.StreetTownship {
		return false
	}
	for _, mine := range who.With(actor.Handle) {
		own, _ := d.Offices.Tree().Get(mine)
		above := own.Kind == org.StreetTownship || own.Kind == org.SocialWork
		if mine == body || above && strings.HasPrefix(o.Division, division.Prefix(own.Division)) {
			return true
		}
	}
	return false
}

func notKept() error {
	return words.Refuse(words.NotFound, "no-such-register", "没有这个村（社区）、乡镇的登记。")
}

// Kept is the register of what hangs, runs and is kept at the body, with the cap of its place where a text gives one.
func (d *Desk) Kept(ctx context.Context, who actor.Actor, body string) ([]duty.Kept, []duty.Tally, error) {
	if !d.mayKeep(who, body) {
		return nil, nil, notKept()
	}
	list, err := duty.At(ctx, d.DB, body)
	if err != nil {
		return nil, nil, err
	}
	o, _ := d.Offices.Tree().Get(body)
	cap, ok := d.Local.Cap(o.Division)
	if !ok {
		return list, nil, nil
	}
	tallies, err := duty.Standing(ctx, d.DB, o.Division, d.Today())
	tallies = slices.DeleteFunc(tallies, func(t duty.Tally) bool { return t.Org != body })
	return list, cap.Over(tallies), err
}

// KeptBodies are the bodies whose register the actor may keep.
func (d *Desk) KeptBodies(who actor.Actor) (list []Body) {
	for _, o := range d.Offices.Tree().All() {
		if o.To == "" && d.mayKeep(who, o.ID) {
			list = append(list, d.Body(o.ID))
		}
	}
	return list
}

// AddKept enters a thing that hangs, runs or is kept.
func (d *Desk) AddKept(ctx context.Context, who actor.Actor, k duty.Kept) (string, error) {
	if !d.mayKeep(who, k.Org) {
		return "", notKept()
	}
	r := words.Refuse(words.Invalid, "fields", "有{n}处需要改正。")
	if !slices.Contains(duty.KeptKinds, k.Kind) {
		r.At("kind", "请选一类。")
	}
	if k.Title = strings.TrimSpace(k.Title); k.Title == "" || len([]rune(k.Title)) > 80 {
		r.At("title", "名称写1到80字。")
	}
	if k.Kind == "plaque" && k.Spot != "outside" && k.Spot != "inside" {
		r.At("spot", "请选挂在门外还是室内。")
	}
	if k.From == "" {
		k.From = d.Today()
	}
	if _, err := calendar.ParseDay(string(k.From)); err != nil || k.From > d.Today() {
		r.At("from", "写已经过去的日期，例如 2026-03-02。")
	}
	if len([]rune(k.Whose)) > 80 || len([]rune(k.Basis)) > 200 {
		r.At("basis", "写得太长了，写编号或者条文就行。")
	}
	if len(r.Fields) > 0 {
		return "", r.With("n", len(r.Fields))
	}
	o, _ := d.Offices.Tree().Get(k.Org)
	k.ID, k.Area, k.By, k.At = matter.NewID(), o.Division, who.ID, d.Now().UnixMilli()
	return k.ID, d.DB.Write(ctx, func(tx *db.Tx) error { return duty.Add(ctx, tx, k) })
}

// RemoveKept says that a thing went today, and why, with a photo of the place after it.
func (d *Desk) RemoveKept(ctx context.Context, who actor.Actor, id, why string, after *duty.Photo) (duty.Kept, error) {
	k, ok, err := duty.One(ctx, d.DB, id)
	if err != nil {
		return k, err
	}
	if !ok || !d.mayKeep(who, k.Org) {
		return k, notKept()
	}
	if why = strings.TrimSpace(why); why == "" || len([]rune(why)) > 200 {
		return k, words.Refuse(words.Invalid, "fields", "有{n}处需要改正。", "n", 1).At("why", "写一句为什么摘掉、停掉，最多200字。")
	}
	return k, d.DB.Write(ctx, func(tx *db.Tx) error {
		gone, err := duty.Remove(ctx, tx, id, d.Today(), why, after)
		if err == nil && !gone {
			return words.Refuse(words.Closed, "gone-already", "这一件已经记为没有了。")
		}
		return err
	})
}

// KeptPhoto opens the picture of a thing, as it was or as the place is since.
func (d *Desk) KeptPhoto(ctx context.Context, who actor.Actor, id string, after bool) (duty.Photo, io.ReadSeekCloser, error) {
	k, ok, err := duty.One(ctx, d.DB, id)
	if err != nil {
		return duty.Photo{}, nil, err
	}
	p := k.Photo
	if after {
		p = k.Gone
	}
	if !ok || p == nil || !d.mayKeep(who, k.Org) {
		return duty.Photo{}, nil, notKept()
	}
	r, err := d.Blobs.Open(p.Hash)
	return *p, r, err
}
