package tests

import (
	"strings"
	"testing"
)

// title is what the story is about.
const title = "小区东门外工地夜里打桩"

// TestStory is one petition from a citizen's phone to its final answer, by following the pages alone.
func TestStory(t *testing.T) {
	t.Parallel()
	for _, on := range []screen{phone, desktop, plain} {
		t.Run(on.name, func(t *testing.T) {
			t.Parallel()
			h := demoHouse(t)
			citizen := visit(t, h, on)
			number, code := file(citizen)
			officer := visit(t, h, on)

			// The bureau registers and forwards; the department says it is not its business.
			officer.as("county-petition-chief")
			officer.keep("list")
			officer.take(number)
			officer.keep("matter")
			officer.press("登记")
			officer.confirm(nil)
			officer.sees("已登记")
			officer.press("转送有权处理机关")
			officer.confirm(map[string]string{"target": "崇阳县住房和城乡建设局"})
			officer.sees("已转送")
			officer.as("county-housing-officer")
			officer.take(number)
			officer.press("签收")
			officer.confirm(nil)
			officer.press("提出异议")
			officer.confirm(map[string]string{"reason": "夜间施工噪声由城市管理执法局查处。"})
			officer.sees("异议")

			// The bureau agrees and forwards again; the second department accepts, extends and answers.
			officer.as("county-petition-chief")
			officer.take(number)
			officer.press("同意异议")
			officer.confirm(nil)
			officer.press("转送有权处理机关")
			officer.confirm(map[string]string{"target": "崇阳县城市管理执法局"})
			officer.as("county-urban-officer")
			officer.take(number)
			officer.press("签收")
			officer.confirm(nil)
			officer.press("受理并书面告知")
			officer.confirm(nil)
			officer.sees("办理中")
			officer.as("county-urban-head")
			officer.take(number)
			officer.press("延长办理期限")
			officer.confirm(map[string]string{"days": "30", "reason": "需要连续监测夜间噪声。"})
			officer.as("county-urban-officer")
			officer.take(number)
			officer.press("处理意见")
			officer.confirm(map[string]string{"facts": "经查，工地夜间施工属实，未办理夜间施工证明。", "outcome": "支持",
				"opinion": "责令停止夜间施工，并依法处罚。", "basis": "《中华人民共和国噪声污染防治法》第四十三条。", "remedy": "不服本意见的，可以自收到之日起三十日内请求复查。"})

			// The citizen reads it and asks for review, and then for re-review.
			citizen.follow(number, code)
			citizen.sees("处理意见")
			citizen.keep("follow")
			citizen.press("请求复查")
			citizen.confirm(map[string]string{"reasons": "处罚以后仍在夜间施工。"})
			citizen.sees("复查")
			officer.as("city-urban-officer")
			officer.take(number)
			officer.press("复查意见")
			officer.confirm(map[string]string{"review-outcome": "维持", "facts": "原意见认定事实清楚。", "opinion": "维持原处理意见。",
				"basis": "《信访工作条例》第三十五条。", "remedy": "不服本意见的，可以自收到之日起三十日内请求复核。"})
			citizen.follow(number, code)
			citizen.press("请求复核")
			citizen.confirm(map[string]string{"reasons": "夜间施工没有停止。"})
			officer.as("city-gov-officer")
			officer.take(number)
			officer.press("复核意见")
			officer.confirm(map[string]string{"review-outcome": "维持", "facts": "经复核，事实清楚。", "opinion": "维持复查意见。", "basis": "《信访工作条例》第三十六条。"})
			citizen.follow(number, code)
			citizen.sees("复核终结")
		})
	}
}

// file is what a citizen does: four short steps and a receipt.
func file(v *visitor) (number, code string) {
	v.t.Helper()
	v.open("/")
	v.keep("home")
	v.press("我要反映")
	v.fill(map[string]string{"title": title, "what": "城东小区东门外的工地连续一周夜里打桩，凌晨两点还在施工，老人孩子睡不着。", "wants": "请制止夜间施工。"})
	v.press("下一步")
	v.sees("第 2 步")
	v.press("下一步")
	v.sees("第 3 步")
	v.fill(map[string]string{"name": "王某甲", "phone": "19900000001"})
	v.press("下一步")
	v.sees("第 4 步", title, "王某甲")
	v.press("提交")
	v.sees("收到了")
	v.keep("receipt")
	number, code = v.read(".receipt dd.code"), v.read(".receipt dd.code ~ dd.code")
	if number == "" || code == "" {
		v.fail("the receipt has the number %q and the code %q", number, code)
	}
	return number, code
}

// as signs in as a role of the demonstration.
func (v *visitor) as(role string) {
	v.t.Helper()
	v.open("/demo")
	v.pressOf("", `button[value="`+role+`"]`)
}

// take finds the matter through the search of the desk and opens it.
func (v *visitor) take(number string) {
	v.t.Helper()
	v.press("查找")
	v.fill(map[string]string{"q": number})
	v.pressOf("", `main form button[type=submit]`)
	v.press(title)
}

// confirm fills the page of an action and takes it.
func (v *visitor) confirm(fields map[string]string) {
	v.t.Helper()
	v.fill(fields)
	v.pressOf("", `main form[action*="/do/"] button.btn[type=submit]`)
	if strings.HasPrefix(v.read("h1"), "请确认") {
		v.pressOf("", `main form[action*="/do/"] button[value=do]`)
	}
	if said := v.read(".summary"); said != "" {
		v.fail("refused: %s", said)
	}
}

// follow looks a matter up with what stands on the receipt.
func (v *visitor) follow(number, code string) {
	v.t.Helper()
	v.open("/follow")
	v.fill(map[string]string{"number": number, "code": code})
	v.pressOf("", `main form button[type=submit]`)
}
