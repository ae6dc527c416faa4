package division

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/sheet"
	"jishi/base/words"
)

func TestPublishedTreeIsComplete(t *testing.T) {
	tree := Embedded()
	count := map[Kind]int{}
	for i := range tree.codes {
		d := tree.at(i)
		count[d.Kind]++
		if d.Parent != "" {
			if _, ok := tree.Get(d.Parent); !ok {
				t.Errorf("%s %s lies beneath %s, which is not there", d.Code, d.Name, d.Parent)
			}
		}
	}
	// 2,978 counties and 41,352 townships as published, less three cities that stand there as their own
	// county, and one county (金门县) as its own township: one code is one place.
	want := map[Kind]int{Province: 31, City: 342, County: 2978 - 3, Township: 41352 - 1}
	for kind, n := range want {
		if count[kind] != n {
			t.Errorf("%s: %d, want %d", kind, count[kind], n)
		}
	}
	if got := len(tree.Children("")); got != 31 {
		t.Errorf("provinces: %d", got)
	}
}

func TestAPlaceIsFoundAndNamed(t *testing.T) {
	tree := Embedded()
	if got := tree.FullName("421223100000"); got != "湖北省咸宁市崇阳县天城镇" {
		t.Errorf("full name: %q", got)
	}
	if got := tree.FullName("110101001000"); got != "北京市东城区东华门街道" {
		t.Errorf("a nominal city must not be said: %q", got)
	}
	path := tree.Path("441900003000")
	if got := FullName(path); got != "广东省东莞市东城街道" || len(path) != 3 {
		t.Errorf("a city without counties: %q, %d steps", got, len(path))
	}
	if got := tree.Children("441900000000"); len(got) < 30 || got[0].Kind != Township {
		t.Errorf("townships of 东莞: %d", len(got))
	}
	if got := tree.Children(DemoCounty); len(got) < 10 {
		t.Errorf("townships of the demonstration county: %d", len(got))
	}
	if got := tree.Find("崇阳 天城", 5); len(got) != 1 || got[0].Code != "421223100000" {
		t.Errorf("find by two words: %v", got)
	}
	if got := tree.Find("崇阳", 5); len(got) == 0 || got[0].Code != DemoCounty {
		t.Errorf("find: %v", got)
	}
	if got := tree.Find("4212231", 50); !slices.ContainsFunc(got, func(d Division) bool { return d.Name == "天城镇" }) {
		t.Errorf("find by digits: %v", got)
	}
	if got := tree.Find("街道", 7); len(got) != 7 {
		t.Errorf("limit: %d", len(got))
	}
	for _, bad := range []string{"", "42", "421223999000", "42122310000x", "999999999999", "-21223100000"} {
		if d, ok := tree.Get(bad); ok {
			t.Errorf("%q is %v", bad, d)
		}
		if got := tree.Path(bad); len(got) != 0 {
			t.Errorf("path of %q: %v", bad, got)
		}
	}
}

func TestTheTreeIsSmall(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	tree, err := parse(published)
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if used := int64(after.HeapAlloc) - int64(before.HeapAlloc); used > 3<<20 {
		t.Errorf("%d places take %d KB", tree.Len(), used>>10)
	}
	runtime.KeepAlive(tree)
	if len(published) > 450<<10 {
		t.Errorf("embedded data: %d KB", len(published)>>10)
	}
}

func TestVillagesOfTheDemonstrationCounty(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		p, err := Load(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // twice is as once
			res, err := p.Import(ctx, DemoVillages(), nil)
			if err != nil || res.Loaded != 206 || res.Bad != 0 {
				t.Fatalf("%+v, %v", res, err)
			}
		}
		villages, err := p.Children(ctx, "421223100000")
		if err != nil || len(villages) == 0 {
			t.Fatalf("villages of 天城镇: %v, %v", villages, err)
		}
		path, err := p.Path(ctx, villages[0].Code)
		if err != nil || FullName(path) != "湖北省咸宁市崇阳县天城镇"+villages[0].Name || len(path) != 5 {
			t.Errorf("path %v, %v", path, err)
		}
		for _, text := range []string{villages[0].Name, "崇阳 " + villages[0].Name, "天城镇 " + villages[0].Name[:6]} {
			got, err := p.Find(ctx, text, 10)
			if err != nil || !slices.ContainsFunc(got, func(d Division) bool { return d.Code == villages[0].Code }) {
				t.Errorf("find %q: %v, %v", text, got, err)
			}
		}
		for _, unknown := range []string{"421223100999", "x", "\x00", ""} {
			_, err := p.Get(ctx, unknown)
			if r, ok := words.AsRefusal(err); !ok || r.Kind != words.NotFound {
				t.Errorf("%q: %v", unknown, err)
			}
		}
		for _, odd := range []string{"\x00", "\xff", "天城镇 %", "' OR 1=1 --", "   "} {
			if got, err := p.Find(ctx, odd, 10); err != nil || len(got) > 0 {
				t.Errorf("find %q: %v, %v", odd, got, err)
			}
		}
	})
}

