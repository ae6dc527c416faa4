package desk_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"jishi/base/blob"
	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/law"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/demo"
	"jishi/derive/search"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/rules"
	"jishi/work/journal"
	"jishi/work/procedure"
)

// county is the demonstration's county with its bodies and officers, and no matter yet.
type county struct {
	t     testing.TB
	d     *desk.Desk
	index *search.Index
	land  demo.Land
	now   time.Time
}

func newCounty(t testing.TB, d *db.DB) *county {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	c := &county{t: t, now: time.Date(2025, 3, 3, 9, 0, 0, 0, calendar.Zone)}
	laws, err := law.Load(rules.FS)
	must(err)
	cal, err := calendar.Load(rules.FS)
	must(err)
	book, err := procedure.Load(rules.FS, laws, cal)
	must(err)
	places, err := division.Load(ctx, d)
	must(err)
	offices, err := desk.NewOffices(ctx, d, calendar.DayOf(c.now))
	must(err)
	v, err := vault.OpenKeys(filepath.Join(t.TempDir(), "keys.json"))
	must(err)
	blobs, err := blob.New(filepath.Join(t.TempDir(), "blobs"))
	must(err)
	secret := []byte("a secret of thirty-two characters")
	gate, err := actor.NewGate(d, secret)
	must(err)
	c.d = desk.New(&desk.Desk{DB: d, Book: book, Laws: laws, Places: places, Offices: offices, Gate: gate, Vault: v, Blobs: blobs,
		Now: func() time.Time { return c.now }}, cal, secret)
	content, err := demo.Load()
	must(err)
	c.land, err = demo.LandOf(division.DemoCounty)
	must(err)
	must(demo.Settle(ctx, c.d, content, c.land, c.now))
	c.index = &search.Index{Book: book, Places: places}
	return c
}

