package tests

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"jishi/api/apitest"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/desk"
	"jishi/module/collect"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
	"jishi/web"
)

// The villages of the town, one of them merged into another a year ago, and one that lies elsewhere.
const (
	town, first, second, merged = "421223100000", "421223100001", "421223100002", "421223100003"
)

// counter is the small county with its pages, for files that people bring.
type counter struct {
	*apitest.House
	t    *testing.T
	at   string
	form string // on the list, asks of persons and households
}

// files opens the county with a data authority, two villages and a form on the list.
func files(t *testing.T, d *db.DB) *counter {
	t.Helper()
	h := apitest.Open(t, d)
	h.Demo = true
	c := &counter{House: h, t: t}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, x := range []division.Division{{Code: town, Parent: apitest.County, Name: "天城镇"}, {Code: first, Parent: town, Name: "桃溪社区居委会"},
			{Code: second, Parent: town, Name: "柳溪村村委会"}, {Code: merged, Parent: town, Name: "石桥村村委会"}} {
			if err := division.Put(t.Context(), tx, x); err != nil {
				return err
			}
		}
		for _, o := range []org.Org{{ID: "data", Name: "县数据局", Kind: org.Department, Line: desk.DataLine, Division: apitest.County, Level: org.County, From: "2020-01-01"},
			{ID: "village-2", Name: "柳溪村村民委员会", Kind: org.Village, Division: second, Level: org.Hamlet, Parent: "street", From: "2020-01-01"}} {
			if err := org.Put(t.Context(), tx, o); err != nil {
				return err
			}
		}
		for id, p := range map[string]actor.Post{"data-officer": {Org: "data", Powers: []actor.Power{actor.Handle}}, "admin": {Org: "data", Powers: []actor.Power{actor.Admin}}} {
			p.ID, p.Title, p.From = id, "科员", "2020-01-01"
			if err := actor.PutPerson(t.Context(), tx, actor.Person{ID: id, Name: "钱" + id}); err != nil {
				return err
			}
			if err := actor.PutPost(t.Context(), tx, id, p); err != nil {
				return err
			}
			if err := actor.PutAccount(t.Context(), tx, id, id, h.Clock().UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
	c.ok(err)
	c.ok(d.Write(t.Context(), func(tx *db.Tx) error {
		return h.Places.Record(t.Context(), tx, division.Change{Code: merged, Successor: second, Day: "2025-03-01", What: "合并", Record: "某政函〔2025〕1号"})
	}))
	c.ok(h.Places.Reload(t.Context()))
	c.ok(h.Offices.Reload(t.Context(), d, h.Today()))
	var roles []web.Role
	for _, id := range []string{"social-officer", "officer", "data-officer", "admin", "street-officer", "village-officer"} {
		roles = append(roles, web.Role{ID: id, Person: id, Title: id, Name: id})
	}
	server := httptest.NewServer(web.New(h.Desk, web.Options{Site: "测试县", Demo: true, Roles: roles, Key: []byte("thirty-two bytes for the forms..")}))
	t.Cleanup(server.Close)
	c.at = server.URL
	c.lists()
	return c
}

func (c *counter) ok(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// lists puts a form on the list that asks of villages, households and persons.
func (c *counter) lists() {
	who := c.as("data-officer").actor
	_, err := c.PutElements(c.t.Context(), []collect.Element{
		{ID: "hh.area", Title: "住房面积", Definition: "d", Type: "number", Unit: "平方米", Subject: "household", Share: "conditional", Sensitivity: "personal", Grade: "D"},
		{ID: "person.birth", Title: "出生日期", Definition: "d", Type: "day", Subject: "person", Share: "conditional", Sensitivity: "personal", Grade: "D"},
		{ID: "person.aid", Title: "救助金额", Definition: "d", Type: "int", Unit: "元", Subject: "person", Share: "conditional", Sensitivity: "sensitive", Grade: "D"},
		{ID: "org.code", Title: "合作社统一社会信用代码", Definition: "d", Type: "text", Subject: "place", Share: "free", Sensitivity: "public", Grade: "D"},
	}, who.ID)
	c.ok(err)
	f := collect.Form{ID: "form-one", Org: "housing", Title: "农户住房表", Purpose: "掌握农房安全", Level: "village", Period: "once", Place: apitest.County + "000000", State: collect.Listed, By: "officer", At: 1}
	f.Place = apitest.County + strings.Repeat("0", 12-len(apitest.County))
	for i, x := range []string{"hh.area", "person.birth", "person.aid", "org.code"} {
		f.Fields = append(f.Fields, collect.Field{N: i + 1, Label: []string{"住房面积（平方米）", "出生日期", "救助金额", "合作社统一社会信用代码"}[i], Element: x, Kind: collect.New, Decided: "officer"})
	}
	c.ok(c.DB.Write(c.t.Context(), func(tx *db.Tx) error { return collect.PutForm(c.t.Context(), tx, f) }))
	c.form = f.ID
}

// clerk is somebody at a screen.
type clerk struct {
	*counter
	actor actor.Actor
	http  *http.Client
}

func (c *counter) as(id string) *clerk {
	c.t.Helper()
	jar, err := cookiejar.New(nil)
	c.ok(err)
	k := &clerk{counter: c, http: &http.Client{Jar: jar}}
	if id == "" { // a citizen
		return k
	}
	k.actor, err = actor.StaffOn(c.t.Context(), c.DB, id, c.Today())
	c.ok(err)
	if c.at != "" {
		r, err := k.http.PostForm(c.at+"/demo/sign-in", url.Values{"as": {id}})
		c.ok(err)
		r.Body.Close()
	}
	return k
}

// page is what came back: its status, its text without markup, and the address at which it stands.
type page struct {
	status int
	text   string
	html   string
	at     string
}

var markup = regexp.MustCompile(`(?s)<script.*?</script>|<[^>]*>`)

func (k *clerk) page(r *http.Response, err error) page {
	k.t.Helper()
	k.ok(err)
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	k.ok(err)
	return page{r.StatusCode, strings.Join(strings.Fields(markup.ReplaceAllString(string(b), " ")), " "), string(b), r.Request.URL.Path}
}

// brings sends a file with the fields of its form.
func (k *clerk) brings(path, name string, file []byte, fields ...string) page {
	k.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	w, err := m.CreateFormFile("table", name)
	k.ok(err)
	w.Write(file)
	for i := 0; i+1 < len(fields); i += 2 {
		if scan, ok := strings.CutPrefix(fields[i], "@"); ok {
			w, err := m.CreateFormFile(scan, "证件.png")
			k.ok(err)
			io.WriteString(w, fields[i+1])
			continue
		}
		k.ok(m.WriteField(fields[i], fields[i+1]))
	}
	m.Close()
	return k.page(k.http.Post(k.at+path, m.FormDataContentType(), &b))
}

// marked downloads the marked-up rows that the page offers.
func (k *clerk) marked(p page) [][]string {
	k.t.Helper()
	at := regexp.MustCompile(`href="(/brought/[^"]+/marked.xlsx)"`).FindStringSubmatch(p.html)
	if at == nil {
		k.t.Errorf("no marked-up file: %s", p.text)
		return nil
	}
	r, err := k.http.Get(k.at + at[1])
	k.ok(err)
	defer r.Body.Close()
	f, err := excelize.OpenReader(r.Body)
	if err != nil {
		k.t.Fatalf("the marked-up file does not open: %v", err)
	}
	defer f.Close()
	rows, err := f.GetRows("Sheet1")
	k.ok(err)
	return rows
}

// ways are the ways in which a file comes in.
var ways = []struct {
	who, path string
	fields    []string
	docx      bool
}{
	{"officer", "/collect/new", []string{"title", "一张表", "basis", "水法", "level", "village", "period", "year"}, true},
	{"social-officer", "/duties/import", []string{"org", "street", "title", "清单", "basis", "县委办〔2026〕3号", "from", "2026-03-01"}, false},
	{"admin", "/admin/import", nil, false},
	{"data-officer", "/collect/import", nil, false},
	{"village-officer", "/table/import", []string{"form", "form-one"}, false},
}

func packed(t *testing.T, base []byte, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	if base != nil {
		r, err := zip.NewReader(bytes.NewReader(base), int64(len(base)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.File {
			if _, replaced := parts[f.Name]; !replaced {
				z.Copy(f)
			}
		}
	}
	for name, text := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, text)
	}
	z.Close()
	return out.Bytes()
}

// spread is rows as an XLSX that change may alter.
func spread(t *testing.T, rows [][]any, change func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	if change != nil {
		change(f)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const bigSheet = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>`

// What no table can be read from is refused with what it is and how to save it instead, in whatever way it comes; nothing
// of it is kept, and what was typed beside it comes back.
func TestFilesThatAreNoTables(t *testing.T) {
	t.Parallel()
	good := spread(t, [][]any{{"甲", "乙"}, {"1", "2"}}, nil)
	locked, err := excelize.Encrypt(good, &excelize.Options{Password: "x"})
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, file, says string
		docx             bool
	}{
		{"空.xlsx", "", "文件是空的", true},
		{"加密.xlsx", string(locked), "加了密码", true},
		{"旧.xls", "\xd0\xcf\x11\xe0 old", "旧格式", true},
		{"宏.xlsm", string(packed(t, good, map[string]string{"xl/vbaProject.bin": "x"})), "带有宏", true},
		{"宏.xlsx", string(packed(t, good, map[string]string{"xl/VBAPROJECT.BIN": "x"})), "带有宏", true},
		{"炸弹.xlsx", string(packed(t, good, map[string]string{"xl/worksheets/sheet1.xml": bigSheet + strings.Repeat("a", 8<<20) + `</t></is></c></row></sheetData></worksheet>`})), "大得不像表格", true},
		{"炸弹二.xlsx", string(packed(t, good, map[string]string{"xl/styles.xml": strings.Repeat(" ", 60<<20)})), "解压后超过", true},
		{"照片.xlsx", "\x89PNG\r\n\x1a\n\x00\x01", "不是电子表格", true},
		{"通知.csv", "%PDF-1.4 …", "不是电子表格", true},
		{"二进制.csv", "a,b\x00\x01", "不是电子表格", true},
		{"导出.xls", "<html><table><tr><td>甲", "这是网页", true},
		{"别的.zip", string(packed(t, nil, map[string]string{"a.txt": "x"})), "不是电子表格", true},
		{"坏的.xlsx", "PK\x03\x04rubbish", "损坏", true},
		{"没有表.docx", string(packed(t, nil, map[string]string{"word/document.xml": `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p/></w:body></w:document>`})), "文档里没有表格", true},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := files(t, d)
		for _, w := range ways {
			k := c.as(w.who)
			for _, x := range cases {
				p := k.brings(w.path, x.name, []byte(x.file), w.fields...)
				if p.status < 400 || p.status > 499 || !strings.Contains(p.text, x.says) || !strings.Contains(p.text, "请") {
					t.Errorf("%s %s: %d, %q is not said: %.300s", w.path, x.name, p.status, x.says, p.text)
				}
			}
			if w.path == "/duties/import" {
				if p := k.brings(w.path, "空.xlsx", nil, w.fields...); !strings.Contains(p.html, "县委办〔2026〕3号") {
					t.Error("what was typed beside the file is gone")
				}
			}
		}
		var n int
		if err := d.Row(t.Context(), `SELECT (SELECT COUNT(*) FROM brought) + (SELECT COUNT(*) FROM duty_list) + (SELECT COUNT(*) FROM form) + (SELECT COUNT(*) FROM subject)`, nil, &n); err != nil || n != 1 {
			t.Errorf("%d things were kept, only the form that was there may be: %v", n, err)
		}
	})
}

// What is wrong with single rows is told by row and column with what to write, on the page and in a spreadsheet that can
// be brought again; the other rows are taken.
func TestRowsThatAreWrongComeBackMarked(t *testing.T) {
	t.Parallel()
	list := [][]any{{"序号", "清单", "事项", "类别", "牵头部门", "乡镇配合内容", "识别词"}, {"１－１", "基本履职", "道路养护", "", "", "", "道路"}, {"1-2", "基本履职", "河道保洁", "", "", "", "河道"},
		{"1-3", "基本履职", "#REF!", "", "", "", ""}, {"1-4", "基本履职", "垃圾清运", "", "", "", "垃圾"}, {"3-1", "上级收回", "燃气检查", "", "县住建局", "", "燃气"}}
	people := [][]any{{"机构名称", "机构类型", "区划代码", "上级机构", "复查机关", "姓名", "登录名", "职务", "权限", "任职起", "任职止"},
		{"县水利局", "政府部门", "421223", "", "", "张三", "zhangsan", "科员", "经办", "2025年1月1日", ""}, {"县农业局", "政府部门", "421223", "", "", "", "", "", "", "", ""},
		{"#N/A", "政府部门", "421223", "", "", "", "", "", "", "", ""}, {"县文旅局", "政府部门", "421223", "", "", "", "", "", "", "", ""},
		{"石桥村", "村（社区）", merged, "天城镇人民政府", "", "", "", "", "", "", ""}}
	terms := [][]any{{"编号", "名称", "定义", "类型"}, {"ａ.one", "甲", "数甲", "整数"}, {"a.two", "乙", "数乙", "整数"}, {"a.three", "丙", "#VALUE!", "整数"}, {"a.four", "丁", "数丁", "整数"}, {"a.five", "戊", "数戊", "国王"}}
	rows := [][]any{{"村（社区）", "户", "姓名", "身份证号码", "住房面积（平方米）", "出生日期", "救助金额"},
		{"桃溪社区居委会", "３组１２号", "王某甲", "421223198003150012", "１２０.5", "1980年3月15日", "1,200"}, {"", "3组13号", "", "", "88", "", ""},
		{"", "3组14号", "", "", "#DIV/0!", "", ""}, {"", "3组15号", "", "", "96", "", ""}, {"石桥村村委会", "1组1号", "", "", "70", "", ""}, {"", "3组16号", "王某丙", "421223198003150013", "60", "1980-03-15", ""}}
	rows[1][3] = idNumber("42122319800315001")
	rows[6][3] = wrongDigit(idNumber("42122319800315003"))
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := files(t, d)
		for i, w := range ways[1:] {
			k, file := c.as(w.who), [][][]any{list, people, terms, rows}[i]
			xlsx := spread(t, file, func(f *excelize.File) {
				f.SetRowVisible("Sheet1", 3, false)
				f.MergeCell("Sheet1", "B4", "B5")
				f.NewSheet("底稿")
				f.SetSheetVisible("底稿", false)
			})
			p := k.brings(w.path, "二月.xlsx", xlsx, append(w.fields, "partial", "yes")...)
			if w.path == "/duties/import" { // the list was stored: its faults stand with the file
				p = k.open("/brought")
				p = k.open(regexp.MustCompile(`href="(/brought/[^"]+)"`).FindStringSubmatch(p.html)[1])
			}
			for _, want := range []string{"3 — 这一行是隐藏行", "“底稿”是隐藏的", "合并单元格B4:B5", []string{"4 事项 公式出错", "4 机构名称 公式出错", "4 定义 公式出错", "4 住房面积（平方米） 公式出错"}[i]} {
				if !strings.Contains(strings.ReplaceAll(p.text, "3 这一行", "3 — 这一行"), want) {
					t.Errorf("%s: not told: %s\n%s", w.path, want, p.text)
				}
			}
			back := k.marked(p)
			if len(back) < 4 {
				t.Fatalf("%s: %d rows came back: %q", w.path, len(back), back)
			}
			last := len(back[0]) - 1
			for n, row := range back[1:] {
				if len(row) <= last || row[last-1] == "" || row[last] != fmt.Sprint(n+3) && n < 3 {
					t.Errorf("%s: no remark beside the row: %q", w.path, row)
				}
			}
			// GB18030 with commas says the same as the spreadsheet: no row of it is taken twice, and nothing is lost.
			var csv strings.Builder
			for _, row := range file {
				for j, cell := range row {
					csv.WriteString(strings.Repeat(",", min(j, 1)) + `"` + fmt.Sprint(cell) + `"`)
				}
				csv.WriteString("\r\n")
			}
			gb, err := simplifiedchinese.GB18030.NewEncoder().String(csv.String())
			c.ok(err)
			if w.path == "/duties/import" {
				w.fields = append([]string{}, "org", "street", "title", "清单", "basis", "县委办〔2026〕4号", "from", "2026-03-02")
			}
			if p := k.brings(w.path, "二月.csv", []byte(gb), append(w.fields, "partial", "yes")...); p.status != 200 {
				t.Errorf("%s GB18030: %d %s", w.path, p.status, p.text)
			}
		}
		c.stands()
	})
}

