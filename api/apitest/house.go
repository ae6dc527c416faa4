// Package apitest is a small county with a city above it, for tests that go through the real server: real rules,
// a real database, real offices, and a clock that the test moves.
package apitest

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"jishi/base/blob"
	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/law"
	"jishi/base/vault"
	"jishi/desk"
	"jishi/module/duty"
	"jishi/module/keep"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
	"jishi/rules"
	"jishi/work/procedure"
)

// House is the desk of the county and the clock on its wall.
type House struct {
	*desk.Desk
	mu  sync.Mutex
	now time.Time
}

const since = calendar.Day("2020-01-01")

// The county and the city above it: codes as published.
const (
	County = division.DemoCounty
	city   = "421200000000"
)

var bodies = []org.Org{
	{ID: "city-gov", Name: "市人民政府", En: "City Government", Kind: org.Government, Division: city, Level: org.City},
	{ID: "city-housing", Name: "市住建局", En: "City Housing Bureau", Kind: org.Department, Line: "住建", Division: city, Level: org.City, Parent: "city-gov"},
	{ID: "gov", Name: "县人民政府", En: "County Government", Kind: org.Government, Division: County, Level: org.County, Parent: "city-gov"},
	{ID: "petition", Name: "县信访局", En: "County Petition Bureau", Kind: org.PetitionBureau, Line: "信访", Division: County, Level: org.County, Parent: "gov"},
	{ID: "housing", Name: "县住建局", En: "County Housing Bureau", Kind: org.Department, Line: "住建", Division: County, Level: org.County, Parent: "gov"},
	{ID: "mediation", Name: "县人民调解委员会", En: "County Mediation Committee", Kind: org.Mediation, Division: County, Level: org.County, Parent: "gov"},
	{ID: "court", Name: "县人民法院", En: "County Court", Kind: org.Court, Division: County, Level: org.County, Parent: "gov"},
	{ID: "urban", Name: "县城管局", En: "County Urban Management", Kind: org.Department, Line: "城管", Division: County, Level: org.County, Parent: "gov"},
	{ID: "hotline", Name: "县12345热线中心", En: "County Hotline", Kind: org.Hotline, Division: County, Level: org.County, Parent: "gov"},
	{ID: "social", Name: "县委社会工作部", En: "County Society Work Department", Kind: org.SocialWork, Division: County, Level: org.County, Parent: "gov"},
	{ID: "party", Name: "县委", En: "County Party Committee", Kind: org.PartyCommittee, Division: County, Level: org.County},
	{ID: "justice", Name: "县司法局", En: "County Justice Bureau", Kind: org.Department, Line: "司法", Division: County, Level: org.County, Parent: "gov"},
	{ID: "street", Name: "天城镇人民政府", En: "Tiancheng Town Government", Kind: org.StreetTownship, Division: "421223100000", Level: org.Township, Parent: "gov"},
	{ID: "village", Name: "桃溪社区居委会", En: "Taoxi Residents' Committee", Kind: org.Village, Division: "421223100001", Level: org.Hamlet, Parent: "street"},
}

// Staff of the county, by ID: body and powers.
var staff = []struct {
	id, name, org, title string
	powers               []actor.Power
}{
	{"clerk", "林登记", "petition", "登记员", []actor.Power{actor.Handle, actor.Register, actor.Supervise}},
	{"urban-officer", "周城管", "urban", "承办人", []actor.Power{actor.Handle}},
	{"mediator", "吴调解", "mediation", "调解员", []actor.Power{actor.Handle, actor.Register}},
	{"mediator-2", "孙调解", "mediation", "调解员", []actor.Power{actor.Handle}},
	{"judge", "程法官", "court", "法官", []actor.Power{actor.Handle}},
	{"officer", "何承办", "housing", "承办人", []actor.Power{actor.Handle}},
	{"officer-2", "吴承办", "housing", "承办人", []actor.Power{actor.Handle}},
	{"head", "郭局长", "housing", "局长", []actor.Power{actor.Handle, actor.Head}},
	{"taker", "余接线", "hotline", "接线员", []actor.Power{actor.Handle, actor.Register}},
	{"street-officer", "白街道", "street", "承办人", []actor.Power{actor.Handle}},
	{"street-head", "龙镇长", "street", "镇长", []actor.Power{actor.Handle, actor.Head}},
	{"village-officer", "田村", "village", "委员", []actor.Power{actor.Handle, actor.Register}},
	{"social-officer", "石社工", "social", "承办人", []actor.Power{actor.Handle}},
	{"social-head", "罗部长", "social", "部长", []actor.Power{actor.Handle, actor.Head}},
	{"party-head", "孔主任", "party", "办公室主任", []actor.Power{actor.Handle, actor.Head}},
	{"justice-officer", "严司法", "justice", "承办人", []actor.Power{actor.Handle}},
	{"reviewer", "沈复查", "city-housing", "复查员", []actor.Power{actor.Handle}},
	{"rereviewer", "韩复核", "city-gov", "复核员", []actor.Power{actor.Handle}},
	{"leader", "方县长", "gov", "副县长", []actor.Power{actor.Lead}},
}

