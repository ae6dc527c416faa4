package api_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"jishi/api/apitest"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/people/division"
)

// dutySheet is a township's list as a spreadsheet.
func dutySheet(t *testing.T, rows ...[]any) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range append([][]any{{"序号", "清单", "事项", "类别", "牵头部门", "乡镇配合内容", "识别词"}}, rows...) {
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

var gas = []any{"3-1", "上级收回", "燃气安全检查", "安全", "县住建局", "", "燃气、检查"}

// work is an application for work in villages, by the housing bureau.
var work = m{"title": "农房安全告知", "what": "每月到户说一次住房安全", "basis": "村民委员会组织法第四十三条", "payer": "housing", "budget": "2400", "money_note": "每村每月二百元", "people": "两人",
	"frequency": "month", "hours": "6", "place": apitest.County, "start_on": "2026-04-01", "end_on": "2027-03-31", "to_body": "social"}

// settles puts places beneath the county.
func (c *county) settles(t *testing.T, d *db.DB, list ...division.Division) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, x := range list {
			if err := division.Put(t.Context(), tx, x); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = c.Places.Reload(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func apply(with m) m { return m{"procedure": "admission", "class": "task", "with": with} }

// A duty list is brought as a spreadsheet with a wrong row, which is told and marked; put right it holds. What it says
// was taken back can be given neither to the township nor to its villages, with the number of the item.
func TestWhatWasTakenBackIsNotGivenToATownship(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		social := c.as("social-officer")
		list := m{"title": "天城镇履职事项清单", "basis": "县委办〔2026〕3号", "from": "2026-03-01", "file": dutySheet(t, gas, []any{"1-1", "别的", "道路养护"})}
		c.as("officer").must(403, "POST", "/api/v1/duty-lists/street", list)
		wrong := social.must(200, "POST", "/api/v1/duty-lists/street", list)
		if wrong.text("stored") != "false" || wrong.text("faults.0.row") != "3" || wrong.text("faults.0.text") == "" {
			t.Fatalf("a wrong row: %s", wrong.body)
		}
		marked, err := base64.StdEncoding.DecodeString(wrong.text("marked"))
		if err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(bytes.NewReader(marked))
		if err != nil {
			t.Fatalf("the marked-up file: %v", err)
		}
		f.Close()
		list["file"] = dutySheet(t, gas, []any{"1-1", "基本履职", "道路养护"})
		if right := social.must(200, "POST", "/api/v1/duty-lists/street", list); right.text("stored") != "true" || right.text("count.others.percent") != "50.0" {
			t.Fatalf("put right: %s", right.body)
		}
		if on := c.as("").must(200, "GET", "/api/v1/duty-lists/street", nil); on.text("items.0.no") != "3-1" {
			t.Errorf("anyone reads it: %s", on.body)
		}
		c.as("").must(404, "GET", "/api/v1/duty-lists/street?on=2026-02-28", nil)

		clerk := c.as("clerk")
		filing := m{"class": "claim", "with": m{"title": "燃气安全检查没有人来", "what": "楼里的燃气一年没有检查。", "place": apitest.County}, "who": leak["who"]}
		id := c.as("").must(201, "POST", "/api/v1/filings", filing).text("id")
		c.press(clerk, id, "register", nil)
		if no := c.refused(clerk, 409, id, "forward", m{"target": "street"}); no.text("type") != "/problems/taken-back" || !strings.Contains(no.text("detail"), "3-1") {
			t.Errorf("sent to the township: %s", no.body)
		}
		c.press(clerk, id, "forward", m{"target": "housing"})
		task := with(work, "title", "燃气安全检查", "what", "村干部入户检查燃气")
		if no := c.as("officer").must(409, "POST", "/api/v1/filings", apply(task)); no.text("type") != "/problems/taken-back" || !strings.Contains(no.text("detail"), "3-1") {
			t.Errorf("brought down to villages: %s", no.body)
		}
	})
}

// Work for villages from the application to its end: nothing without a payer, who is the department itself; heard,
// checked, admitted by the head, published, reviewed; the same is not admitted twice.
func TestWorkIsAdmittedReviewedAndEnded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		housing, social, head := c.as("officer"), c.as("social-officer"), c.as("social-head")
		if no := housing.must(422, "POST", "/api/v1/filings", apply(with(work, "payer", ""))); !strings.Contains(string(no.body), "#/with/payer") {
			t.Errorf("without a payer: %s", no.body)
		}
		if no := housing.do("POST", "/api/v1/filings", apply(with(work, "payer", "urban"))); no.text("type") != "/problems/not-itself" {
			t.Errorf("somebody else pays: %s", no.body)
		}
		c.as("village-officer").must(403, "POST", "/api/v1/filings", apply(work))
		id := housing.must(201, "POST", "/api/v1/filings", apply(work)).text("id")
		c.press(social, id, "accept", nil)
		c.press(social, id, "ask-base", m{"hear_villages": "village", "hear_townships": "street"})
		decided := m{"decision": "同意", "met_on": "2026-03-02", "nature": "assist", "list_no": "A-1"}
		c.refused(head, 409, id, "admit", decided)
		c.press(c.as("village-officer"), id, "say-village", m{"view": "mend", "opinion": "一季度一次就够"})
		c.press(c.as("street-officer"), id, "say-township", m{"view": "for"})
		c.press(social, id, "ask-legal", m{"legal_body": "justice"})
		c.press(c.as("justice-officer"), id, "check-legal", m{"legal_text": "依据成立"})
		c.refused(social, 403, id, "admit", decided)
		c.press(head, id, "admit", decided)
		c.press(social, id, "publish", m{"end_on": "2027-03-31"})
		account := c.as("").must(200, "GET", "/api/v1/burden", nil)
		if account.text("active.0.listNo") != "A-1" || account.text("active.0.reviewed") != "false" {
			t.Errorf("on the public list: %s", account.body)
		}
		again := with(work, "payer", "urban", "title", "农房 安全告知")
		c.as("urban-officer").must(409, "POST", "/api/v1/filings", apply(again))
		c.On(t, "2026-09-01")
		c.press(social, id, "assess", m{"uses": "2", "hours_used": "130", "satisfied": "63人里41人", "decision": "改为一季度一次"})
		if account = c.as("").must(200, "GET", "/api/v1/burden", nil); account.text("active.0.yearHours") != "130" || account.text("active.0.reviewed") != "true" {
			t.Errorf("after its review: %s", account.body)
		}
		c.press(social, id, "exit", m{"cause": "rejected", "reason": "居民不愿意"})
		if account = c.as("").must(200, "GET", "/api/v1/burden", nil); account.text("ended.0.title") != "农房安全告知" || account.text("active") != "[]" {
			t.Errorf("ended: %s", account.body)
		}
	})
}