// stands looks at what was taken: full-width digits and days as text have become one form, wrong rows are not there.
func (c *counter) stands() {
	for sql, want := range map[string]string{
		`SELECT COALESCE(string_agg(no, ' '), '') FROM (SELECT i.no FROM duty_item i JOIN duty_list l ON l.id = i.list WHERE l.to_day = '' ORDER BY i.n) x`: "1-1 1-2 1-4 3-1",
		`SELECT COALESCE(string_agg(id, ' '), '') FROM (SELECT id FROM element WHERE id LIKE 'a.%' ORDER BY id) x`:                                          "a.four a.one a.two",
		`SELECT CAST(COUNT(*) AS TEXT) FROM org WHERE name IN ('县农业局', '县文旅局', '县水利局', '石桥村', '#N/A')`:                                                      "3",
		`SELECT COALESCE(string_agg(label, ' '), '') FROM (SELECT label FROM subject WHERE kind = 'household' ORDER BY label) x`:                            "3组12号 3组13号 3组15号",
		`SELECT COALESCE(string_agg(value, ' '), '') FROM (SELECT value FROM cell WHERE element = 'hh.area' ORDER BY n) x`:                                  "88 96 120.5",
		`SELECT value FROM cell WHERE element = 'person.birth'`:                                                                                             "1980-03-15",
		`SELECT value FROM cell WHERE element = 'person.aid'`:                                                                                               "", // sealed
	} {
		var got string
		if err := c.DB.Row(c.t.Context(), sql, nil, &got); err != nil || got != want {
			c.t.Errorf("%s\n got %q, want %q, %v", sql, got, want, err)
		}
	}
}

