package api_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
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
		if b.text("good") != "3" || b.text("bad") != "1" || b.text("changed") != "3" || b.text("ended") != "true" || b.text("faults.0.row") != "4" {
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
