package api_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"jishi/api/apitest"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
)

const taoxi = "421223100001"

// catalogue is what the data authority brings: the third row has a type that there is not.
const catalogue = `编号,名称,定义,类型,单位,对象,数源单位,共享属性,敏感程度
place.name,村名,村（社区）的名称,文字,,村（社区）,县城管局,无条件共享,公开
place.homes,户籍户数,在册的户,整数,户,村（社区）,县城管局,无条件共享,公开
place.odd,怪数,写错的一行,怪,,村（社区）,,无条件共享,公开
house.old,危房户数,鉴定为C级和D级的户,整数,户,村（社区）,,无条件共享,公开
house.income,家庭年收入,一户一年的收入,整数,元,户,,有条件共享,个人信息
person.illness,所患疾病,医院诊断的疾病,文字,,人,,不予共享,敏感个人信息
`

// collects is the county with a data authority, a town, and whoever calls with the scope of the one table.
func collects(t *testing.T, d *db.DB) *county {
	c := open(t, d)
	c.settles(t, d, division.Division{Code: "421223100000", Parent: apitest.County, Name: "天城镇"}, division.Division{Code: taoxi, Parent: "421223100000", Name: "桃溪社区居委会"})
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		if err := org.Put(t.Context(), tx, org.Org{ID: "data", Name: "县数据局", Kind: org.Department, Line: desk.DataLine, Division: apitest.County, Level: org.County, Parent: "gov", From: "2020-01-01"}); err != nil {
			return err
		}
		if err := actor.PutPerson(t.Context(), tx, actor.Person{ID: "data-officer", Name: "钱数据"}); err != nil {
			return err
		}
		if err := actor.PutPost(t.Context(), tx, "data-officer", actor.Post{ID: "data-officer", Org: "data", Title: "科员", Powers: []actor.Power{actor.Handle}, From: "2020-01-01"}); err != nil {
			return err
		}
		return actor.PutAccount(t.Context(), tx, "data-officer", "data-officer", c.Clock().UnixMilli())
	})
	if err == nil {
		err = c.Offices.Reload(t.Context(), d, c.Today())
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// at the table: with the scope that reads and writes cells.
func (c *county) atTable(person string) client {
	return client{t: c.t, url: c.url, token: c.Token(c.t, person, "matters:read", "matters:write", "table", "file")}
}

// ownLayout is a department's spreadsheet: a title over a header.
func ownLayout(t *testing.T, title string, header ...any) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range [][]any{{title}, header} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	out, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(out.Bytes())
}

// sheetRows are the rows of the first sheet.
func sheetRows(t *testing.T, b []byte) [][]string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("no spreadsheet: %v: %.200s", err, b)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// brings sends a file with other parts, and must be answered with the status.
func (c client) brings(status int, path, name, content string, more ...string) answer {
	c.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i+1 < len(more); i += 2 {
		w.WriteField(more[i], more[i+1])
	}
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		c.t.Fatal(err)
	}
	return c.must(status, "POST", path, b.String(), "Content-Type", w.FormDataContentType())
}

// brings registers the form, says of each field what it is and hands it in; what is said of the form comes back.
func (c *county) brings(who client, title string, elements ...string) answer {
	c.t.Helper()
	t := c.t.(*testing.T)
	f := who.must(201, "POST", "/api/v1/collect/forms", m{"title": title, "basis": "农村危房改造工作要求", "purpose": "掌握农房安全", "level": "village", "period": "year",
		"name": title + ".xlsx", "file": ownLayout(t, title, "村名", "户籍户数", "危房户数", "鉴定机构")})
	at := "/api/v1/collect/forms/" + f.text("id")
	said := m{}
	for i, want := range elements {
		if got := f.text(fmt.Sprintf("fields.%d.matches.0.element", i)); want != "-" && got != want {
			t.Errorf("the first suggestion for field %d is %s, it is %s", i+1, got, want)
		}
		said[fmt.Sprint(i+1)] = want
	}
	who.must(422, "POST", at+"/hand-in", m{"class": "yearly"})
	who.must(200, "POST", at+"/fields", m{"seq": f.at("seq"), "fields": said})
	return who.must(200, "POST", at+"/hand-in", m{"class": "yearly"})
}

