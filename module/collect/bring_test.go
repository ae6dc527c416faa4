package collect

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"jishi/base/sheet"
	"jishi/base/words"
)

func book(t *testing.T, change func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	change(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t *testing.T, file []byte) Brought {
	t.Helper()
	b, err := sheet.Open(file, sheet.Office)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	got, err := ReadForm(b)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func labels(b Brought) string {
	var list []string
	for _, f := range b.Fields {
		list = append(list, fmt.Sprintf("%s@%s", f.Label, sheet.Cell(f.Row, f.Col)))
	}
	return strings.Join(list, " ")
}

// A header of two rows with merged cells, a hidden row, a failed formula and values that are already in it.
func TestATableWithAMergedHeader(t *testing.T) {
	got := read(t, book(t, func(f *excelize.File) {
		f.SetCellStr("Sheet1", "A1", "农业生产年报")
		f.MergeCell("Sheet1", "A1", "E1")
		f.SetSheetRow("Sheet1", "A2", &[]any{"序号", "村名", "播种面积（亩）", "", "填表日期"})
		f.MergeCell("Sheet1", "C2", "D2")
		for _, col := range []string{"A", "B", "E"} {
			f.MergeCell("Sheet1", col+"2", col+"3")
		}
		f.SetCellStr("Sheet1", "C3", "早稻")
		f.SetCellStr("Sheet1", "D3", "油菜")
		f.SetSheetRow("Sheet1", "A4", &[]any{1, "七星社区", 30, "#DIV/0!", "2026-01-10"})
		f.SetSheetRow("Sheet1", "A5", &[]any{2, "金不村", 12, 5, "2026-01-11"})
		f.SetRowVisible("Sheet1", 5, false)
		f.NewSheet("旧")
		f.SetSheetVisible("旧", false)
	}))
	if got.Title != "农业生产年报" || labels(got) != "村名@B3 播种面积（亩） › 早稻@C3 播种面积（亩） › 油菜@D3 填表日期@E3" {
		t.Errorf("%s: %s", got.Title, labels(got))
	}
	if s := got.Fields[0].Samples; len(s) != 1 || s[0] != "七星社区" {
		t.Errorf("samples: %v", s)
	}
	var told []string
	for _, n := range got.Notices {
		if !words.Known(n.Text) {
			t.Errorf("no English for %q", n.Text)
		}
		told = append(told, words.Say(words.ZH, n.Text, n.Args...))
	}
	for _, want := range []string{"D4的公式出错", "有1行是隐藏的", "“旧”是隐藏的"} {
		if !strings.Contains(strings.Join(told, "\n"), want) {
			t.Errorf("not told: %s in %v", want, told)
		}
	}
}

// A registration form: labels with room to their right.
func TestLabelsWithRoomBesideThem(t *testing.T) {
	got := read(t, book(t, func(f *excelize.File) {
		f.SetCellStr("Sheet1", "A1", "残疾人登记表")
		f.MergeCell("Sheet1", "A1", "D1")
		f.SetSheetRow("Sheet1", "A2", &[]any{"姓名", "", "性别", ""})
		f.SetSheetRow("Sheet1", "A3", &[]any{"残疾类别", "", "残疾等级", ""})
		f.SetSheetRow("Sheet1", "A4", &[]any{"家庭住址", ""})
		f.MergeCell("Sheet1", "B4", "D4")
	}))
	if labels(got) != "姓名@A2 性别@C2 残疾类别@A3 残疾等级@C3 家庭住址@A4" || got.Fields[0].Below {
		t.Errorf("%s", labels(got))
	}
}

// The department's own layout comes back cell for cell, one row a village, and nothing else in it moves.
func TestTheLayoutComesBackFilledIn(t *testing.T) {
	file := book(t, func(f *excelize.File) {
		f.SetCellStr("Sheet1", "A1", "人口表")
		f.MergeCell("Sheet1", "A1", "C1")
		f.SetSheetRow("Sheet1", "A2", &[]any{"村名", "户籍人口", "新栏目"})
		f.SetCellStr("Sheet1", "A9", "说明：按年末数填")
	})
	form := Form{ID: "f", Title: "人口表", Layout: "x", LayoutName: "人口表.xlsx", Fields: read(t, file).Fields}
	form.Fields[0].Element, form.Fields[1].Element = "place.name", "pop.registered"
	elements := map[string]Element{"place.name": {ID: "place.name", Type: "text", Subject: "place"}, "pop.registered": {ID: "pop.registered", Type: "int", Subject: "place"}}
	p, err := Produce(form, elements, file, []Place{
		{Name: "甲村", Cells: []Cell{{Element: "place.name", Value: "甲村"}, {Element: "pop.registered", Value: "１２00"}}},
		{Name: "乙村", Cells: []Cell{{Element: "place.name", Value: "乙村"}}}})
	if err != nil || p.Cells != 6 || p.Filled != 3 {
		t.Fatalf("%d of %d: %v", p.Filled, p.Cells, err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(p.File))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for cell, want := range map[string]string{"A1": "人口表", "A3": "甲村", "B3": "1200", "C3": "", "A4": "乙村", "B4": "", "A9": "说明：按年末数填"} {
		if got, _ := f.GetCellValue("Sheet1", cell); got != want {
			t.Errorf("%s is %q, want %q", cell, got, want)
		}
	}
}

func TestBadRowsComeBackMarkedAndTheRestIsKept(t *testing.T) {
	file := "编号,名称,定义,类型,数源单位,共享属性\na.one,甲,数甲,整数,,无条件共享\nA B,乙,,国王,天国,随便\na.one,丙,数丙,整数,,\na.two,丁,#REF!,整数,,\n"
	b, err := sheet.Open([]byte(file), sheet.Office)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ReadElements(b, func(string) (string, bool) { return "", false }, nil)
	if err != nil || r.Rows != 4 || len(r.Elements) != 1 || r.Bad != 3 {
		t.Fatalf("%+v %v", r, err)
	}
	var got []string
	for _, f := range r.Faults {
		if !words.Known(f.Text) {
			t.Errorf("no English for %q", f.Text)
		}
		got = append(got, fmt.Sprint(f.Row, f.Column))
	}
	if want := "3数源单位 3编号 3定义 3类型 3共享属性 4编号 5定义 5定义"; strings.Join(got, " ") != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
	if r.Raw(3)[1] != "乙" || r.Raw(2) != nil {
		t.Errorf("the rows that were not taken: %q %q", r.Raw(3), r.Raw(2))
	}
}

// Macros, passwords, the old format, rubbish: refused with a way out.
func TestWhatIsNotOpened(t *testing.T) {
	macro := book(t, func(f *excelize.File) {
		f.AddVBAProject([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)))
	})
	for name, file := range map[string][]byte{"old": []byte("\xd0\xcf\x11\xe0rest"), "rubbish": []byte("PK\x03\x04rubbish"), "macro": macro, "large": make([]byte, 33<<20)} {
		_, err := sheet.Open(file, sheet.Office)
		if r, ok := words.AsRefusal(err); !ok || !words.Known(r.What) || !words.Known(r.Way) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Worked case 5: of thirty fields twenty-two are known; a second body's same thirty are a duplicate.
func TestThirtyFieldsTwentyTwoKnown(t *testing.T) {
	elements := map[string]Element{}
	f := Form{ID: "one", Org: "housing", Level: "village", Period: "year", Place: "421223000000"}
	for i := range 30 {
		x := Field{N: i + 1, Label: fmt.Sprint("栏目", i), Decided: "p"}
		if i < 22 {
			x.Element = fmt.Sprint("e.", i)
			elements[x.Element] = Element{ID: x.Element, Title: x.Label, Source: "civil", Share: "free"}
		}
		f.Fields = append(f.Fields, x)
	}
	r := Overlap(f, elements, nil, nil)
	if r.Known() != 22 || r.New != 8 || r.Rate() != "73.3" || r.Verdict() != "" {
		t.Errorf("%d known, %d new, %s%%, %q", r.Known(), r.New, r.Rate(), r.Verdict())
	}
	second := f
	second.ID, second.Org = "two", "urban"
	if r := Overlap(second, elements, []Form{f}, nil); r.Verdict() != Duplicate || r.Twin.ID != "one" {
		t.Errorf("%q", r.Verdict())
	}
	second.Period = "month" // another period is another question
	if r := Overlap(second, elements, []Form{f}, nil); r.Verdict() != "" {
		t.Errorf("monthly: %q", r.Verdict())
	}
	f.Fields = f.Fields[:22]
	if r := Overlap(f, elements, nil, nil); r.Verdict() != Obtainable {
		t.Errorf("all known: %q", r.Verdict())
	}
}