type book struct {
	rules *procedure.Book
	laws  *law.Library
	cal   *calendar.Calendar
}

var shipped = sync.OnceValues(func() (b book, err error) {
	if b.cal, err = calendar.Load(rules.FS); err != nil {
		return b, err
	}
	if b.laws, err = law.Load(rules.FS); err != nil {
		return b, err
	}
	b.rules, err = procedure.Load(rules.FS, b.laws, b.cal)
	return b, err
})

// Open builds the county in the database, on Monday 2 March 2026 at nine.
func Open(t testing.TB, d *db.DB) *House {
	t.Helper()
	h := &House{now: time.Date(2026, 3, 2, 9, 0, 0, 0, calendar.Zone)}
	if err := h.build(t, t.Context(), d); err != nil {
		t.Fatalf("apitest: %v", err)
	}
	return h
}

func (h *House) build(t testing.TB, ctx context.Context, d *db.DB) error {
	b, err := shipped()
	if err != nil {
		return err
	}
	if err := d.Write(ctx, func(tx *db.Tx) error { return settle(ctx, tx, h.now) }); err != nil {
		return err
	}
	places, err := division.Load(ctx, d)
	if err != nil {
		return err
	}
	kept, err := keep.Load(rules.FS, b.laws, calendar.DayOf(h.now))
	if err != nil {
		return err
	}
	local, err := duty.LoadLocal(rules.FS)
	if err != nil {
		return err
	}
	offices, err := desk.NewOffices(ctx, d, calendar.DayOf(h.now))
	if err != nil {
		return err
	}
	v, err := vault.OpenKeys(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		return err
	}
	blobs, err := blob.New(t.TempDir())
	if err != nil {
		return err
	}
	secret := []byte("a secret of thirty-two bytes....")
	gate, err := actor.NewGate(d, secret)
	if err != nil {
		return err
	}
	h.Desk = desk.New(&desk.Desk{DB: d, Gate: gate, Book: b.rules, Laws: b.laws, Places: places, Offices: offices, Vault: v, Blobs: blobs, Local: local, Keeping: kept, Now: h.Clock}, b.cal, secret)
	return nil
}

func settle(ctx context.Context, tx *db.Tx, now time.Time) error {
	for _, o := range bodies {
		o.From = since
		if err := org.Put(ctx, tx, o); err != nil {
			return err
		}
	}
	for _, s := range staff {
		if err := actor.PutPerson(ctx, tx, actor.Person{ID: s.id, Name: s.name}); err != nil {
			return err
		}
		if err := actor.PutPost(ctx, tx, s.id, actor.Post{ID: s.id, Org: s.org, Title: s.title, Powers: s.powers, From: since}); err != nil {
			return err
		}
		if err := actor.PutAccount(ctx, tx, s.id, s.id, now.UnixMilli()); err != nil {
			return err
		}
	}
	return nil
}

// Clock is the time in the house.
func (h *House) Clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(time.Second)
	return h.now
}

// On moves the clock to nine in the morning of the day, and does what missed clocks bring about.
func (h *House) On(t testing.TB, day string) {
	t.Helper()
	h.mu.Lock()
	h.now = calendar.Day(day).Start().Add(9 * time.Hour)
	h.mu.Unlock()
	if _, err := h.Sweep(t.Context()); err != nil {
		t.Fatalf("sweep on %s: %v", day, err)
	}
}

// Token is an API token of a member of staff, with the scopes.
func (h *House) Token(t testing.TB, person string, scopes ...string) string {
	t.Helper()
	who, err := actor.StaffOn(t.Context(), h.DB, person, calendar.DayOf(h.Clock()))
	if err != nil {
		t.Fatalf("%s: %v", person, err)
	}
	token, err := h.IssueToken(t.Context(), who, "测试", scopes, 300)
	if err != nil {
		t.Fatalf("token of %s: %v", person, err)
	}
	return token
}