func (k *clerk) open(path string) page { k.t.Helper(); return k.page(k.http.Get(k.at + path)) }

// A village that was merged is told by the name of what stands for it; a number whose check digit is wrong is taken only
// with the reason and a scan, and who took it is recorded; a file of the same name is told from the first.
func TestANumberIsTakenOnlyWithItsPaper(t *testing.T) {
	t.Parallel()
	odd := wrongDigit(idNumber("42122319800315003"))
	head := []any{"村（社区）", "户", "姓名", "身份证号码", "住房面积", "合作社统一社会信用代码", "号码无误的理由"}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := files(t, d)
		k := c.as("street-officer")
		send := func(name string, why string, fields ...string) page {
			rows := [][]any{head, {"石桥村村委会", "1组1号", "", "", "70", "", ""}, {merged, "1组1号", "", "", "70", "", ""}, {"火星村", "1组1号", "", "", "70", "", ""},
				{"柳溪村村委会", "1组2号", "王某丙", odd, "60", "91350100M000100Y43", why}, {"柳溪村村委会", "1组3号", "", "", "50", "91350100M000100Y44", ""}}
			return k.brings("/table/import", name, spread(t, rows, nil), append([]string{"form", c.form}, fields...)...)
		}
		p := send("登记.xlsx", "证件上就是这样")
		for _, want := range []string{"2 村（社区） “石桥村村委会”只到2025-02-28为止，现在是“柳溪村村委会”（" + second + "）", "3 村（社区） “石桥村村委会”只到", "4 村（社区） “火星村”不是您的村",
			"5 身份证号码 身份证号有一位写错了", "5 身份证号码 证件上就是这个号码的", "6 合作社统一社会信用代码 统一社会信用代码有一位写错了", "0 行可以导入，5 行有问题"} {
			if !strings.Contains(p.text, want) {
				t.Errorf("not told: %s\n%s", want, p.text)
			}
		}
		p = send("登记.xlsx", "证件上就是这样", "@scan", onePixel)
		for _, want := range []string{"1 行可以导入，4 行有问题", "以前也带来过同名或者内容一样的文件", "新填了 2 格"} {
			if !strings.Contains(p.text, want) {
				t.Errorf("with a scan, not told: %s\n%s", want, p.text)
			}
		}
		var by, reason, name string
		if err := d.Row(t.Context(), `SELECT by_person, reason, scan_name FROM unchecked`, nil, &by, &reason, &name); err != nil || by != "street-officer" || reason != "证件上就是这样" || name == "" {
			t.Errorf("who took it and why: %q %q %q %v", by, reason, name, err)
		}
		if got := c.as("village-officer").open(p.at); got.status != 404 {
			t.Errorf("another body sees the file: %d", got.status)
		}
		if got := c.as("officer").brings("/table/import", "登记.xlsx", spread(t, [][]any{head}, nil), "form", c.form); got.status != 404 {
			t.Errorf("a department brings rows: %d", got.status)
		}
	})
}