// A department brings a form and says what its fields are; what is known is told and not asked; the county admits the
// rest; the village fills it; the department takes its own layout with the values, and the next that asks the same is
// refused with a view. All of it by the interface alone.
func TestAFormIsAskedOnceByTheInterface(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := collects(t, d)
		data, housing, urban, village := c.atTable("data-officer"), c.atTable("officer"), c.atTable("urban-officer"), c.atTable("village-officer")

		housing.brings(403, "/api/v1/collect/element-files", "目录.csv", catalogue)
		b := data.brings(201, "/api/v1/collect/element-files", "目录.csv", catalogue)
		if b.text("good") != "5" || b.text("bad") != "1" || b.text("changed") != "5" || b.text("ended") != "true" || b.text("faults.0.row") != "4" {
			t.Fatalf("the catalogue: %s", b.body)
		}
		marked := sheetRows(t, data.must(200, "GET", "/api/v1/brought/"+b.text("id")+"/marked", nil).body)
		if len(marked) != 2 || !strings.Contains(strings.Join(marked[1], " "), "place.odd") {
			t.Errorf("the marked-up file: %v", marked)
		}
		housing.must(404, "GET", "/api/v1/brought/"+b.text("id"), nil)
		if list := data.must(200, "GET", "/api/v1/brought", nil); list.text("0.id") != b.text("id") {
			t.Errorf("what was brought: %s", list.body)
		}

		f := c.brings(housing, "农房年报", "place.name", "place.homes", "house.old", "-")
		if f.text("state") != "checked" || f.text("known") != "2" || f.text("new") != "2" || f.text("fields.1.holder") == "<nil>" {
			t.Fatalf("the overlap: %s", f.body)
		}
		c.press(data, f.text("matter"), "agree-data", nil)
		c.press(c.as("social-officer"), f.text("matter"), "agree-social", nil)

		if err := c.FollowForms(t.Context()); err != nil { // the program does it every little while
			t.Fatal(err)
		}
		c.fills(village, housing, f.text("id"))
		rows := sheetRows(t, housing.must(200, "GET", "/api/v1/collect/forms/"+f.text("id")+"/layout", nil).body)
		if len(rows) != 3 || strings.Join(rows[1], " ") != "村名 户籍户数 危房户数 鉴定机构" || strings.Join(rows[2][2:], " ") != "7 县质检站" {
			t.Errorf("its own layout: %v", rows)
		}

		again := c.brings(urban, "农房情况表", "place.name", "place.homes", "house.old", "-")
		if again.text("state") != "refused" || again.text("why") != "duplicate" {
			t.Fatalf("the same once more: %s", again.body)
		}
		view := sheetRows(t, urban.must(200, "GET", "/api/v1/collect/forms/"+again.text("id")+"/layout", nil).body)
		if len(view) != 3 || view[0][0] != "农房情况表" || view[2][2] != "7" {
			t.Errorf("the view of the refused: %v", view)
		}
		c.as("taker").must(404, "GET", "/api/v1/collect/forms/"+again.text("id"), nil)
		c.contests(village, urban)
		c.opensAHousehold(village, housing, data)
		c.isProducedWeekly(housing, urban, f.text("id"))
		c.isPriced(f.text("id"))
		c.isUnlearned(housing, data)
	})
}

// fills: the village sees what waits, writes one cell, and brings the other in a spreadsheet; a wrong row is handed back.
func (c *county) fills(village, other client, form string) {
	t := c.t.(*testing.T)
	t.Helper()
	table := village.must(200, "GET", "/api/v1/tables/"+taoxi, nil)
	waiting := map[string]int{}
	for i := range 2 {
		waiting[table.text(fmt.Sprintf("waiting.%d.element.title", i))] = i
	}
	if len(waiting) != 2 || table.at("waiting.2") != nil {
		t.Fatalf("what waits: %s", table.body)
	}
	i := waiting["危房户数"]
	cell := m{"token": desk.NewToken(), "element": table.at(fmt.Sprintf("waiting.%d.element.id", i)), "period": table.at(fmt.Sprintf("waiting.%d.period", i)), "act": "fill", "value": "7", "base": 0, "form": form}
	if r := village.must(200, "POST", "/api/v1/tables/"+taoxi+"/cells", m{"cells": []m{cell}}); r.text("cells.0.outcome") != "stands" {
		t.Fatalf("the cell: %s", r.body)
	}
	forms := village.must(200, "GET", "/api/v1/table-files", nil)
	if forms.text("forms.0.id") != form || forms.text("places.0") != taoxi {
		t.Fatalf("forms for which rows can be brought: %s", forms.body)
	}
	head := sheetRows(t, village.must(200, "GET", "/api/v1/table-files/"+form+"/template", nil).body)[0]
	head[0] = "村（社区）"
	rows := strings.Join(head[:1], "") + ",危房户数,鉴定机构\n桃溪社区居委会,7,县质检站\n桃源村,3,\n"
	other.brings(404, "/api/v1/table-files", "登记.csv", rows, "form", form)
	village.brings(422, "/api/v1/table-files", "登记.csv", rows)
	r := village.brings(201, "/api/v1/table-files", "登记.csv", rows, "form", form)
	if r.text("good") != "1" || r.text("bad") != "1" || r.text("changed") != "1" || r.text("marked") != "true" || r.text("faults.0.row") != "3" {
		t.Errorf("the rows: %s", r.body)
	}
}

