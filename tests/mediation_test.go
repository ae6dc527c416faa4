package tests

import (
	"strings"
	"testing"
	"time"
)

const leak = "楼上漏水泡坏吊顶没人管"

// TestMediation is a quarrel between neighbours that comes in as a petition: the department refers it, both sides agree,
// sign and ask for the court on their own telephones, what one tells the mediator alone the other never reads, and the
// petition goes on by its old clock with nothing but the result.
func TestMediation(t *testing.T) {
	t.Parallel()
	h := demoHouse(t)
	first, other, officer, mediator := visit(t, h, phone), visit(t, h, phone), visit(t, h, desktop), visit(t, h, phone)

	// A petition is on its way when both neighbours say that they would rather talk.
	office := tokenOf(t, h, "county-housing-officer")
	said := office.post("/api/v1/filings", map[string]any{"procedure": "petition", "class": "claim", "channel": "visit", "body": "county-housing",
		"with": map[string]string{"title": leak, "what": "楼上卫生间漏水两个月。", "place": village(t, h, 0)}, "who": map[string]string{"name": "王某甲", "phone": "19900000001"}})
	petition, number, code := said["id"].(string), said["number"].(string), said["code"].(string)
	officer.as("county-housing-officer")
	officer.open("/m/" + petition)
	officer.press("登记")
	officer.confirm(nil)
	officer.press("受理并书面告知")
	officer.confirm(nil)
	officer.press("移交人民调解")
	officer.confirm(map[string]string{"target": "天城镇人民调解委员会", "consent-a": "yes", "consent-b": "yes", "civil": "yes"})
	officer.sees("调解中", "按期 还剩 60 天") // the old clock runs on

	// The committee adds the neighbour, and gives each side a code of their own; the petitioner's own receipt serves too.
	mediator.as("mediation-1-mediator")
	mediator.press("查找")
	mediator.fill(map[string]string{"q": "漏水泡坏"})
	mediator.pressOf("", `main form button[type=submit]`)
	mediator.press(leak)
	mediator.keep("mediation")
	quarrel := mediator.path()
	mediator.press("补充对方当事人")
	mediator.confirm(map[string]string{"party.name": "赵某乙"})
	mediator.pressOf("", `button[aria-label^="发查询凭证 对方"]`)
	theirs, secret := mediator.read(".receipt dd.code"), mediator.read(".receipt dd.code ~ dd.code")
	mediator.press("回到这件事项")
	if strings.Contains(mediator.read("main"), "件合并") {
		t.Error("the two sides of a quarrel are called matters that were merged")
	}
	mediator.press("登记，开始调解")
	mediator.confirm(map[string]string{"person": "调解员", "chosen_by": "committee", "no-interest": "yes", "rights-told": "yes"})

	// Each on their own telephone. What one says alone the other does not read.
	other.follow(theirs, secret)
	other.sees(leak, "赵**")
	other.press("对调解员说")
	other.confirm(map[string]string{"statement": "我最多出四千元。"})
	first.follow(number, code)
	first.pressOf("", `main a[href*="/p/TJ"]`)
	first.sees("调解中", "人民调解法")
	if text := first.read("body"); strings.Contains(text, "四千") {
		t.Error("one side reads what the other told the mediator")
	}
	mediator.open(quarrel)
	mediator.sees("我最多出四千元")
	mediator.press("记录一次调解")
	mediator.confirm(map[string]string{"held_on": time.Now().In(zone).Format("2006-01-02"), "record": "看了现场，双方愿意各让一步。"})
	mediator.press("达成书面协议")
	mediator.confirm(map[string]string{"facts": "楼上管道漏水。", "duties": "楼上负责修好。", "terms": "修好管道，赔偿三千八百元。", "manner": "当面付清",
		"perform_by": time.Now().In(zone).AddDate(0, 0, 20).Format("2006-01-02")})

	// It is in force with the last signature, not before.
	first.follow(number, code)
	first.pressOf("", `main a[href*="/p/TJ"]`)
	first.sees("三千八百元")
	first.press("签字")
	first.confirm(nil)
	mediator.press("调解员签名并盖章")
	mediator.confirm(nil)
	mediator.sees("达成协议，待签字")
	other.follow(theirs, secret)
	other.press("签字")
	other.confirm(nil)
	other.sees("协议生效", "共同申请司法确认的期限")
	other.keep("mediation-effective")
	other.press("要求申请司法确认")
	other.confirm(nil)
	other.sees("申请人一方")

	// The department learns that it was settled, not on what terms, until it is told; then it closes the petition.
	officer.open("/m/" + petition)
	officer.sees("人民调解调成", "按期 还剩 60 天")
	if strings.Contains(officer.read("main"), "三千八百") {
		t.Error("the terms came back without anybody's consent")
	}
	officer.press("达成协议，办结")
	officer.confirm(map[string]string{"agreement": "双方在人民调解委员会达成协议。"})
	first.follow(number, code)
	first.sees("这件事项已经结束")
}
