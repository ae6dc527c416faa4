package tests

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"jishi/base/db"
	"jishi/module/price"
	"jishi/people/division"
)

// What the water bureau asks: twenty-two fields that somebody knows, in its own words, and eight that nobody does. Four
// of these stand in the catalogue, four are nothing that it has.
var (
	knownFields = [][2]string{{"村名", "place.name"}, {"所在乡镇", "place.town"}, {"村民小组数", "place.groups"}, {"户籍人口数", "pop.registered"}, {"户籍户数", "pop.households"},
		{"60岁以上老年人数", "pop.age60"}, {"通自来水户数", "fac.water-households"}, {"自来水普及率", "fac.water"}, {"集中供水工程数", "fac.water-plants"},
		{"山塘堰塘口数", "fac.ponds"}, {"泵站数", "fac.pumps"}, {"灌溉渠道长度", "fac.canals"}, {"饮用水水源地数", "env.water-source"}, {"河道长度", "env.river-length"},
		{"巡河次数", "env.patrols"}, {"易涝点数", "safe.flood"}, {"山洪威胁区人数", "safe.flood-people"}, {"安全隐患排查数", "safe.hazards"}, {"卫生厕所户数", "health.toilets"},
		{"农房总数", "house.total"}, {"耕地面积", "land.arable"}, {"生猪存栏数", "farm.pigs"}}
	newFields = [][2]string{{"常住户数", "pop.resident-households"}, {"自然村数", "place.natural"}, {"通电户数", "fac.power"}, {"网格数", "gov.grids"},
		{"蓄水池清洗几次", "-"}, {"入户水表损坏", "-"}, {"水质投诉", "-"}, {"冬季管道冻裂", "-"}}
)

// One form through all hands, in real browsers: the water bureau brings thirty fields, of which twenty-two are known; the
// county admits eight; a village fills eight cells on phones whose network goes and comes; two other departments get
// their own spreadsheets; a third department asks the same thirty and is refused with the first one's data; the leaders
// see the hours saved and follow the figure down to the cell.
func TestThirtyFieldsAreAskedAsEight(t *testing.T) {
	t.Parallel()
	b := burdenStory(t)
	b.asksThirty()
	b.admitted()
	others := b.othersBring()
	b.fillsEight()
	for _, o := range others {
		b.getsItsOwn(o)
	}
	b.asksAgain()
	b.priced()
	b.withoutAScript()
}

// burden is the demonstration whose own forms step back, so that this one can be counted.
type burden struct {
	t     *testing.T
	h     *house
	d     *db.DB
	at    *visitor // at a desk
	place string
	water string // address of the form
	file  []byte
}