// A village refuses by one press: the asker gets the letter and the county sees it; kept from the asker, the asker cannot
// know of it, and the public account does not count it.
func TestAVillageRefuses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		village, urban, social := c.as("village-officer"), c.as("urban-officer"), c.as("social-officer")
		c.as("officer").must(403, "POST", "/api/v1/refusals", m{"what": "每天拍照", "from": "urban"})
		open := village.must(201, "POST", "/api/v1/refusals", m{"what": "每天在群里发打扫照片", "from": "urban"}).text("id")
		shown := village.must(201, "POST", "/api/v1/refusals", m{"what": "每天签到", "from": "urban", "files": []string{upload(t, village, "签到.png", picture(t)).text("ref")}}).text("id")
		if files := social.must(200, "GET", "/api/v1/matters/"+shown, nil); files.text("files.0.name") != "签到.png" {
			t.Errorf("the photo: %s", files.body)
		}
		village.must(422, "POST", "/api/v1/refusals", m{"what": "每天签到", "from": "urban", "files": []string{"made-up"}})
		c.press(social, shown, "stop", m{"record": "已经让城管局撤下"})
		quiet := village.must(201, "POST", "/api/v1/refusals", m{"what": "替部门填农户台账", "from": "urban", "quiet": true}).text("id")
		if letters := urban.must(200, "GET", "/api/v1/matters/"+open+"/letters", nil); letters.text("0.kind") != "village-refusal" {
			t.Errorf("the letter: %s", letters.body)
		}
		urban.must(404, "GET", "/api/v1/matters/"+quiet, nil)
		for _, id := range []string{open, quiet} {
			social.must(200, "GET", "/api/v1/matters/"+id, nil)
		}
		if account := c.as("").must(200, "GET", "/api/v1/burden", nil); account.text("demands.0.n") != "2" || account.text("demands.0.name") != "县城管局" {
			t.Errorf("counted by who asked: %s", account.body)
		}
		c.press(social, open, "stop", m{"record": "已经让城管局撤群"})
	})
}