func TestBadRowsAreToldAndTheOthersLoaded(t *testing.T) {
	file := "代码,名称,起\n" +
		"421223100901,上游村,2024-01-01\n" +
		"42122310090,少一位,\n" +
		"421223100902,,\n" +
		"421223100901,重复村,\n" +
		"421223777001,无上级村,\n" +
		"421223100903,坏日期村,2024-13-01\n" +
		"421223900,新设镇,2024-05-01\n" +
		"421223900001,新设镇一村,\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(file)
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		for _, text := range []string{file, "\xef\xbb\xbf" + file, gb} {
			p, err := Load(ctx, d)
			if err != nil {
				t.Fatal(err)
			}
			res, err := p.Import(ctx, strings.NewReader(text), nil)
			if err != nil || res.Read != 8 || res.Loaded != 3 || res.Bad != 5 {
				t.Fatalf("%+v, %v", res, err)
			}
			for i, want := range []struct {
				row   int
				field string
			}{{3, "code"}, {4, "name"}, {5, "code"}, {6, "parent"}, {7, "from"}} {
				f := res.Faults[i]
				if f.Row != want.row || f.Field != want.field || !words.Known(f.Text) {
					t.Errorf("fault %d: %+v, want row %d %s", i, f, want.row, want.field)
				}
			}
		}
		p, _ := Load(ctx, d)
		if path, err := p.Path(ctx, "421223900001"); err != nil || FullName(path) != "湖北省咸宁市崇阳县新设镇新设镇一村" {
			t.Errorf("%v, %v", path, err)
		}
		if got := p.Tree().Children(DemoCounty); !slices.ContainsFunc(got, func(d Division) bool { return d.Name == "新设镇" }) {
			t.Errorf("the new township is not beneath its county: %v", got)
		}
		if got := Standing(p.Tree().Children(DemoCounty), "2024-04-30"); slices.ContainsFunc(got, func(d Division) bool { return d.Name == "新设镇" }) {
			t.Error("it stood before it was made")
		}
		_, err := p.Import(ctx, strings.NewReader("a,b\n1,2\n"), nil)
		if r, ok := words.AsRefusal(err); !ok || r.Kind != words.Invalid {
			t.Errorf("a file without a header: %v", err)
		}
	})
}

func TestAMergedTownshipHasItsSuccessorFromTheDayOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		p, err := Load(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		old, into, later := "421223101000", "421223100000", "421223103000"
		err = d.Write(ctx, func(tx *db.Tx) error {
			if err := p.Record(ctx, tx, Change{Code: old, Successor: into, Day: "2025-03-01", What: "合并", Record: "某政函〔2025〕1号"}); err != nil {
				return err
			}
			return p.Record(ctx, tx, Change{Code: into, Successor: later, Day: "2026-01-01", What: "代码变更"})
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Reload(ctx); err != nil {
			t.Fatal(err)
		}
		for day, want := range map[string]string{"2025-02-28": old, "2025-03-01": into, "2026-01-01": later} {
			if got, err := p.Successor(ctx, old, calendar.Day(day)); err != nil || got != want {
				t.Errorf("on %s: %s, %v; want %s", day, got, err, want)
			}
		}
		was, _ := p.Tree().Get(old)
		if was.To != "2025-02-28" || was.Successor != into || was.Name == "" || was.On("2025-03-01") {
			t.Errorf("the old place: %+v", was)
		}
		if p.Tree().Len() != Embedded().Len() {
			t.Error("a changed place was counted as a new one")
		}
		err = d.Write(ctx, func(tx *db.Tx) error { return p.Record(ctx, tx, Change{Code: old, Successor: old}) })
		if _, ok := words.AsRefusal(err); !ok {
			t.Errorf("its own successor: %v", err)
		}
	})
}

func TestALongFileIsReadInItsOwnEncoding(t *testing.T) {
	for shift := range 4 { // the end of the look cuts a character at each of its bytes
		text := strings.Repeat("x", shift) + strings.Repeat("崇阳县𠮷", 20_000)
		gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{text, gb, "\xef\xbb\xbf" + text} {
			if got, err := io.ReadAll(sheet.Text(strings.NewReader(file))); err != nil || string(got) != text {
				t.Errorf("shift %d: %d bytes, %v", shift, len(got), err)
			}
		}
	}
}

// wholeCountry is a village file of the published size, in the published form.
func wholeCountry() string {
	var b strings.Builder
	b.WriteString("code,name,streetCode,provinceCode,cityCode,areaCode\n")
	n := 0
	tree := Embedded()
	for i := range tree.codes {
		if d := tree.at(i); d.Kind == Township {
			for v := 1; v <= 15 && n < 620_573; v++ {
				fmt.Fprintf(&b, "%s%03d,\"%s第%d村村委会\",%s,%s,%s,%s\n", d.Code[:9], v, d.Name, v, d.Code[:9], d.Code[:2], d.Code[:4], d.Code[:6])
				n++
			}
		}
	}
	return b.String()
}

func BenchmarkImportOfEveryVillage(b *testing.B) {
	file := wholeCountry()
	for name, d := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.PostgreSQL} {
		b.Run(name, func(b *testing.B) {
			d := d(b)
			for b.Loop() {
				res, err := Import(context.Background(), d, strings.NewReader(file), nil)
				if err != nil || res.Bad > 0 {
					b.Fatalf("%+v, %v", res, err)
				}
				b.ReportMetric(float64(res.Loaded), "villages")
			}
		})
	}
}