// contests: the village says that a number of another body is wrong; that body, and nobody else, decides.
func (c *county) contests(village, source client) {
	t := c.t.(*testing.T)
	t.Helper()
	write := func(who client, more ...string) answer {
		cell := m{"token": desk.NewToken(), "element": "place.homes", "base": 0}
		for i := 0; i+1 < len(more); i += 2 {
			cell[more[i]] = more[i+1]
		}
		if seq, ok := cell["seq"].(string); ok {
			delete(cell, "seq")
			cell["base"] = json.Number(seq)
		}
		return who.must(200, "POST", "/api/v1/tables/"+taoxi+"/cells", m{"cells": []m{cell}})
	}
	write(source, "act", "share", "value", "812")
	if no := write(village, "act", "contest", "value", "many", "reason", "在册的"); no.text("cells.0.errors.0.pointer") != "#/cells/0/value" {
		t.Errorf("no number: %s", no.body)
	}
	if no := write(village, "act", "contest", "value", "815"); no.text("cells.0.errors.0.pointer") != "#/cells/0/reason" {
		t.Errorf("without a reason: %s", no.body)
	}
	write(village, "act", "contest", "value", "815", "reason", "漏了三户")
	list := source.must(200, "GET", "/api/v1/contested", nil)
	if list.text("0.value") != "812" || list.text("0.others.0.value") != "815" || list.text("0.mayDecide") != "true" || c.atTable("officer").must(200, "GET", "/api/v1/contested", nil).text("") != "[]" {
		t.Errorf("what is contested: %s", list.body)
	}
	if seen := village.must(200, "GET", "/api/v1/tables/"+taoxi, nil); seen.text("contested.0.mayDecide") != "false" || village.must(200, "GET", "/api/v1/tables", nil).text("0.open") != "1" {
		t.Errorf("the village sees: %s", seen.body)
	}
	event := "/api/v1/contested/" + list.text("0.others.0.event")
	village.must(404, "POST", event, m{})
	opened := source.must(200, "POST", event, m{})
	write(source, "act", "settle", "value", "815", "seq", opened.text("seq"))
	story := village.must(200, "GET", "/api/v1/tables/"+taoxi+"/cell?element=place.homes", nil)
	if story.text("cell.value") != "815" || story.text("history.2.act") != "settle" || story.text("history.1.reason") != "漏了三户" {
		t.Errorf("the cell's story: %s", story.body)
	}
	c.as("taker").must(403, "GET", "/api/v1/tables/"+taoxi+"/cell?element=place.homes", nil)
}

