package tests

import (
	"bytes"
	"context"
	"html"
	"io"
	"mime/multipart"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"jishi/api/apitest"
	"jishi/base/blob"
	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/work/matter"
)

// blobs are how many files lie in the store.
func (c *counter) blobs() (n int) {
	c.t.Helper()
	c.ok(c.Blobs.Each(func(blob.Ref) error { n++; return nil }))
	return n
}

// A file with people's rows goes as soon as it was read, its marked-up rows when their time is over; that they went is
// told. Whoever keeps the same file as an attachment keeps it, and a crash between the record and the removal leaves
// the rest to the next round.
func TestABroughtFileEnds(t *testing.T) {
	t.Parallel()
	rows := spread(t, [][]any{{"村（社区）", "户", "住房面积"}, {"桃溪社区居委会", "3组12号", "90"}, {"桃溪社区居委会", "3组13号", "很大"}}, nil)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := files(t, d)
		k := c.as("street-officer")
		kept, err := c.Blobs.Put(t.Context(), bytes.NewReader(rows), 1<<20) // somebody's attachment
		c.ok(err)
		p := k.brings("/table/import", "登记.xlsx", rows, "form", c.form)
		again := k.brings("/table/import", "登记.xlsx", rows, "form", c.form)
		if !strings.Contains(again.text, "内容一样") || c.blobs() != 5 {
			t.Fatalf("%d files lie there: %s", c.blobs(), again.text)
		}
		c.ok(d.Write(t.Context(), func(tx *db.Tx) error { // the first was recorded, then the power went
			return tx.Put(t.Context(), `UPDATE brought SET read_gone = $1`, c.Clock().UnixMilli())
		}))
		for range 2 {
			c.ok(c.ClearBrought(t.Context()))
		}
		if p := k.open(p.at); c.blobs() != 3 || !strings.Contains(p.text, "文件本身读完以后已于") || !strings.Contains(p.text, "标好问题的行保留到") {
			t.Errorf("%d files lie there after the reading: %s", c.blobs(), p.text)
		}
		if got := k.open(p.at + "/marked.xlsx"); got.status != 200 {
			t.Errorf("the marked rows: %d", got.status)
		}
		c.On(t, "2026-04-10")
		c.ok(c.ClearBrought(t.Context()))
		k = c.as("street-officer")
		if p := k.open(p.at); !strings.Contains(p.text, "已于4月10日") || !strings.Contains(p.text, "1 行有问题") {
			t.Errorf("after a month: %s", p.text)
		}
		if got := k.open(p.at + "/marked.xlsx"); got.status != 404 || !strings.Contains(got.text, "再导入一次") {
			t.Errorf("the marked rows after a month: %d %s", got.status, got.text)
		}
		if !c.Blobs.Has(kept.Hash) || c.blobs() != 1 {
			t.Errorf("the attachment is there: %v, of %d", c.Blobs.Has(kept.Hash), c.blobs())
		}
	})
}

// Files that came before bytes were removed lie under the hash of their bytes: they end too, with a record, but not what
// an attachment, a form or a file that waits has under the same name, nor what somebody put again.
func TestAnOldBroughtFileEnds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := files(t, d)
		put := func(text string) string {
			ref, err := c.Blobs.Put(t.Context(), strings.NewReader(text), 1<<10)
			c.ok(err)
			return ref.Hash
		}
		old := func(id, hash, marked string, ended bool) {
			c.ok(d.Write(t.Context(), func(tx *db.Tx) error {
				return tx.Put(t.Context(), `INSERT INTO brought (id, what, org, name, hash, total, done, good, bad, faults, marked, ended, by_person, at, lies, ended_at)
					VALUES ($1, 'rows', 'street', $1, $2, 2, 2, 1, 1, '[]', $3, $4, 'street-officer', $5, $2, $5)`, id, hash, marked, ended, c.Clock().UnixMilli())
			}))
		}
		rows, marked, attached, layout, both := put("rows"), put("marked"), put("attached"), put("layout"), put("both")
		old("1", rows, marked, true)
		old("2", attached, "", true)
		old("3", layout, "", true)
		old("4", both, "", true)
		old("5", put("waits"), "", false)
		old("6", both, rows, true) // the same bytes, and the others' as its marked rows
		_, err := c.File(t.Context(), actor.Nobody(words.ZH), desk.Filing{Token: desk.NewToken(), Class: "claim", Channel: "net", Who: vault.Identity{Name: "王秀兰", Phone: "13900001234"},
			With: map[string]string{"title": "楼道漏水", "what": "三号楼漏水", "place": apitest.County}, Files: []matter.File{{Hash: attached, Name: "照片.txt", Type: "text/plain", Size: 8}}})
		c.ok(err)
		c.ok(d.Write(t.Context(), func(tx *db.Tx) error {
			return tx.Put(t.Context(), `UPDATE form SET layout = $1 WHERE id = $2`, layout, c.form)
		}))
		lie := func(names ...string) (n int) {
			for _, name := range names {
				if c.Blobs.Has(name) {
					n++
				}
			}
			return n
		}
		all := c.blobs()
		c.On(t, "2026-04-10") // their time is over; the bytes were put a moment ago by the clock of the disk
		c.ok(c.ClearBrought(t.Context()))
		if n := c.blobs(); n != all {
			t.Fatalf("%d of %d lie there: what was just put went", n, all)
		}
		c.On(t, string(calendar.DayOf(time.Now()).AddMonths(2)))
		c.ok(c.ClearBrought(t.Context()))
		if lie(rows, marked, both) != 0 || lie(attached, layout) != 2 || c.blobs() != all-3 {
			t.Errorf("%d of those that end lie there, %d of those that stay, %d in all", lie(rows, marked, both), lie(attached, layout), c.blobs())
		}
		var told, waits int
		c.ok(d.Row(t.Context(), `SELECT COUNT(*) FILTER (WHERE read_gone > 0 AND lies = '' AND marked = ''), COUNT(*) FILTER (WHERE id = '5' AND read_gone = 0 AND lies = hash) FROM brought`, nil, &told, &waits))
		if told != 5 || waits != 1 {
			t.Errorf("%d are recorded as gone, %d waits", told, waits)
		}
		if p := c.as("street-officer").open("/brought/1"); !strings.Contains(p.text, "文件本身读完以后已于") || !strings.Contains(p.text, "按保存期限删除") {
			t.Errorf("what is told of it: %s", p.text)
		}
	})
}