// file brings a matter in an hour later than the last, at a town of the county.
func (c *county) file(town int, with map[string]string, more ...func(*desk.Filing)) desk.Receipt {
	c.t.Helper()
	c.now = c.now.Add(time.Hour)
	with["place"] = c.land.Towns[town].Code
	f := desk.Filing{Class: "claim", Who: demo.Citizen(int(c.now.Unix()%997), ""), With: with}
	for _, m := range more {
		m(&f)
	}
	r, err := c.d.File(c.t.Context(), actor.Nobody(words.ZH), f)
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

func (c *county) officer(id string) actor.Actor {
	c.t.Helper()
	a, err := c.d.Staff(c.t.Context(), id)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

func (c *county) do(who, id, action string, with map[string]string) {
	c.t.Helper()
	c.now = c.now.Add(time.Minute)
	if _, err := c.d.Do(c.t.Context(), c.officer(who), id, desk.Press{Action: action, With: with}); err != nil {
		c.t.Fatalf("%s %s: %v", who, action, err)
	}
}

// follow lets the index catch up, in small steps.
func (c *county) follow() {
	c.t.Helper()
	for _, step := range []func() (int, error){
		func() (int, error) { return journal.Sequence(c.t.Context(), c.d.DB, 1000) },
		func() (int, error) { return c.index.Follow(c.t.Context(), c.d.DB, 3) },
	} {
		for n := 1; n > 0; {
			var err error
			if n, err = step(); err != nil {
				c.t.Fatal(err)
			}
		}
	}
}

func (c *county) page(who actor.Actor, q desk.SearchQuery) desk.SearchPage {
	c.t.Helper()
	page, err := c.d.Search(c.t.Context(), who, q)
	if err != nil {
		c.t.Fatalf("%+v: %v", q, err)
	}
	return page
}

// found are the titles that the officer finds, the newest first.
func (c *county) found(who string, q desk.SearchQuery) []string {
	c.t.Helper()
	titles := []string{}
	for _, r := range c.page(c.officer(who), q).Rows {
		titles = append(titles, r.Title)
	}
	return titles
}

func (c *county) finds(who string, q desk.SearchQuery, titles ...string) {
	c.t.Helper()
	if got := c.found(who, q); !slices.Equal(got, titles) {
		c.t.Errorf("%s looks for %+v and finds %q, want %q", who, q, got, titles)
	}
}

func text(s string) desk.SearchQuery { return desk.SearchQuery{Text: s} }

const chief = "county-petition-chief"

// A petition bureau looks for what it has taken in.
func TestOfficerFindsMatters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		leak := c.file(0, map[string]string{"title": "楼道漏水长期未修", "what": "三号楼二单元楼道自去年起漏水，物业ＫＴＶ噪音也大。", "wants": "请尽快维修。"})
		c.file(1, map[string]string{"title": "路灯不亮", "what": "村口𡎚头桥的路灯坏了三盏，水管也漏。"})
		wages := c.file(2, map[string]string{"title": "拖欠工资", "what": "工地拖欠三个月工资共计85000元。"})
		c.finds(chief, text("漏水")) // the index has not followed yet
		c.follow()

		c.finds(chief, text("漏水"), "楼道漏水长期未修") // not the other one, which has both characters apart
		c.finds(chief, text("三号楼二单元"), "楼道漏水长期未修")
		c.finds(chief, text("ktv"), "楼道漏水长期未修")
		c.finds(chief, text("KTV　楼道"), "楼道漏水长期未修")
		c.finds(chief, text("漏水 工资"))
		c.finds(chief, text("三个月工资"), "拖欠工资")
		c.finds(chief, text("85000"), "拖欠工资")
		c.finds(chief, text("𡎚头"), "路灯不亮")
		c.finds(chief, text("崇阳县"), "拖欠工资", "路灯不亮", "楼道漏水长期未修")
		c.finds(chief, text(c.land.Towns[1].Name), "路灯不亮")
		c.finds(chief, text("没有这个"))
		c.finds(chief, desk.SearchQuery{Text: "% _ \" ' OR * )", Class: "claim"})

		number := wages.Number
		c.finds(chief, text(number), "拖欠工资")
		c.finds(chief, text(strings.ToLower(strings.ReplaceAll(number, "-", "－"))), "拖欠工资")
		year, digits, _ := strings.Cut(number, "-")
		c.finds(chief, text(digits), "拖欠工资")
		c.finds(chief, text(strings.TrimLeft(digits, "0")+" 工资"), "拖欠工资")
		c.finds(chief, text(year+" 工资"), "拖欠工资")

		c.do("county-petition-registrar", leak.ID, "register", map[string]string{"class": "claim"})
		c.do("county-petition-registrar", leak.ID, "forward", map[string]string{"target": "county-housing", "reason": "请核实供热管网"})
		c.follow()
		c.finds("county-housing-officer", text("漏水"), "楼道漏水长期未修")
		c.finds("county-housing-officer", text("工资"))
		c.finds("county-transport-officer", text("漏水"))
	})
}

// What is done to a matter is found as soon as the index has followed: its letters, its new state.
func TestSearchFollowsTheMatter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		r := c.file(0, map[string]string{"title": "楼道漏水长期未修", "what": "三号楼二单元楼道漏水。"})
		c.file(0, map[string]string{"title": "下水道堵塞", "what": "二号楼门前积水。"})
		c.follow()
		c.finds(chief, text("转送"))
		c.do("county-petition-registrar", r.ID, "register", map[string]string{"class": "claim"})
		c.do("county-petition-registrar", r.ID, "forward", map[string]string{"target": "county-housing", "reason": "请核实"})
		c.follow()
		c.finds(chief, desk.SearchQuery{Text: "楼道", State: "forwarded"}, "楼道漏水长期未修")
		c.finds(chief, desk.SearchQuery{Text: "楼道", State: "submitted"})
		c.finds(chief, text("转送"), "楼道漏水长期未修") // in the notice of transfer
		page := c.page(c.officer(chief), text("转送"))
		if e := plain(page.Rows[0].Excerpt); !strings.Contains(e, "【转送】") || strings.Contains(e, "petitioner") {
			t.Errorf("excerpt %q", e)
		}

		// Rebuilding gives the very same index.
		before := dump(t, d)
		if err := c.index.Rebuild(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if after := dump(t, d); !slices.Equal(before, after) || len(after) < 2 {
			t.Errorf("rebuilt:\n%q\nfollowed:\n%q", after, before)
		}
		c.finds(chief, text("漏水"), "楼道漏水长期未修")
		if n, err := search.Behind(t.Context(), d); n != 0 || err != nil {
			t.Errorf("behind by %d, %v", n, err)
		}

		// Following the same events again changes nothing.
		c.exec("UPDATE follower SET position = 0 WHERE name = 'search'")
		c.follow()
		if after := dump(t, d); !slices.Equal(before, after) {
			t.Errorf("followed twice:\n%q\nonce:\n%q", after, before)
		}
	})
}

