package roster

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/sheet"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
)

var now = calendar.Day("2026-03-02").Start()

const head = "机构名称,机构类型,区划代码,上级机构,复查机关,姓名,登录名,职务,权限,任职起,任职止\n"

// office is a roster of three bodies and three posts; the village stands before its superior.
const office = head +
	"七星社区居民委员会,村（社区）,421223100001,天城镇人民政府,,,,,,,\n" +
	"崇阳县人民政府,人民政府,421223,,,张三,zhangsan,县长,负责人,2025-01-01,\n" +
	"天城镇人民政府,街道乡镇,421223100,崇阳县人民政府,崇阳县人民政府,王五,WangWu,镇长,负责人,2025年1月1日,2030/12/31\n" +
	"天城镇人民政府,,,,,赵六,zhaoliu,干事,经办、登记,2025.3.1,\n"

func load(t *testing.T, d *db.DB) *division.Places {
	t.Helper()
	p, err := division.Load(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Import(t.Context(), division.DemoVillages(), nil); err != nil {
		t.Fatal(err)
	}
	return p
}

func take(t *testing.T, d *db.DB, p *division.Places, file string, dry bool) Result {
	t.Helper()
	res, err := Import(t.Context(), d, p, strings.NewReader(file), dry, now, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(res.Faults, res.Notices...) {
		if !words.Known(f.Text) {
			t.Errorf("no English for %q", f.Text)
		}
	}
	return res
}

// xlsx turns the CSV into a spreadsheet, which change may alter.
func xlsx(t *testing.T, file string, change func(f *excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range strings.Split(strings.TrimSuffix(file, "\n"), "\n") {
		for j, cell := range strings.Split(row, ",") {
			at, _ := excelize.CoordinatesToCellName(j+1, i+1)
			f.SetCellStr("Sheet1", at, cell)
		}
	}
	if change != nil {
		change(f)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAnOfficeImportsItsRoster(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(office)
	if err != nil {
		t.Fatal(err)
	}
	for form, file := range map[string]string{"utf-8": office, "gb18030": gb, "xlsx": xlsx(t, office, nil)} {
		t.Run(form, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				ctx := t.Context()
				p := load(t, d)
				want := Result{Read: 4, Good: 4, Orgs: 3, People: 3, Posts: 3}
				dry := take(t, d, p, file, true)
				if orgs, _ := org.List(ctx, d); len(orgs) != 0 {
					t.Fatal("a dry run stored something")
				}
				res := take(t, d, p, file, false)
				for _, r := range []Result{dry, res} {
					if r.Read != want.Read || r.Good != want.Good || r.Bad != 0 || r.Orgs != want.Orgs || r.People != want.People || r.Posts != want.Posts {
						t.Fatalf("%+v", r)
					}
				}
				if !slices.Equal(res.NewLogins, []string{"zhangsan", "wangwu", "zhaoliu"}) {
					t.Errorf("new logins: %v", res.NewLogins)
				}
				s, err := org.Load(ctx, d)
				if err != nil {
					t.Fatal(err)
				}
				village := s.Tree().In("421223100001", org.Village)
				gov := s.Tree().In("421223", org.Government)
				if len(village) != 1 || len(gov) != 1 || !s.Tree().Beneath(village[0].ID, gov[0].ID) {
					t.Errorf("%v %v", village, gov)
				}
				town := s.Tree().In("421223100", org.StreetTownship)[0]
				if !slices.Equal(s.Tree().ReviewSuperior(town.ID), []string{gov[0].ID}) || len(town.SuperiorsForReview) != 1 {
					t.Errorf("reviewers of the town: %v", town.SuperiorsForReview)
				}
				held, err := actor.PostsIn(ctx, d, town.ID)
				if err != nil || len(held) != 2 {
					t.Fatalf("%v, %v", held, err)
				}
				for _, h := range held {
					if h.Name == "王五" && (h.From != "2025-01-01" || h.To != "2030-12-31" || !h.Has(actor.Head)) {
						t.Errorf("%+v", h)
					}
				}
				again := take(t, d, p, file, false)
				after, _ := actor.AllPosts(ctx, d)
				if len(again.NewLogins) != 0 || len(after) != 3 || again.Good != 4 {
					t.Errorf("a second time: %+v, %d posts", again, len(after))
				}
			})
		})
	}
}

func TestBadRowsAreToldAndTheGoodOnesKept(t *testing.T) {
	file := office +
		"崇阳县水利和湖泊局,政府部门,421223,不存在的单位,,,,,,,\n" + // 6: unknown superior
		"水管站,其他单位,421223,崇阳县水利和湖泊局,,,,,,,\n" + // 7: its superior fell
		"某局,国王,42122,,,,x,,飞行,昨天,2026-01-01\n" + // 8: everything wrong at once
		"天城镇人民政府,政府部门,,,,,,,,,\n" + // 9: another kind than above
		"崇阳县信访局,信访部门,421223,崇阳县人民政府,,李四,zhangsan,科员,经办,2025-01-01,\n" + // 10: the login is Zhang San's
		"甲办,其他单位,421223,乙办,,,,,,,\n" + "乙办,其他单位,421223,甲办,,,,,,,\n" + // 11, 12: a circle
		"丙办,其他单位,421223,,,钱七,qianqi,主任,系统管理、审计,46082,46081\n" + // 13: two powers apart, ends before it begins
		"\u202e反写局,其他单位,421223,,,,,,,,\n" + // 14
		"丁办,其他单位,421299999999,,,,,,,,\n" // 15: no such place
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := load(t, d)
		res := take(t, d, p, file, false)
		if res.Read != 14 || res.Good != 4 || res.Bad != 10 {
			t.Errorf("read %d, good %d, bad %d", res.Read, res.Good, res.Bad)
		}
		var got []string
		for _, f := range res.Faults {
			got = append(got, fmt.Sprint(f.Row, f.Column))
		}
		want := []string{"6上级机构", "7上级机构", "8机构类型", "8区划代码", "8姓名", "8登录名", "9机构类型", "10登录名",
			"11上级机构", "12上级机构", "13权限", "13任职止", "14机构名称", "15区划代码"}
		if !slices.Equal(got, want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
		orgs, _ := org.List(t.Context(), d)
		if len(orgs) != 3 {
			t.Errorf("%d bodies stored", len(orgs))
		}
	})
}

func TestWhatASpreadsheetHidesIsTold(t *testing.T) {
	d := dbtest.SQLite(t)
	p := load(t, d)
	file := xlsx(t, office, func(f *excelize.File) {
		f.SetRowVisible("Sheet1", 3, false)
		f.MergeCell("Sheet1", "A4", "A5")
		f.NewSheet("密")
		f.SetSheetVisible("密", false)
		f.NewSheet("旧表")
		f.SetCellValue("Sheet1", "J4", 46082.5) // a day as the spreadsheet's number
		f.SetCellValue("Sheet1", "C4", 421223100000)
	})
	res := take(t, d, p, file, true)
	var got []string
	for _, f := range append(res.Notices, res.Faults...) {
		got = append(got, fmt.Sprint(f.Row, words.Say(words.ZH, f.Text, f.Args...)))
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{"“密”是隐藏的", "“旧表”没有读取", "4A4:A5是合并单元格", "3这一行是隐藏行", "5这一行有合并单元格A4:A5"} {
		if !strings.Contains(all, want) {
			t.Errorf("not told: %s\n%s", want, all)
		}
	}
	// With the county hidden nothing beneath it can stand.
	if res.Good != 0 {
		t.Errorf("%+v", res)
	}
	if got, ok := sheet.Day("46082.5"); !ok || got != "2026-03-01" {
		t.Errorf("a spreadsheet's day: %s", got)
	}
	if got := code("4.21223100000E11"); got != "421223100000" {
		t.Errorf("a spreadsheet's code: %s", got)
	}
}

func TestTheTemplateImportsOnceItsSuperiorStands(t *testing.T) {
	d := dbtest.SQLite(t)
	p := load(t, d)
	s, err := org.Load(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Save(t.Context(), org.Org{ID: "gov", Name: "崇阳县人民政府", Kind: org.Government, Division: division.DemoCounty}); err != nil {
		t.Fatal(err)
	}
	b, err := Template()
	if err != nil {
		t.Fatal(err)
	}
	res := take(t, d, p, string(b), false)
	if res.Good != 2 || res.Bad != 0 || res.Posts != 2 {
		t.Errorf("%+v", res)
	}
}

func TestFilesThatAreNoRosterAreRefused(t *testing.T) {
	d := dbtest.SQLite(t)
	p := load(t, d)
	for name, file := range map[string]string{
		"empty": "", "blank lines": "\n\n,,\n", "no header": "a,b,c\n", "half a header": "机构名称,姓名\n甲,乙\n",
		"old format": "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "broken zip": "PK\x03\x04rubbish", "NUL": "\x00\x00\x00",
		"too many rows": head + strings.Repeat("甲,乙\n", mostRows+1),
		"too large":     strings.Repeat("x", mostBytes+1),
	} {
		_, err := Import(t.Context(), d, p, strings.NewReader(file), false, now, nil)
		r, ok := words.AsRefusal(err)
		if !ok || !words.Known(r.What) || !words.Known(r.Way) {
			t.Errorf("%s: %v", name, err)
		}
	}
	res := take(t, d, p, head+strings.Repeat("甲局,政府部门,421223,崇阳县人民政府,,,,,,,\n", 5000), true)
	if res.Bad != 5000 {
		t.Errorf("%d bad", res.Bad)
	}
}
