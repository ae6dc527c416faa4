package tests

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"jishi/base/db"
	"jishi/module/price"
	"jishi/module/table"
	"jishi/people/division"
)

// villageHouse is the demonstration with a water form of thirty fields: twenty-two are known, eight are new, one of them
// a kind that every household answers for another form.
func villageHouse(t *testing.T) (*house, *db.DB, string) {
	t.Helper()
	data := demoData(t)
	h := start(t, "demo", "--data", data)
	d, err := db.Open(t.Context(), "sqlite:"+filepath.Join(data, "jishi.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	var place string
	if err := d.Row(t.Context(), `SELECT division FROM org WHERE id = 'village-1-1'`, nil, &place); err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), func(tx *db.Tx) error { return waterForm(t.Context(), tx, place) })
	if err != nil {
		t.Fatal(err)
	}
	return h, d, place
}

func waterForm(ctx context.Context, tx *db.Tx, place string) error {
	// The demonstration's own forms step back, so that this one can be counted.
	if _, err := tx.Exec(ctx, `UPDATE form SET state = 'ended'`); err != nil {
		return err
	}
	err := tx.Put(ctx, `INSERT INTO form (id, org, title, basis, purpose, level, period, place, state, why, twin, matter, layout, layout_name, seq, by_person, at, listed_at)
		VALUES ('WATER', 'county-water', '农村饮水安全情况表', '', '', 'village', 'quarter', $1, 'listed', '', '', '', '', '', 1, 'x', 0, 1)`, division.DemoCounty)
	if err != nil {
		return err
	}
	s := &table.Store{}
	for n := 1; n <= 30; n++ {
		id, kind := fmt.Sprintf("water.%02d", n), "reuse"
		if n > 22 {
			kind = "new"
		}
		if err := tx.Put(ctx, `INSERT INTO element (id, from_day, to_day, title, en, definition, type, codes, unit, period, subject, source, share, sensitivity, synonyms,
			theme, grade, by_person, at) VALUES ($1, '2020-01-01', '', $2, $3, '', 'int', '[]', '处', 'year', 'place', '', 'free', 'internal', '[]', '饮水', 'D', 'x', 0)`,
			id, fmt.Sprintf("供水点%d", n), fmt.Sprintf("Supply point %d", n)); err != nil {
			return err
		}
		if err := tx.Put(ctx, `INSERT INTO form_field (form, n, label, element, kind, type, unit, sheet, line, col, below, samples, note, decided, decided_at)
			VALUES ('WATER', $1, $2, $3, $4, 'int', '处', '', 0, 0, FALSE, '[]', '', 'x', 1)`, n, fmt.Sprintf("供水点%d", n), id, kind); err != nil {
			return err
		}
		if n <= 22 {
			e := table.Entry{Key: table.Key{Place: place, Element: id, Period: time.Now().Format("2006")}, Act: table.Fill, Value: fmt.Sprint(n), Source: "village-1-1",
				Org: "village-1-1", By: "village-1-1-officer", AsOf: "2026-01-05", Token: "known-" + id, At: time.Now(), Numeric: true}
			if _, err := s.Write(ctx, tx, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// cut takes the network away from the browser, its service workers as well, or gives it back.
func (v *visitor) cut(off bool) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, 10*time.Second)
	defer cancel()
	worker := off
	if _, err := chromedp.Call(ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{EmulateOfflineServiceWorker: &worker,
		MatchedNetworkConditions: []*network.Conditions{{Offline: off, DownloadThroughput: -1, UploadThroughput: -1}}}); err != nil {
		v.fail("cut: %v", err)
	}
	if _, err := chromedp.Call(ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: off, DownloadThroughput: -1, UploadThroughput: -1}); err != nil {
		v.fail("cut: %v", err)
	}
}

// until waits for what the page will say by itself.
func (v *visitor) until(what, script string) {
	v.t.Helper()
	for range 150 {
		if ask[bool](v, script) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	v.fail("it never came: %s", what)
}

// A village fills eight cells on a phone whose network goes and comes: the page opens again without it, what was typed
// stands in its cells, and every cell arrives once. Another officer's phone, offline too, wrote one of them differently:
// both values stand there, and a person decides. The price page then says what the form costs and what was saved.
func TestAVillageFillsItsTableWithoutANetwork(t *testing.T) {
	t.Parallel()
	h, d, place := villageHouse(t)
	first, second := visit(t, h, phone), visit(t, h, phone)
	first.as("village-1-1-officer")
	second.as("village-1-1-head")
	for _, v := range []*visitor{first, second} {
		v.open("/table/" + place)
		v.sees("要填 8 格", "已经知道的")
		v.until("the worker", `navigator.serviceWorker.ready.then(r => !!r.active)`)
		v.open("/table/" + place) // now the worker keeps it
		v.until("the page kept", `caches.open("jishi-table").then(c => c.keys()).then(k => k.some(x => x.url.endsWith("/table/`+place+`")))`)
		v.cut(true)
	}
	for i := range 8 {
		first.fill(map[string]string{fmt.Sprint("v", i): fmt.Sprint(100 + i)})
	}
	second.fill(map[string]string{"v0": "７"}) // a full-width seven, and no network either
	for _, v := range []*visitor{first, second} {
		v.until("kept on the phone", `document.querySelector("#sync").textContent.includes("存在本机")`)
	}
	first.keep("table-offline")
	if n := events(t, d, place); n != 22 {
		t.Fatalf("without a network %d entries arrived", n-22)
	}
	first.open("/table/" + place) // closed and opened again, still without a network
	first.until("what was typed", `document.querySelector("[name=v7]").value === "107"`)
	for _, v := range []*visitor{first, second} {
		v.cut(false)
		v.until("everything sent", `document.querySelector("#sync").textContent.includes("全部送达")`)
	}
	if n := events(t, d, place); n != 22+9 {
		t.Errorf("%d entries arrived, 9 were typed", n-22)
	}
	second.until("the conflict is told", `document.querySelector(".cell .state").textContent.includes("要裁定")`)
	second.open("/table/" + place)
	second.sees("要裁定 1 格", "100 处", "7 处")
	second.keep("table-conflict")
	second.fill(map[string]string{"value": "7"})
	second.press("就用选的这个")
	second.sees("已裁定")
	first.open("/table/" + place)
	first.sees("现在没有要填的")

	leader := visit(t, h, desktop)
	leader.as("county-gov-head")
	leader.press("要基层填表的账")
	leader.sees("农村饮水安全情况表", "8 / 30", "〔非法律规定〕")
	leader.keep("price")
	leader.press("农村饮水安全情况表")
	leader.sees("÷ 12", fmt.Sprintf("填报还不到 %d 次", price.Floor))
	leader.press("供水点23")
	leader.sees("1 / 3")
	for range 2 { // the township, then the village
		leader.pressOf("", "tbody th a")
	}
	leader.sees("谁写过什么", "裁定")
	leader.keep("price-cell")
	leader.open("/saved")
	leader.sees("22 个已经知道")
	leader.open("/price/cart")
	leader.sees("最重的十项")
	leader.keep("cart")
}

func events(t *testing.T, d *db.DB, place string) (n int) {
	t.Helper()
	if err := d.Row(t.Context(), `SELECT COUNT(*) FROM cell_event WHERE place = $1 AND element LIKE 'water.%' AND act <> 'settle'`, []any{place}, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Without a script the table is a form: what is wrong comes back with its reason, and the rest is saved.
func TestATableIsAFormWithoutAScript(t *testing.T) {
	t.Parallel()
	h, d, place := villageHouse(t)
	v := visit(t, h, plain)
	v.as("village-1-1-officer")
	v.open("/table")
	v.fill(map[string]string{"v0": "12", "v1": "十二", "v2": "１，３00"})
	v.press("保存已填的")
	v.sees("还不能提交", "要填数字", "要填 6 格")
	if n := events(t, d, place); n != 24 {
		t.Errorf("%d cells were saved, two are right", n-22)
	}
	if got := v.path(); !strings.HasPrefix(got, "/table/") {
		t.Errorf("the page is at %s", got)
	}
	ask[bool](v, `document.querySelectorAll("details").forEach(d => d.open = true), true`)
	v.press("这 24 格都没变")
	v.sees("已保存")
}