// A plaque is entered with its photo and goes with another; both can be seen by those who may see the plaque.
func TestAPlaqueHasItsPhotos(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		village := c.as("village-officer")
		photo := func() []string { return []string{upload(t, village, "牌子.png", picture(t)).text("ref")} }
		id := village.must(201, "POST", "/api/v1/kept/village", m{"kind": "plaque", "title": "网格站", "spot": "outside", "whose": "县城管局", "from": "2025-01-01", "files": photo()}).text("id")
		at := "/api/v1/kept-things/" + id + "/photo"
		if got := village.must(200, "GET", at, nil); !bytes.HasPrefix(got.body, []byte("\x89PNG")) || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("the photo: %v", got.header)
		}
		village.must(404, "GET", at+"?after=yes", nil)
		c.as("taker").must(404, "GET", at, nil)
		village.must(204, "POST", "/api/v1/kept-things/"+id+"/gone", m{"why": "没有依据", "files": photo()})
		village.must(200, "GET", at+"?after=yes", nil)
		if list := village.must(200, "GET", "/api/v1/kept/village", nil); list.text("0.photo") != "true" || list.text("0.photoAfter") != "true" {
			t.Errorf("the register: %s", list.body)
		}
	})
}

// A campaign against plaques says that it went from forty to four; the register knows of two, one of which went.
func TestACampaignIsCountedFromTheRegister(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		c.settles(t, d, division.Division{Code: "421223100000", Parent: apitest.County, Name: "天城镇"}, division.Division{Code: "421223100001", Parent: "421223100000", Name: "桃溪社区居委会"})
		village, social := c.as("village-officer"), c.as("social-officer")
		var ids []string
		for _, title := range []string{"网格站", "驿站"} {
			ids = append(ids, village.must(201, "POST", "/api/v1/kept/village", m{"kind": "plaque", "title": title, "spot": "outside", "whose": "县城管局", "from": "2025-01-01"}).text("id"))
		}
		id := social.must(201, "POST", "/api/v1/filings", m{"procedure": "cleanup", "with": m{"title": "清理牌子", "kind": "plaque", "place": "421223100001",
			"before": "40", "before_on": "2026-03-01", "before_note": "逐村数", "goal": "4"}}).text("id")
		village.must(204, "POST", "/api/v1/kept-things/"+ids[0]+"/gone", m{"why": "没有依据"})
		c.On(t, "2026-03-20")
		c.press(social, id, "count", m{"after": "4", "after_on": "2026-03-20", "claimed": "90"})
		got := c.as("").must(200, "GET", "/api/v1/burden", nil)
		if got.text("cleanups.0.before") != "2" || got.text("cleanups.0.after") != "1" || got.text("cleanups.0.typed.0") != "40" || got.text("cleanups.0.reduction.percent") != "50.0" || got.text("cleanups.0.off") != "true" {
			t.Errorf("the campaign: %s", got.body)
		}
	})
}