func burdenStory(t *testing.T) *burden {
	t.Helper()
	data := demoData(t)
	b := &burden{t: t, h: start(t, "demo", "--data", data)}
	var err error
	if b.d, err = db.Open(t.Context(), "sqlite:"+filepath.Join(data, "jishi.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.d.Close() })
	err = b.d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE form SET state = 'ended'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.d.Row(t.Context(), `SELECT division FROM org WHERE id = 'village-1-1'`, nil, &b.place); err != nil {
		t.Fatal(err)
	}
	b.at = visit(t, b.h, desktop)
	b.at.open("/demo")
	return b
}

// now signs in as the role and opens the page.
func (b *burden) now(role, path string) {
	b.t.Helper()
	if got := ask[int](b.at, fmt.Sprintf(`fetch("/demo/sign-in", {method: "POST", body: new URLSearchParams({as: %s})}).then(r => r.status)`, quote(role))); got != 200 {
		b.t.Fatalf("signing in as %s: %d", role, got)
	}
	b.at.open(path)
}

// layout is a department's own spreadsheet: a title over all columns, a header, a note beneath.
func layout(t *testing.T, title string, labels ...string) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	last, _ := excelize.ColumnNumberToName(len(labels) + 1)
	row := []any{"序号"}
	for _, l := range labels {
		row = append(row, l)
	}
	for _, err := range []error{f.SetCellStr("Sheet1", "A1", title), f.MergeCell("Sheet1", "A1", last+"1"), f.SetSheetRow("Sheet1", "A2", &row),
		f.SetColWidth("Sheet1", "B", last, 17), f.SetSheetName("Sheet1", "报表")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	out, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// brings registers the spreadsheet and says of each field what it is, looking only at those whose suggestion is wrong.
func (b *burden) brings(role, title, period string, file []byte, fields [][2]string) {
	b.t.Helper()
	b.now(role, "/collect/new")
	b.at.fill(map[string]string{"basis": "水法第三十三条", "purpose": "掌握农村供水和防汛", "level": "village", "period": period})
	ask[string](b.at, fmt.Sprintf(`(function (text, name) {
		const bag = new DataTransfer();
		bag.items.add(new File([Uint8Array.from(atob(text), c => c.charCodeAt(0))], name));
		document.querySelector('input[name="layout"]').files = bag.files;
		return "";
	})(%s, %s)`, quote(base64.StdEncoding.EncodeToString(file)), quote(title+".xlsx")))
	b.at.press("登记并核对")
	b.at.sees(title, fmt.Sprintf("还有 %d 个待确认", len(fields)))
	wrong := 0
	for i, x := range fields {
		name := "field" + strconv.Itoa(i+1)
		if got := ask[string](b.at, fmt.Sprintf(`document.querySelector('[name="%s"]:checked').value`, name)); got != x[1] {
			b.at.fill(map[string]string{name: x[1]})
			if x[1] != "-" {
				wrong++
			}
		}
	}
	if wrong > 1 {
		b.t.Errorf("%s: %d of %d first suggestions were wrong", title, wrong, len(fields))
	}
	b.at.press("确认这些栏目")
	b.at.press("交出")
}

func (b *burden) asksThirty() {
	all := slices.Concat(knownFields, newFields)
	var labels []string
	for _, x := range all {
		labels = append(labels, x[0])
	}
	b.file = layout(b.t, "农村饮水安全情况表", labels...)
	b.brings("county-water-officer", "农村饮水安全情况表", "quarter", b.file, all)
	b.at.sees("30 个栏目，22 个已有，8 个要新填，复用率 73.3%")
	b.at.keep("form-report")
	b.water = b.at.path()
}

// admitted: what it would cost is seen before anyone decides; both desks consent; then it is on the list.
func (b *burden) admitted() {
	id := strings.TrimPrefix(b.water, "/collect/form/")
	b.now("county-data-officer", "/price/form/"+id)
	b.at.sees("还没有列入清单", "每月增加", "落到谁头上")
	for _, x := range [][2]string{{"county-data-officer", "数据局同意"}, {"county-social-officer", "社会工作部同意"}} {
		b.now(x[0], b.water)
		b.at.press("准入的办理经过")
		b.at.press(x[1])
		b.at.confirm(nil)
	}
	b.at.sees("已列入清单")
	b.now("village-1-1-officer", "/collect?list=listed")
	b.at.sees("农村饮水安全情况表")
}

// othersBring: two departments bring forms of their own layout before the village has filled anything. All they want is
// known or just being asked, so both are refused and may take what comes.
func (b *burden) othersBring() []own {
	list := []own{
		{role: "county-agriculture-officer", title: "农业用水年报", fields: [][2]string{{"村名", "place.name"}, {"自然村数", "place.natural"}, {"耕地面积", "land.arable"}, {"灌溉渠道长度", "fac.canals"}, {"生猪存栏数", "farm.pigs"}}},
		{role: "county-emergency-officer", title: "村组通电年报", fields: [][2]string{{"网格数", "gov.grids"}, {"村名", "place.name"}, {"通电户数", "fac.power"}, {"常住户数", "pop.resident-households"}, {"易涝点数", "safe.flood"}}},
	}
	for i := range list {
		o := &list[i]
		var labels []string
		for _, x := range o.fields {
			labels = append(labels, x[0])
		}
		o.file = layout(b.t, o.title, labels...)
		b.brings(o.role, o.title, "year", o.file, o.fields)
		b.at.sees("5 个已有，0 个要新填", "按本单位的表样下载")
		o.at = b.at.path()
	}
	return list
}

// own is a department's form with its own layout.
type own struct {
	role, title, at string
	file            []byte
	fields          [][2]string
}

// fillsEight: the page opens again without a network, what was typed stands in its cells, and every cell arrives once.
// Another officer's phone, offline too, wrote one of them differently: both values stand there, and a person decides.
func (b *burden) fillsEight() {
	before := b.events("village-1-1")
	first, second := visit(b.t, b.h, phone), visit(b.t, b.h, phone)
	first.as("village-1-1-officer")
	second.as("village-1-1-head")
	for _, v := range []*visitor{first, second} {
		v.open("/table/" + b.place)
		v.sees("要填 8 格", "已经知道的")
		v.until("the worker", `navigator.serviceWorker.ready.then(r => !!r.active)`)
		v.open("/table/" + b.place) // now the worker keeps it
		v.until("the page kept", `caches.open("jishi-table").then(c => c.keys()).then(k => k.some(x => x.url.endsWith("/table/`+b.place+`")))`)
		v.cut(true)
	}
	first.keep("table")
	for i := range 8 {
		first.fill(map[string]string{fmt.Sprint("v", i): fmt.Sprint(100 + i)})
	}
	second.fill(map[string]string{"v0": "７"}) // a full-width seven, and no network either
	for v, n := range map[*visitor]int{first: 8, second: 1} {
		v.until("kept on the phone", fmt.Sprintf(`Array.from(document.querySelectorAll(".cell .state")).filter(e => e.textContent.includes("存在本机")).length === %d`, n))
	}
	first.keep("table-offline")
	if n := b.events("village-1-1"); n != before {
		b.t.Fatalf("without a network %d entries arrived", n-before)
	}
	first.open("/table/" + b.place) // closed and opened again, still without a network
	first.until("what was typed stands in its cell", `document.querySelector("[name=v7]").value === "107"`)
	for _, v := range []*visitor{first, second} {
		v.cut(false)
		v.until("everything sent", `document.querySelector("#sync").textContent.includes("全部送达")`)
	}
	if n := b.events("village-1-1"); n != before+9 {
		b.t.Errorf("%d entries arrived, 9 were typed", n-before)
	}
	second.until("the conflict is told", `document.querySelector(".cell .state").textContent.includes("要裁定")`)
	second.open("/table/" + b.place)
	second.sees("要裁定 1 格", "100", "7")
	second.keep("table-conflict")
	second.fill(map[string]string{"value": "100"})
	second.press("就用选的这个")
	second.sees("已裁定")
	first.open("/table/" + b.place)
	first.sees("现在没有要填的")
}

// events counts what was ever written into the table of the village.
func (b *burden) events(village string) (n int) {
	b.t.Helper()
	err := b.d.Row(b.t.Context(), `SELECT COUNT(*) FROM cell_event WHERE place = (SELECT division FROM org WHERE id = $1) AND act <> 'settle'`, []any{village}, &n)
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

// getsItsOwn compares the department's file with what stands in the table and with the file that it brought: every
// village has its row, every cell its value, and nothing else moved.
func (b *burden) getsItsOwn(o own) {
	b.t.Helper()
	b.now(o.role, o.at)
	text := ask[string](b.at, `fetch(document.querySelector('a[href$="/layout.xlsx"]').href).then(r => r.blob()).then(x => new Promise(done => {
		const reader = new FileReader();
		reader.onload = () => done(reader.result.split(",")[1]);
		reader.readAsDataURL(x);
	}))`)
	given, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		b.t.Fatal(err)
	}
	was, is := grid(b.t, o.file), grid(b.t, given)
	if len(was) != 2 || !slices.Equal(is[0], was[0]) || !slices.Equal(is[1], was[1]) {
		b.t.Fatalf("%s: the head of the layout moved: %v", o.title, is[:min(len(is), 2)])
	}
	values, villages := b.values()
	name := 1 + slices.IndexFunc(o.fields, func(x [2]string) bool { return x[1] == "place.name" })
	filled := 0
	for _, row := range is[2:] {
		place := villages[row[name]]
		delete(villages, row[name])
		for i, x := range o.fields {
			element := x[1]
			if element == "-" {
				element = fmt.Sprintf("%s#%d", strings.TrimPrefix(b.water, "/collect/form/"), i+1)
			}
			got := ""
			if i+1 < len(row) {
				got = row[i+1]
			}
			if got != values[[2]string{place, element}] {
				b.t.Errorf("%s: %s of %s is %q, the table says %q", o.title, x[0], row[name], got, values[[2]string{place, element}])
			}
			if got != "" {
				filled++
			}
		}
		if len(row) > len(o.fields)+1 || row[0] != "" {
			b.t.Errorf("%s: more in the row than was asked: %v", o.title, row)
		}
	}
	if len(villages) != 0 || filled < len(is[2:]) {
		b.t.Errorf("%s: %d villages have no row, %d cells are filled", o.title, len(villages), filled)
	}
}

// values are the cells of all places, and the villages by their names.
func (b *burden) values() (values map[[2]string]string, villages map[string]string) {
	b.t.Helper()
	values, villages = map[[2]string]string{}, map[string]string{}
	err := b.d.Each(b.t.Context(), `SELECT place, element, value FROM cell WHERE subject = '' AND stands > 0`, nil, func(scan func(...any) error) error {
		var place, element, value string
		err := scan(&place, &element, &value)
		values[[2]string{place, element}] = value
		if element == "place.name" && division.KindOf(place) == division.Village {
			villages[value] = place
		}
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return values, villages
}

// grid is the sheet of a department's layout as text; other sheets must not have come.
func grid(t *testing.T, file []byte) [][]string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("报表", excelize.Options{RawCellValue: true})
	merged, err2 := f.GetMergeCells("报表")
	width, err3 := f.GetColWidth("报表", "B")
	if err != nil || err2 != nil || err3 != nil || len(merged) != 1 || merged[0].GetStartAxis() != "A1" || width != 17 || len(f.GetSheetList()) != 1 {
		t.Fatalf("the layout is not the department's: %v %v %v, %d merged, width %v, %v", err, err2, err3, len(merged), width, f.GetSheetList())
	}
	return rows
}

// asksAgain: a third department brings the same thirty fields. It is refused, and has the first one's data at once, what
// the village filled for the first one included.
func (b *burden) asksAgain() {
	all := slices.Concat(knownFields, newFields)
	b.brings("county-health-officer", "农村饮水安全情况表", "quarter", b.file, all)
	b.at.sees("重复登记", "30 个已有，0 个要新填", "按本单位的表样下载")
	b.at.keep("form-refused")
	b.getsItsOwn(own{role: "county-health-officer", title: "农村饮水安全情况表", at: b.at.path(), file: b.file, fields: all})
	b.now("village-1-1-officer", "/table/"+b.place)
	b.at.sees("现在没有要填的")
}

// priced: 36 villages, thirty fields of which eight are asked, four times a year, ninety seconds a cell.
func (b *burden) priced() {
	b.now("county-gov-head", "/price")
	b.at.sees("农村饮水安全情况表", "8 / 30", "每月省下 6.6 小时", "〔非法律规定〕")
	b.at.keep("price")
	b.at.press("农村饮水安全情况表")
	b.at.sees("288 × 4 × 1分30秒 ÷ 12 = 2.4 小时", "（1080 − 288）× 4 × 1分30秒 ÷ 12 = 6.6 小时", fmt.Sprintf("填报还不到 %d 次", price.Floor))
	b.at.press("常住户数")
	b.at.sees("1 / 3")
	for range 2 { // the township, then the village
		b.at.pressOf("", "tbody th a")
	}
	b.at.sees("谁写过什么", "裁定")
	b.at.keep("price-cell")
	b.at.open("/saved")
	b.at.sees("每月省下 6.6 小时", "22 个已经知道")
	b.at.open("/price/cart")
	b.at.sees("最重的十项")
	b.at.keep("cart")
}

// withoutAScript: the table is a form then. What is wrong comes back with its reason, and the rest is saved.
func (b *burden) withoutAScript() {
	v := visit(b.t, b.h, plain)
	v.as("village-1-2-officer")
	v.open("/table")
	n := ask[int](v, `document.querySelectorAll("#fill .cell").length`)
	before := b.events("village-1-2")
	v.fill(map[string]string{"v0": "12", "v1": "十二", "v2": "１，３00"})
	v.press("保存已填的")
	v.sees("还不能提交", "要填数字", fmt.Sprintf("要填 %d 格", n-2))
	if n := b.events("village-1-2") - before; n != 2 {
		b.t.Errorf("%d cells were saved, two are right", n)
	}
	if got := v.path(); !strings.HasPrefix(got, "/table/") {
		b.t.Errorf("the page is at %s", got)
	}
	ask[bool](v, `document.querySelectorAll("details").forEach(d => d.open = true), true`)
	v.press("格都没变")
	v.sees("已保存")
}