// opensAHousehold: a form about people is admitted; the village enters a family for it, opens it for that purpose and no
// other, and its member sees by telephone what is held, who looked, and asks for a correction.
func (c *county) opensAHousehold(village, asker, data client) {
	t := c.t.(*testing.T)
	t.Helper()
	f := asker.must(201, "POST", "/api/v1/collect/forms", m{"title": "困难家庭摸底", "basis": "社会救助暂行办法", "purpose": "核对救助", "level": "village", "period": "year", "labels": []string{"家庭年收入", "所患疾病"}})
	form := f.text("id")
	at := "/api/v1/collect/forms/" + form
	asker.must(200, "POST", at+"/fields", m{"seq": f.at("seq"), "fields": m{"1": "house.income", "2": "person.illness"}})
	f = asker.must(200, "POST", at+"/hand-in", m{"class": "yearly"})
	c.press(data, f.text("matter"), "agree-data", nil)
	c.press(c.as("social-officer"), f.text("matter"), "agree-social", nil)
	asker.must(200, "GET", at, nil)
	table := "/api/v1/tables/" + taoxi
	home := village.must(201, "POST", table+"/subjects", m{"form": form, "label": "3组12号", "name": "王秀兰", "phone": "13900001234"}).text("home")

	if none := village.must(200, "GET", table+"/households", nil); none.text("forms.0.id") != form || none.text("households") != "[]" {
		t.Errorf("without a purpose: %s", none.body)
	}
	if list := village.must(200, "GET", table+"/households?form="+form, nil); list.text("households.0.id") != home || list.text("households.0.missing") != "2" {
		t.Errorf("the households: %s", list.body)
	}
	asker.must(404, "GET", table+"/households?form="+form, nil)
	asker.must(404, "POST", table+"/households/"+home, m{"form": form})
	if no := village.must(422, "POST", table+"/households/"+home, m{}); no.text("errors.0.pointer") != "#/form" && no.text("errors.0.pointer") != "#" {
		t.Errorf("no purpose: %s", no.body)
	}
	village.must(422, "POST", table+"/households/"+home, m{"form": "wells"})
	opened := village.must(200, "POST", table+"/households/"+home, m{"form": form})
	person := opened.text("members.1.id")
	if opened.text("members.1.label") != "王**" || opened.text("members.1.cells.0.element.id") != "person.illness" {
		t.Fatalf("the household: %s", opened.body)
	}
	ill := m{"token": desk.NewToken(), "subject": person, "element": "person.illness", "act": "fill", "value": "高血压", "base": 0, "form": form}
	if r := village.must(200, "POST", table+"/cells", m{"cells": []m{ill}}); r.text("cells.0.outcome") != "stands" {
		t.Fatalf("the cell of a person: %s", r.body)
	}
	c.seesWhatIsHeld(village, person)
}

// seesWhatIsHeld: a resident signs in by telephone.
func (c *county) seesWhatIsHeld(village client, person string) {
	t := c.t.(*testing.T)
	t.Helper()
	sent := &sms{}
	c.Channel = sent
	anyone := client{t: t, url: c.url}
	if no := anyone.must(422, "POST", "/api/v1/follow/phone", m{"phone": "12"}); no.text("errors.0.pointer") != "#/phone" {
		t.Errorf("no number: %s", no.body)
	}
	anyone.must(204, "POST", "/api/v1/follow/phone", m{"phone": "13900001234"})
	session := anyone.must(200, "POST", "/api/v1/follow/phone/code", m{"phone": "13900001234", "code": sent.code})
	me := client{t: t, url: c.url, token: session.text("token")}
	village.must(401, "GET", "/api/v1/personal-information/table", nil)
	held := me.must(200, "GET", "/api/v1/personal-information/table", nil)
	if held.text("0.cells.0.value") != "高血压" || held.text("0.looks.0.reason") != "困难家庭摸底" || held.text("0.subject") != person {
		t.Fatalf("what is held: %s", held.body)
	}
	ask := m{"place": taoxi, "subject": person, "element": "person.illness", "value": "已经痊愈", "reason": "", "base": held.at("0.cells.0.seq")}
	key := []string{"Idempotency-Key", "0123456789abcdef"}
	if no := me.must(422, "POST", "/api/v1/personal-information/table/corrections", ask, key...); no.text("errors.0.pointer") != "#/reason" {
		t.Errorf("without a reason: %s", no.body)
	}
	ask["reason"] = "今年体检正常"
	me.must(204, "POST", "/api/v1/personal-information/table/corrections", ask, key...)
	if held = me.must(200, "GET", "/api/v1/personal-information/table", nil); held.text("0.cells.0.asked") != "true" {
		t.Errorf("after asking: %s", held.body)
	}
	list := village.must(200, "GET", "/api/v1/contested", nil)
	if list.at("0.value") != nil || list.at("0.others.0.value") != nil {
		t.Errorf("the list shows what is about a person: %s", list.body)
	}
	if x := village.must(200, "POST", "/api/v1/contested/"+list.text("0.others.0.event"), m{}); x.text("value") != "高血压" || x.text("others.0.value") != "已经痊愈" || x.text("label") != "王**" {
		t.Errorf("opened: %s", x.body)
	}
}

// sms keeps the code of the last message.
type sms struct{ code string }

func (s *sms) Send(_ context.Context, _, text string) error {
	s.code = regexp.MustCompile(`\d{6}`).FindString(text)
	return nil
}