// Worked case 1: marital status is item 8 of the list and refused at once; what statute names is verified, issued under
// a number of the seal log and checked by anyone with its code. The body that sends people is counted.
func TestACertificateIsRefusedOrIssuedAndChecked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		c.settles(t, d, division.Division{Code: "421223100000", Parent: apitest.County, Name: "天城镇"}, division.Division{Code: "421223100001", Parent: "421223100000", Name: "桃溪社区居委会"})
		ask := func(class string, more ...string) (id, number, state string) {
			said := with(m{"title": "婚姻状况", "purpose": "办贷款", "asker": "县住建局", "asker_org": "housing", "place": "421223100001", "target": "village"}, more...)
			filed := c.as("").must(201, "POST", "/api/v1/filings", m{"procedure": "certificate", "class": class, "with": said, "who": leak["who"]})
			followed := c.as("").must(200, "POST", "/api/v1/follow", m{"number": filed.text("number"), "code": filed.text("code")})
			return filed.text("id"), filed.text("number"), followed.text("matter.state")
		}
		if _, _, state := ask("neg-08"); state != "refused" {
			t.Errorf("marital status is %s", state)
		}
		if _, _, state := ask("other", "title", "没有欠水费"); state != "no-basis" {
			t.Errorf("on no list: %s", state)
		}
		id, number, state := ask("statutory", "title", "居住满一年", "basis", "法律援助法第四十一条")
		if state != "accepted" {
			t.Fatalf("what statute names is %s", state)
		}
		c.press(c.as("village-officer"), id, "issue", m{"statement": "在本社区居住满一年", "verifier": "田村", "evidence": "走访和水电缴费记录", "seal_no": "2026-17"})
		check := func(code string) answer {
			return c.as("").do("GET", "/api/v1/certificates/check?number="+number+"&code="+code, nil)
		}
		if a := check(c.CertificateCode(number)); a.status != 200 || a.text("kind") != "居住满一年" || strings.Contains(string(a.body), "王秀兰") {
			t.Errorf("checked: %s", a.body)
		}
		if a := check("AAAA-BBBB-CCCC"); a.status != 404 {
			t.Errorf("a wrong code: %s", a.body)
		}
		c.press(c.as("village-officer"), id, "revoke", m{"reason": "日期写错"})
		if a := check(c.CertificateCode(number)); a.text("revoked") != "true" {
			t.Errorf("revoked: %s", a.body)
		}
		if account := c.as("").must(200, "GET", "/api/v1/burden", nil); account.text("certificates.0.n") != "2" || account.text("certificates.0.of") != "3" {
			t.Errorf("who sends people: %s", account.body)
		}
	})
}

// Inspections stand in one plan a year: a second comprehensive one of the same body is refused, and one that is off the
// plan needs a document of the province.
func TestInspectionsAreCapped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		housing, head := c.as("officer"), c.as("party-head")
		declare := func(status int, class string, more ...string) answer {
			said := with(m{"title": "自建房检查", "basis": "建办〔2026〕1号", "year": "2026", "level": "village", "objects": "各村", "method": "直接到现场", "indicators": "整改几处", "days": "2", "to_body": "party"}, more...)
			return housing.must(status, "POST", "/api/v1/filings", m{"procedure": "inspection", "class": class, "with": said})
		}
		first, second := declare(201, "planned").text("id"), declare(201, "planned", "title", "农房综合考核").text("id")
		c.press(head, first, "approve", m{"list_no": "1", "comprehensive": "yes"})
		c.refused(head, 409, second, "approve", m{"list_no": "2", "comprehensive": "yes"})
		c.press(head, second, "approve", m{"list_no": "2"})
		if no := housing.do("POST", "/api/v1/filings", m{"procedure": "inspection", "class": "off-plan", "with": m{"title": "突击检查", "basis": "会议", "year": "2026", "level": "village", "objects": "各村",
			"method": "现场", "indicators": "几处", "days": "1", "to_body": "party"}}); no.status < 400 || !strings.Contains(string(no.body), "superior_doc") {
			t.Errorf("off the plan without a document: %s", no.body)
		}
		c.press(head, first, "file", m{"filing_no": "备〔2026〕1号"})
		c.press(housing, first, "start", m{"team": "两人", "start_on": "2026-03-02"})
		c.press(housing, first, "finish", m{"finish_on": "2026-03-02", "result": "整改三处"})
	})
}

// Worked case 3: a general document of 5,000 signs passes and one of 5,001 is warned about; it goes out with a reason.
func TestPapersAreCheckedBeforeTheyGoDown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		officer := c.as("officer")
		paper := m{"kind": "document", "title": "关于农房安全的通知", "sort": "general", "day": "2026-03-02", "chars": 5000}
		if a := officer.must(200, "POST", "/api/v1/papers/check", paper); a.text("warnings") != "[]" {
			t.Errorf("5,000: %s", a.body)
		}
		paper["chars"] = 5001
		if a := officer.must(200, "POST", "/api/v1/papers/check", paper); !strings.Contains(a.text("warnings.0.cite"), "第二条") {
			t.Errorf("5,001: %s", a.body)
		}
		officer.must(422, "POST", "/api/v1/papers", paper)
		paper["reason"] = "附有必须的技术条款"
		officer.must(201, "POST", "/api/v1/papers", paper)
		c.as("").must(401, "POST", "/api/v1/papers/check", paper)
	})
}