func (c *county) exec(sql string, args ...any) {
	c.t.Helper()
	err := c.d.DB.Write(c.t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(c.t.Context(), sql, args...); return err })
	if err != nil {
		c.t.Fatal(err)
	}
}

// plain shows an excerpt with its hits in brackets.
func plain(pieces []search.Piece) string {
	var b strings.Builder
	for _, p := range pieces {
		if p.Hit {
			b.WriteString("【" + p.Text + "】")
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

// dump is everything that the index holds.
func dump(t *testing.T, d *db.DB) []string {
	t.Helper()
	var rows []string
	err := d.Each(t.Context(), `SELECT doc, matter, mark, text FROM search_doc ORDER BY doc`, nil, func(scan func(...any) error) error {
		var doc int64
		var matter, mark, text string
		err := scan(&doc, &matter, &mark, &text)
		rows = append(rows, fmt.Sprint(doc, matter, mark, text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// An event that cannot be taken in is shown to the operator and stops nothing behind it; once its matter can
// be read again, the next event heals it.
func TestBadEventIsPassedAndShown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		bad := c.file(0, map[string]string{"title": "水表坏了", "what": "水表坏了半年。"})
		c.file(1, map[string]string{"title": "水管坏了", "what": "水管坏了两天。"})
		var fold string
		if err := d.Row(t.Context(), `SELECT fold FROM matter WHERE id = $1`, []any{bad.ID}, &fold); err != nil {
			t.Fatal(err)
		}
		c.exec(`UPDATE matter SET fold = '{"id":' WHERE id = $1`, bad.ID)
		c.exec(`INSERT INTO event (id, matter, seq, at, action, actor, org, data) VALUES ('e-lost', 'lost', 1, 5, 'open', '', '', '{}')`)
		c.exec(`INSERT INTO event_waiting (id) VALUES ('e-lost')`)
		c.follow()
		c.finds(chief, text("坏了"), "水管坏了")
		faults, err := search.Faults(t.Context(), d, 10)
		if err != nil || len(faults) != 2 {
			t.Fatalf("%+v, %v", faults, err)
		}
		if f := faults[0]; f.Matter != bad.ID || f.Reason == "" || faults[1].Event != "e-lost" {
			t.Errorf("%+v", faults)
		}
		c.exec(`UPDATE matter SET fold = $2 WHERE id = $1`, bad.ID, fold)
		c.do("county-petition-registrar", bad.ID, "register", map[string]string{"class": "claim"})
		c.follow()
		c.finds(chief, text("坏了"), "水管坏了", "水表坏了")
		if faults, err := search.Faults(t.Context(), d, 10); err != nil || len(faults) != 1 {
			t.Errorf("%+v, %v", faults, err)
		}
	})
}

// The two worlds: in one somebody has reported the housing bureau, in the other nobody has. Whatever those who
// work there look for, they are answered the same to the byte.
func TestReportedSideFindsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		plainly := map[string]string{"title": "住建局窗口排队久", "what": "窗口排队两小时，收费不清。"}
		r := c.file(0, plainly)
		c.do("county-petition-registrar", r.ID, "register", map[string]string{"class": "claim"})
		c.do("county-petition-registrar", r.ID, "forward", map[string]string{"target": "county-housing", "reason": "请核实"})
		c.follow()
		reported := []string{"county-housing-officer", "county-housing-head"}
		secretNumber := ""
		ask := func() string {
			var all []any
			for _, id := range reported {
				who := c.officer(id)
				for _, q := range []desk.SearchQuery{text("收费"), text("收费 红包"), text("红包"), text("窗口"), {Class: "report"}, {Text: "收", Class: "report"},
					{Text: "收费", Limit: 1}, text(secretNumber + "红包")} {
					page, err := c.d.Search(t.Context(), who, q)
					all = append(all, page, fmt.Sprint(err))
				}
				similar, err := c.d.Similar(t.Context(), who, "经办人收费收红包", "收红包", c.land.Towns[0].Code)
				all = append(all, similar, fmt.Sprint(err))
			}
			b, err := json.Marshal(all)
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		before := ask()
		secret := c.file(0, map[string]string{"title": "经办人收费收红包", "what": "经办人另外收费，收红包才办。"}, func(f *desk.Filing) {
			f.Class, f.Reported = "report", []string{"county-housing"}
		})
		c.follow()
		if after := ask(); after != before {
			t.Errorf("before: %s\nafter:  %s", before, after)
		}
		who := c.officer("county-housing-officer")
		a, errA := c.d.Search(t.Context(), who, text(secret.Number))
		b, errB := c.d.Search(t.Context(), who, text("LX2025-999999"))
		if len(a.Rows)+len(b.Rows) > 0 || errA != nil || errB != nil {
			t.Errorf("%+v %v, %+v %v", a, errA, b, errB)
		}
		_, errA = c.d.Search(t.Context(), who, desk.SearchQuery{Text: "收费", Cursor: secret.ID})
		_, errB = c.d.Search(t.Context(), who, desk.SearchQuery{Text: "收费", Cursor: "no-such-matter"})
		if errA == nil || errB == nil || errA.Error() != errB.Error() {
			t.Errorf("a cursor of a hidden matter: %v; of none: %v", errA, errB)
		}
		registrar := c.officer("county-petition-registrar")
		if page := c.page(registrar, text("红包")); len(page.Rows) != 1 || !page.Rows[0].Sealed {
			t.Errorf("the receiving bureau finds %+v", page)
		}
	})
}

func TestFiltersAndPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		var want []string
		first := calendar.DayOf(c.now)
		for i := range 9 {
			class := []string{"claim", "suggestion"}[i%2]
			title := fmt.Sprintf("第%d盏路灯不亮", i+1)
			c.file(i%3, map[string]string{"title": title, "what": "路灯不亮。"}, func(f *desk.Filing) { f.Class = class })
			want = append([]string{title}, want...)
			c.now = c.now.AddDate(0, 1, 0)
		}
		c.follow()
		c.finds(chief, text("路灯"), want...)
		var paged []string
		q := desk.SearchQuery{Text: "路灯", Limit: 4}
		for pages := 0; pages < 9; pages++ {
			page := c.page(c.officer(chief), q)
			for _, r := range page.Rows {
				paged = append(paged, r.Title)
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
		if !slices.Equal(paged, want) {
			t.Errorf("page by page: %q", paged)
		}
		c.finds(chief, desk.SearchQuery{Text: "路灯", Class: "suggestion"}, want[1], want[3], want[5], want[7])
		c.finds(chief, desk.SearchQuery{Text: "灯", Class: "suggestion"}, want[1], want[3], want[5], want[7])
		c.finds(chief, desk.SearchQuery{Place: c.land.Towns[0].Code}, want[2], want[5], want[8])
		c.finds(chief, desk.SearchQuery{Text: "路灯", Place: division.DemoCounty}, want...)
		c.finds(chief, desk.SearchQuery{Text: "路灯", From: first, To: first}, want[8])
		c.finds(chief, desk.SearchQuery{Text: "路灯", From: first.Add(1), To: first.AddMonths(2)}, want[6], want[7])
		c.finds(chief, desk.SearchQuery{Text: "路灯", From: first.AddMonths(7).Add(-3)}, want[0], want[1])
		c.finds(chief, desk.SearchQuery{Text: "路灯", To: first.AddMonths(1)}, want[7], want[8])
		for _, bad := range []struct {
			q    desk.SearchQuery
			code string
		}{{text("灯"), "one-character"}, {text("  "), "nothing-asked"}, {text("，。"), "nothing-asked"},
			{desk.SearchQuery{Text: "路灯", Place: "42x"}, "place"}, {desk.SearchQuery{Text: "路灯", From: "昨天"}, "day"},
			{desk.SearchQuery{Text: "路灯", From: "2025-04-01", To: "2025-03-01"}, "period"}, {desk.SearchQuery{Text: "路灯", Cursor: "9"}, "cursor"},
			{text(strings.Join([]string{"a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "a10", "a11"}, " ")), "too-many-words"},
			{desk.SearchQuery{Text: "路灯", State: "\x00"}, ""}, {desk.SearchQuery{Text: "路灯\x00", Class: "\xff"}, ""}} {
			page, err := c.d.Search(t.Context(), c.officer(chief), bad.q)
			r, ok := words.AsRefusal(err)
			if bad.code != "" && (!ok || r.Code != bad.code) || bad.code == "" && (err == nil && len(page.Rows) > 0 || err != nil && !ok) {
				t.Errorf("%+v: %v, %d rows", bad.q, err, len(page.Rows))
			}
			if ok && words.Say(words.EN, r.What, r.Args...) == words.Say(words.ZH, r.What, r.Args...) {
				t.Errorf("%q has no English", r.What)
			}
		}
		if _, err := c.d.Search(t.Context(), actor.Nobody(words.ZH), text("路灯")); err == nil {
			t.Error("nobody was answered")
		}
	})
}

// A citizen looks through their own matters and no others.
func TestCitizenFindsTheirOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		r := c.file(0, map[string]string{"title": "楼道漏水", "what": "楼道漏水很久。"})
		c.file(0, map[string]string{"title": "屋顶漏水", "what": "屋顶漏水。"})
		c.follow()
		who, err := c.d.Enter(t.Context(), r.Number, r.Code, "", words.ZH)
		if err != nil {
			t.Fatal(err)
		}
		page := c.page(who, text("漏水"))
		if len(page.Rows) != 1 || page.Rows[0].ID != r.ID || plain(page.Rows[0].Marked) != "楼道【漏水】" || plain(page.Rows[0].Excerpt) != "楼道【漏水】很久。" {
			t.Errorf("%+v", page)
		}
		if page := c.page(who, text("屋顶")); len(page.Rows) > 0 {
			t.Errorf("%+v", page)
		}
	})
}

func TestSimilarMattersWithTheReason(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		c.file(0, map[string]string{"title": "柳园小区三号楼楼道漏水", "what": "楼道顶部漏水，墙皮脱落。"})
		c.file(1, map[string]string{"title": "柳园小区三号楼楼道漏水", "what": "一直没有修。"})
		c.file(0, map[string]string{"title": "楼上渗水", "what": "三号楼楼道漏水，从去年九月开始，物业说没有钱修。"})
		c.file(0, map[string]string{"title": "拖欠工资", "what": "工地拖欠工资。"})
		c.follow()
		got, err := c.d.Similar(t.Context(), c.officer(chief), "柳园小区楼道漏水", "三号楼楼道漏水，物业没有修", c.land.Towns[0].Code)
		if err != nil {
			t.Fatal(err)
		}
		why := map[string]string{}
		for _, x := range got {
			why[x.Title+x.Why] = x.WhyEn
		}
		if len(got) != 3 || why["柳园小区三号楼楼道漏水同一地点，标题用词相近"] == "" || why["柳园小区三号楼楼道漏水标题用词相近"] == "" || why["楼上渗水同一地点，内容用词相近"] == "" {
			t.Errorf("%+v", got)
		}
		if got, err := c.d.Similar(t.Context(), c.officer("county-transport-officer"), "柳园小区楼道漏水", "", c.land.Towns[0].Code); err != nil || len(got) > 0 {
			t.Errorf("who may see none of them is told of %+v, %v", got, err)
		}
		if got, err := c.d.Similar(t.Context(), c.officer(chief), "", "", c.land.Towns[0].Code); err != nil || len(got) > 0 {
			t.Errorf("for nothing: %+v, %v", got, err)
		}
	})
}

// PostgreSQL's index keeps hashes of pairs of characters; 上江 and 习都 have the same one.
func TestAWordWithTheSameHashIsAnotherWord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		c.file(0, map[string]string{"title": "上江村路灯不亮", "what": "路灯坏了半年。"})
		c.follow()
		c.finds(chief, text("上江"), "上江村路灯不亮")
		c.finds(chief, text("习都"))
		c.finds(chief, text("上江 路灯"), "上江村路灯不亮")
		c.finds(chief, text("习都 路灯"))
	})
}