// isProducedWeekly: its own layout comes by itself.
func (c *county) isProducedWeekly(asker, other client, form string) {
	t := c.t.(*testing.T)
	t.Helper()
	at := "/api/v1/collect/forms/" + form
	if none := asker.must(200, "GET", at+"/schedule", nil); none.text("every") != "never" {
		t.Errorf("before: %s", none.body)
	}
	if no := asker.must(422, "PUT", at+"/schedule", m{"every": "hour"}); no.text("errors.0.pointer") != "#/every" {
		t.Errorf("every hour: %s", no.body)
	}
	other.must(403, "PUT", at+"/schedule", m{"every": "week"})
	asker.must(200, "PUT", at+"/schedule", m{"every": "week"})
	asker.must(404, "GET", at+"/made", nil)
	c.On(t, "2026-03-03")
	if n, err := c.MakeLayouts(t.Context()); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if s := asker.must(200, "GET", at+"/schedule", nil); s.text("every") != "week" || s.text("next") != "2026-03-10" || s.text("cells") == "0" {
		t.Errorf("after the first: %s", s.body)
	}
	if rows := sheetRows(t, asker.must(200, "GET", at+"/made", nil).body); rows[2][2] != "7" {
		t.Errorf("what was made: %v", rows)
	}
	other.must(404, "GET", at+"/made", nil)
	if s := asker.must(200, "PUT", at+"/schedule", m{"every": "never"}); s.text("every") != "never" {
		t.Errorf("ended: %s", s.body)
	}
}

// isPriced: what the forms cost, opened; only the county sets how much a department may take.
func (c *county) isPriced(form string) {
	t := c.t.(*testing.T)
	t.Helper()
	housing, head := c.as("officer"), c.as("social-head")
	budget := "/api/v1/price/budgets/housing"
	housing.must(403, "PUT", budget, m{"hours": 2, "reason": "减负"})
	if no := head.must(422, "PUT", budget, m{"hours": 2, "reason": " "}); no.text("errors.0.pointer") != "#/reason" {
		t.Errorf("without a reason: %s", no.body)
	}
	head.must(404, "PUT", "/api/v1/price/budgets/none", m{"hours": 2, "reason": "减负"})
	head.must(204, "PUT", budget, m{"hours": 2, "reason": "减负"})
	all := housing.must(200, "GET", "/api/v1/price", nil)
	if all.text("departments.0.body.id") != "housing" || all.text("departments.0.budget.hours") != "2" || all.text("maySet") != "false" || all.text("villages") != "1" {
		t.Errorf("the price: %s", all.body)
	}
	one := housing.must(200, "GET", "/api/v1/price/forms/"+form, nil)
	if one.text("asked") != "2" || one.text("list.2.known") != "1" || one.text("preview") != "false" || one.text("budget.reason") != "减负" {
		t.Errorf("one form: %s", one.body)
	}
	housing.must(404, "GET", "/api/v1/price/forms/none", nil)
	if load := housing.must(200, "GET", "/api/v1/price/towns", nil); load.text("towns.0.body.id") != "street" || load.text("towns.0.people") != "2" || load.text("heaviest.0.body.id") != "housing" {
		t.Errorf("the load: %s", load.body)
	}
	if open := c.as("").must(200, "GET", "/api/v1/saved", nil); open.text("departments.0.body.id") != "housing" || open.at("departments.0.budget") != nil {
		t.Errorf("the public account: %s", open.body)
	}
}

// isUnlearned: what the matcher learnt can be taken back, by the data authority alone; it may take the shipped catalogue.
func (c *county) isUnlearned(other, data client) {
	t := c.t.(*testing.T)
	t.Helper()
	list := other.must(200, "GET", "/api/v1/collect/lessons", nil)
	id := list.text("0.id")
	if list.text("0.element") == "<nil>" || list.at("0.undone") != nil {
		t.Fatalf("the lessons: %s", list.body)
	}
	other.must(403, "DELETE", "/api/v1/collect/lessons/"+id, nil)
	data.must(204, "DELETE", "/api/v1/collect/lessons/"+id, nil)
	data.must(404, "DELETE", "/api/v1/collect/lessons/"+id, nil)
	if forms := other.must(200, "GET", "/api/v1/collect/elements/house.old/forms", nil); forms.text("0.title") != "农房年报" {
		t.Errorf("who asks: %s", forms.body)
	}
	other.must(403, "POST", "/api/v1/collect/shipped", nil)
	if b := data.must(201, "POST", "/api/v1/collect/shipped", nil); b.text("ended") != "true" || b.text("changed") == "0" {
		t.Errorf("the shipped catalogue: %s", b.body)
	}
	if rows := sheetRows(t, other.must(200, "GET", "/api/v1/collect/element-files", nil).body); len(rows) < 50 || rows[0][0] != "编号" {
		t.Errorf("the catalogue as a file: %d rows", len(rows))
	}
}