// A department's form with a hidden row and failed formulas is registered with what could be read; the rows to put right
// come back marked, and are found again among the files that were brought.
func TestAFormsFaultsComeBackMarked(t *testing.T) {
	t.Parallel()
	form := spread(t, [][]any{{"农房年报"}, {"村名", "户数", "危房户数"}, {"旧村", "1", "2"}, {"桃溪社区", "", ""}}, func(f *excelize.File) {
		for _, err := range []error{f.SetRowVisible("Sheet1", 3, false), f.SetCellStr("Sheet1", "B4", "#REF!"), f.MergeCell("Sheet1", "A1", "C1")} {
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := files(t, d)
		k := c.as("officer")
		p := k.brings("/collect/new", "年报.xlsx", form, "level", "village", "period", "year", "basis", "b", "purpose", "p")
		if !strings.Contains(p.text, "B4的公式出错") || !strings.Contains(p.text, "下载标好问题的表") {
			t.Fatalf("%d %s", p.status, p.text)
		}
		list := k.open("/brought")
		if !strings.Contains(list.text, "读到 3 个栏目，2 行要改正") {
			t.Errorf("among the files: %s", list.text)
		}
		got := k.marked(p)
		if len(got) != 3 || strings.Join(got[0][:3], " ") != "村名 户数 危房户数" || !strings.Contains(strings.Join(got[1], " "), "隐藏行") || !strings.Contains(strings.Join(got[2], " "), "公式出错（#REF!）") || got[2][4] != "4" {
			t.Errorf("the marked rows: %q", got)
		}
		c.ok(c.ClearBrought(t.Context()))
		if again := k.marked(p); len(again) != 3 { // the layout stays with its form, the marked rows for their time
			t.Errorf("after the clearing: %q", again)
		}
	})
}

// Numbers typed on a page are checked by their digit as those of a file are: a wrong one is told with what to do, and taken
// with a reason and a scan, which are kept; what stands can be confirmed afterwards without either.
func TestATypedNumberIsChecked(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := files(t, d)
		k := c.as("village-officer")
		right, wrong := idNumber("11010119900307401"), wrongDigit(idNumber("11010119900307401"))
		add := "/table/" + first + "/homes/new?form=" + c.form
		for _, sure := range []string{"", "证件上就是这样"} { // a reason alone is not enough
			if p := k.fills(add, "", "label", "3组12号", "name", "王某", "id-number", wrong, "sure", sure); p.status != 422 || !strings.Contains(p.text, "带上证件的扫描件") {
				t.Fatalf("a wrong digit with the reason %q: %d %s", sure, p.status, p.text)
			}
		}
		if p := k.fills(add, onePixel, "label", "3组12号", "name", "王某", "id-number", wrong, "sure", "证件上就是这样"); p.status != 200 {
			t.Fatalf("with a scan: %d %s", p.status, p.text)
		}
		if p := k.fills(add, "", "label", "3组13号", "name", "李某", "id-number", right); p.status != 200 {
			t.Fatalf("a right number: %d %s", p.status, p.text)
		}
		cell := "/table/" + first + "/cell"
		code := []string{"element", "org.code", "act", "fill", "value", "91420000MA49000000", "seq", "0"}
		if p := k.fills(cell, "", code...); p.status != 422 || !strings.Contains(p.text, "带上证件的扫描件") {
			t.Fatalf("a credit code: %d %s", p.status, p.text)
		}
		if p := k.fills(cell, onePixel, append(code, "sure", "登记证上就是这样")...); p.status != 200 {
			t.Fatalf("a credit code with a scan: %d %s", p.status, p.text)
		}
		code[3], code[7] = "confirm", "1"
		if p := k.fills(cell, "", code...); p.status != 200 {
			t.Errorf("confirmed later: %d %s", p.status, p.text)
		}
		var people, codes int
		c.ok(d.Row(t.Context(), `SELECT COUNT(*) FILTER (WHERE element = '' AND subject <> ''), COUNT(*) FILTER (WHERE element = 'org.code' AND subject = '') FROM unchecked WHERE scan <> '' AND reason <> '' AND by_person = 'village-officer'`, nil, &people, &codes))
		if people != 1 || codes != 1 {
			t.Errorf("kept: %d persons' numbers, %d codes", people, codes)
		}
	})
}