// What may be the same is looked for while a matter is registered: afterwards it has been decided that it goes on alone.
func TestWhatMayBeTheSameIsShownAtRegistration(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		r := c.file(0, map[string]string{"title": "柳园小区三号楼楼道漏水", "what": "楼道顶部漏水，墙皮脱落。"})
		c.file(0, map[string]string{"title": "柳园小区三号楼楼道漏水", "what": "一直没有修。"})
		c.follow()
		who := c.officer(chief)
		v, err := c.d.Matter(t.Context(), who, r.ID)
		if err != nil || len(v.Duplicates) != 1 || v.Duplicates[0].Why != "同一地点，标题用词相近" {
			t.Errorf("at registration: %+v, %v", v.Duplicates, err)
		}
		v, err = c.d.Do(t.Context(), who, r.ID, desk.Press{Action: "register", Seq: v.Seq, With: map[string]string{"class": "claim"}})
		if err != nil || len(v.Duplicates) > 0 {
			t.Errorf("when it is registered: %+v, %v", v, err)
		}
	})
}

// Among many matters, where frequent words go another way than rare ones, nothing is lost, doubled or disordered.
func TestManyMattersPageByPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		c.multiply(2400)
		town := c.land.Towns[3].Code
		for _, x := range []struct {
			who   string
			q     desk.SearchQuery
			where string
		}{
			{chief, desk.SearchQuery{Text: "漏水"}, "m.title LIKE '%漏水%'"},
			{chief, desk.SearchQuery{Text: "漏 水", Class: "claim"}, "m.title LIKE '%漏水%'"},
			{chief, desk.SearchQuery{Text: "漏水", Place: town, State: "forwarded"}, "m.title LIKE '%漏水%' AND m.place = '" + town + "'"},
			{chief, desk.SearchQuery{Text: "漏水 欠薪"}, "m.fold LIKE '%漏水%' AND m.fold LIKE '%欠薪%'"},
			{"county-housing-officer", desk.SearchQuery{Text: "漏水"}, "m.title LIKE '%漏水%' AND m.holder = 'county-housing'"},
			{"county-housing-officer", desk.SearchQuery{Text: rare(7, 2400)}, "m.fold LIKE '%" + rare(7, 2400) + "%' AND m.holder = 'county-housing'"},
		} {
			var want []string
			err := d.Each(t.Context(), `SELECT m.number FROM matter m WHERE m.number LIKE 'LX2025-9%' AND `+x.where+` ORDER BY m.opened DESC`, nil,
				func(scan func(...any) error) error {
					var n string
					err := scan(&n)
					want = append(want, n)
					return err
				})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			x.q.Limit = 97
			for {
				page := c.page(c.officer(x.who), x.q)
				for _, r := range page.Rows {
					got = append(got, r.Number)
				}
				if x.q.Cursor = page.Next; x.q.Cursor == "" {
					break
				}
			}
			if !slices.Equal(got, want) || len(want) == 0 {
				t.Errorf("%s %+v: %d, want %d", x.who, x.q, len(got), len(want))
			}
		}
		// The newest that hold a word are the same by whichever way: all of few, walked to, or asked for part by part.
		for word, sizes := range map[string][]int{"漏水": {20, 150, 1000}, rare(7, 2400): {10, 150}, "没有人来过": {150}} {
			for _, n := range sizes {
				ask := &search.Ask{}
				ask.Either([]string{word})
				got, err := ask.Newest(t.Context(), d, d.Engine(), n)
				if err != nil {
					t.Fatal(err)
				}
				want := []int64{}
				err = d.Each(t.Context(), `SELECT doc FROM search_doc WHERE text LIKE '%' || $1 || '%' ORDER BY doc DESC LIMIT $2`, []any{word, n},
					func(scan func(...any) error) error {
						want = append(want, 0)
						return scan(&want[len(want)-1])
					})
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("the newest %d with %s: %d of them, want %d; %v", n, word, len(got), len(want), err)
				}
			}
		}
	})
}