// idNumber is seventeen digits with the check character of GB 11643.
func idNumber(n string) string {
	sum := 0
	for i, w := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(n[i]-'0') * w
	}
	return n + string("10X98765432"[sum%11])
}

func wrongDigit(n string) string {
	if n[17] == '1' {
		return n[:17] + "2"
	}
	return n[:17] + "1"
}

// onePixel is a picture as small as one can be.
var onePixel = func() string {
	var b bytes.Buffer
	png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)))
	return b.String()
}()

// A long file is read behind; the page says how far it is and renews itself. The program stops in the middle: the next
// one goes on behind the last row that was stored, and no row is taken twice.
func TestALongFileSurvivesARestart(t *testing.T) {
	t.Parallel()
	rows := [][]any{{"村（社区）", "户", "住房面积"}}
	for i := range 3000 {
		rows = append(rows, []any{[]string{"桃溪社区居委会", "柳溪村村委会"}[i%2], fmt.Sprintf("%d组%d号", i%20+1, i), fmt.Sprint(40 + i%200)})
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := files(t, d)
		k := c.as("street-officer")
		p := k.brings("/table/import", "全镇.xlsx", spread(t, rows, nil), "form", c.form)
		if !strings.Contains(p.text, "正在读：0 / 3001 行") {
			t.Fatalf("how far: %s", p.text)
		}
		stopped, stop := stopWhen(t, c)
		if err := c.ReadFiles(stopped); err == nil {
			t.Error("the reading was not stopped")
		}
		stop()
		var done, cells int
		c.ok(d.Row(t.Context(), `SELECT MAX(done) FROM brought`, nil, &done))
		c.ok(d.Row(t.Context(), `SELECT COUNT(*) FROM cell`, nil, &cells))
		if done == 0 || done >= 3000 || cells != done-1 {
			t.Errorf("stopped at row %d with %d cells", done, cells)
		}
		c.ok(c.ClearBrought(t.Context())) // nothing goes that the next reader needs
		if p := k.open(p.at); !strings.Contains(p.text, fmt.Sprintf("正在读：%d / 3001 行", done)) {
			t.Errorf("after the stop: %s", p.text)
		}
		c.ok(c.ReadFiles(t.Context()))
		k = c.as("street-officer")
		if p := k.open(p.at); !strings.Contains(p.text, "3000 行可以导入，0 行有问题") || !strings.Contains(p.text, "新填了 3000 格") {
			t.Errorf("at the end: %s", p.text)
		}
		var events, homes int
		c.ok(d.Row(t.Context(), `SELECT (SELECT COUNT(*) FROM cell_event), (SELECT COUNT(*) FROM subject)`, nil, &events, &homes))
		if events != 3000 || homes != 3000 {
			t.Errorf("%d entries of %d households", events, homes)
		}
		c.ok(c.ClearBrought(t.Context()))
		if n := c.blobs(); n != 0 {
			t.Errorf("%d files lie there after the reading", n)
		}
	})
}

// stopWhen is a context that ends when the page of the file says that some of it was stored.
func stopWhen(t *testing.T, c *counter) (stopped context.Context, stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for ctx.Err() == nil {
			var done int
			if c.DB.Row(t.Context(), `SELECT MAX(done) FROM brought`, nil, &done) == nil && done > 300 {
				cancel()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	return ctx, cancel
}
