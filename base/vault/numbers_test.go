package vault_test

import (
	"testing"

	"jishi/base/calendar"
	"jishi/base/vault"
)

// What an officer is about to publish is read once more for numbers that lead to a person. The numbers here are made
// up; those with a check digit carry a right one.
func TestNumbersThatTellWhoSomebodyIs(t *testing.T) {
	today := calendar.Day("2026-11-28")
	for text, want := range map[string]string{
		"请打13800001234":              "手机号",
		"电话 138 0000 1234 找老王":       "手机号",
		"１３８０００－０１２３４":               "手机号",
		"+86 138-0000-1234":          "手机号",
		"证号 99010119900307002X":      "",
		"证号 110101199003070134":      "身份证号",
		"证号 11010119900307013４。":     "身份证号",
		"旧证 110101900307013":         "身份证号",
		"卡号 6222 0000 0000 0000 004": "银行卡号",
		"卡号 6222000000000000005":     "",
		"家里座机 0571-12345678":         "电话号码",
		"沪A·12345 一直停在路口":            "车牌号",
		"新能源车沪AD12345":               "车牌号",
		"2026-12-10 开始，每天 8 趟":       "",
		"预算 1200000 元，面积 3500 平方米":   "",
		"从 2026 年 3 月到 2026 年 9 月":   "",
		"建议编号 JY2026-000012":         "",
		"打 12345 热线":                 "",
		"第 001-2026-0012 号文件":        "",
	} {
		found := vault.Numbers(text, today)
		got := ""
		if len(found) > 0 {
			got = found[0].Kind
		}
		if got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
		for _, n := range found {
			if len([]rune(n.Start)) > 4 {
				t.Errorf("%q: the refusal would tell %q", text, n.Start)
			}
		}
	}
}

// A door that nobody watches lets no such number through, however it is written, and leaves the rest of the text alone.
func TestATextLeavesWithoutNumbers(t *testing.T) {
	today := calendar.Day("2026-11-28")
	for text, want := range map[string]string{
		"请打１３８ ００００－１２３４找老王":         "请打１３８ ****－****找老王",
		"证号 110101199003070134，住三楼":  "证号 110***************，住三楼",
		"138\u200b00001234":          "138\u200b********",
		"沪A·12345 停在路口":              "沪A·***** 停在路口",
		"卡 6222 0000 0000 0000 004。": "卡 622* **** **** **** ***。",
		"打 12345 热线，2026-12-10 起":    "打 12345 热线，2026-12-10 起",
		"面积 3500 平方米，№1 楼㎡":          "面积 3500 平方米，№1 楼㎡",
		"":                           "",
	} {
		if got := vault.WithoutNumbers(text, today); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}
