package tests

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestAProcedureAsFilesAlone: a street adds a lost-and-found office by four files. It works on the pages, in the
// search, in the figures, in the interface and in its document, and nobody wrote a line of Go for it.
func TestAProcedureAsFilesAlone(t *testing.T) {
	t.Parallel()
	if said, err := run(t, "rules", "check", "--lang", "en", "--rules", "testdata/lost"); err != nil {
		t.Fatal(said)
	}
	if said, err := run(t, "rules", "test", "--lang", "en", "--rules", "testdata/lost", "testdata/lost/scenarios/lost/nobody-comes.yaml"); err != nil {
		t.Fatal(said)
	}
	h := start(t, "demo", "--data", t.TempDir(), "--rules", "testdata/lost")

	leader := visit(t, h, desktop)
	leader.as("county-petition-chief")
	before := inHand(t, leader)

	// A citizen hands in an umbrella at the street of its place.
	citizen := visit(t, h, phone)
	citizen.open("/new")
	citizen.press("失物招领")
	citizen.pressOf("", `main form button.btn[type=submit]`)
	citizen.sees("请填写“拾到什么”", "请填写姓名")
	citizen.fill(map[string]string{"title": "一把黑色长柄伞", "what": "在车站候车长椅上拾到。", "place": "天城镇", "colour": "深色", "name": "王某甲", "phone": "19900000001"})
	citizen.pressOf("", `main form button.btn[type=submit]`)
	citizen.sees("收到了", "天城镇人民政府", "及时")
	number, code := citizen.read(".receipt dd.code"), citizen.read(".receipt dd.code ~ dd.code")
	if !strings.HasPrefix(number, "ZL") {
		t.Fatalf("the number is %q", number)
	}

	// The street finds it, reads it in both languages and publishes the notice.
	officer := visit(t, h, desktop)
	officer.as("town-1-officer")
	officer.press("查找")
	officer.fill(map[string]string{"q": "长柄伞"})
	officer.pressOf("", `main form button[type=submit]`)
	officer.press("一把黑色长柄伞")
	officer.sees("保管中", "深色", "及时")
	officer.press("发布招领公告")
	officer.confirm(map[string]string{"shelf": "三号柜"})
	officer.sees("招领中")

	citizen.follow(number, code)
	citizen.sees("您在这里", "认领期", "招领公告")

	// The interface knows it, and its document shows the form.
	document := fetch(t, h.at+"/api/v1/openapi.json")
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Required   []string
				Properties map[string]struct{ Enum []string }
			}
		}
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		t.Fatal(err)
	}
	form := doc.Components.Schemas["Form_lost-property"]
	if strings.Join(form.Required, " ") != "title what" || strings.Join(form.Properties["colour"].Enum, " ") != "dark light" {
		t.Errorf("the document's form is %+v", form)
	}
	body := `{"procedure":"lost-property","with":{"title":"一只手套","what":"路边拾到","place":"421223100000"},"who":{"name":"李某乙"}}`
	answer, err := http.Post(h.at+"/api/v1/filings", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(answer.Body)
	if answer.StatusCode != http.StatusCreated || !strings.Contains(string(said), `"number":"ZL`) {
		t.Errorf("filed by the interface: %d %s", answer.StatusCode, said)
	}

	// The figures of the place count both.
	if after := inHand(t, leader); after != before+2 {
		t.Errorf("the figures count %d in hand, %d before", after, before)
	}
}

// inHand is how many matters the figures page counts in hand.
func inHand(t testing.TB, leader *visitor) (n int) {
	t.Helper()
	leader.open("/figures")
	if _, err := fmt.Sscanf(leader.read("p.lead"), "在办 %d 件", &n); err != nil {
		t.Fatalf("%q: %v", leader.read("p.lead"), err)
	}
	return n
}

func fetch(t testing.TB, url string) []byte {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v", url, r.StatusCode, err)
	}
	return b
}
