package table

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"

	"jishi/base/calendar"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/module/collect"
)

// A number with a check digit, as an element's title names it.
var (
	citizen = regexp.MustCompile(`身份证(件)?号|公民身份号`)
	credit  = regexp.MustCompile(`统一社会信用代码|信用代码`)
)

// PersonNumber is the number by which a person is known, checked as Checked does.
func PersonNumber(field, text string, today calendar.Day, sure bool) (number string, digit bool, fault *words.Fault) {
	return number18(text, field, today, sure)
}

// Checked is Clean for values that carry a check digit too: citizen numbers (GB 11643-1999) and unified social credit
// codes (GB 32100-2015). digit is true where nothing but the check digit is wrong: then a person who has the paper in hand
// may be right, and sure takes the value as it is.
func Checked(e collect.Element, field, text string, today calendar.Day, sure bool) (value string, digit bool, fault *words.Fault) {
	if value, fault = Clean(e, field, text); fault != nil || e.Type != "text" {
		return value, false, fault
	}
	switch {
	case citizen.MatchString(e.Title):
		return number18(value, field, today, sure)
	case credit.MatchString(e.Title):
		return creditCode(value, field, sure)
	}
	return value, false, nil
}

// CarriesDigit reports whether values of the element carry a check digit.
func CarriesDigit(e collect.Element) bool {
	return e.Type == "text" && (citizen.MatchString(e.Title) || credit.MatchString(e.Title))
}

// number18 is a citizen number in its one form.
func number18(text, field string, today calendar.Day, sure bool) (string, bool, *words.Fault) {
	n := vault.NormalIDNumber(text)
	fault := vault.CheckIDNumber(field, n, today)
	if fault == nil {
		return n, false, nil
	}
	if !vault.OnlyCheckDigit(n, today) {
		return "", false, fault
	}
	if sure {
		return n, true, nil
	}
	return "", true, fault
}

// Signs of a unified social credit code, each with its place as value, and the weights of the first seventeen.
const creditSigns = "0123456789ABCDEFGHJKLMNPQRTUWXY"

var creditWeights = [17]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}

func creditCode(text, field string, sure bool) (string, bool, *words.Fault) {
	n := strings.ToUpper(strings.Join(strings.Fields(norm.NFKC.String(text)), ""))
	if len(n) != 18 || strings.Trim(n, creditSigns) != "" {
		return "", false, &words.Fault{Field: field, Text: "统一社会信用代码应为18位数字和大写字母，不用I、O、Z、S、V。"}
	}
	sum := 0
	for i, weight := range creditWeights {
		sum += strings.IndexByte(creditSigns, n[i]) * weight
	}
	if n[17] == creditSigns[(31-sum%31)%31] {
		return n, false, nil
	}
	if sure {
		return n, true, nil
	}
	return "", true, &words.Fault{Field: field, Text: "统一社会信用代码有一位写错了，请对照登记证书核对。"}
}