// fills sends a form with a scan, if any.
func (k *clerk) fills(path, scan string, fields ...string) page {
	k.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		w.WriteField(fields[i], fields[i+1])
	}
	w.WriteField("token", desk.NewToken())
	if scan != "" {
		part, err := w.CreateFormFile("scan", "证件.png")
		k.ok(err)
		io.WriteString(part, scan)
	}
	k.ok(w.Close())
	return k.page(k.http.Post(k.at+path, w.FormDataContentType(), &b))
}

// heard keeps what would have been sent to a telephone.
type heard struct{ text string }

func (x *heard) Send(_ context.Context, _, text string) error { x.text = text; return nil }

// From the cell to the person and back: a village brings what it knows of somebody, the person signs in with their number,
// sees it and who looked, says that it is wrong, and sees it corrected after the village has decided.
func TestAPersonHasTheirCellCorrected(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := files(t, d)
		sent := &heard{}
		c.Desk.Channel = sent
		village := c.as("village-officer")
		village.brings("/table/import", "登记.xlsx", spread(t, [][]any{{"户", "姓名", "身份证号码", "电话", "救助金额"},
			{"3组12号", "王某", idNumber("11010119900307401"), "19900009907", 100}, {"3组13号", "李某", idNumber("11010119910307401"), "19900009908", 300}}, nil), "form", c.form)

		me := c.as("")
		me.sends("/follow/phone", "phone", "19900009907")
		code := regexp.MustCompile(`[0-9]{6}`).FindString(sent.text)
		me.sends("/follow/code", "phone", "19900009907", "otp", code)
		if p := me.open("/me"); !strings.Contains(p.html, `href="/held"`) {
			t.Fatalf("what is held about me: %d %s", p.status, p.text)
		}
		p := me.open("/held")
		ask := regexp.MustCompile(`href="(/held/correct[^"]+person.aid[^"]*)"`).FindStringSubmatch(p.html)
		if !strings.Contains(p.text, "救助金额") || !strings.Contains(p.text, "100") || strings.Contains(p.text, "300") || ask == nil {
			t.Fatalf("the cells: %s", p.text)
		}
		if p := me.sends(html.UnescapeString(ask[1]), "value", "120", "reason", "存折上是一百二十元"); p.status != 200 {
			t.Fatalf("asking: %d %s", p.status, p.text)
		}
		if p := me.open("/held"); !strings.Contains(p.text, "已请求更正") || !strings.Contains(p.text, "100") {
			t.Errorf("until it is decided: %s", p.text)
		}

		ruling := regexp.MustCompile(`href="(/contested/[^"]+)"`).FindStringSubmatch(village.open("/contested").html)
		if ruling == nil {
			t.Fatalf("nothing is to be decided: %s", village.open("/contested").text)
		}
		p = village.open(ruling[1])
		fields := []string{"value", "120"}
		for _, name := range []string{"element", "period", "subject", "seq"} {
			x := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(p.html)
			if x == nil {
				t.Fatalf("the page of the ruling has no %s: %s", name, p.html)
			}
			fields = append(fields, name, x[1])
		}
		village.sends("/table/"+first+"/decide", fields...)
		if p := me.open("/held"); !strings.Contains(p.text, "120") || strings.Contains(p.text, "已请求更正") || !strings.Contains(p.text, "桃溪社区居委会") {
			t.Errorf("corrected: %s", p.text)
		}
	})
}

// sends sends a form.
func (k *clerk) sends(path string, fields ...string) page {
	k.t.Helper()
	form := url.Values{"token": {desk.NewToken()}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return k.page(k.http.PostForm(k.at+path, form))
}
