package collect

import (
	"regexp"
	"strings"
)

var (
	sampleID    = regexp.MustCompile(`^\d{17}[\dXx]$`)
	samplePhone = regexp.MustCompile(`^1\d{10}$`)
	sampleDay   = regexp.MustCompile(`^\d{4}[-./年]\d{1,2}([-./月]\d{1,2}日?|月)?$`)
	sampleCount = regexp.MustCompile(`^-?\d+(\.\d+)?$`)
)

// samplesSpeak weighs the values that the file already holds under the field.
func samplesSpeak(samples []string, e Element, add func(float64, string, ...any)) {
	if len(samples) == 0 {
		return
	}
	fits := func(ok func(string) bool) bool {
		for _, s := range samples {
			if !ok(strings.TrimSpace(s)) {
				return false
			}
		}
		return true
	}
	coded := func(s string) bool {
		for _, c := range e.Codes {
			if c.Title == s || c.Code == s {
				return true
			}
		}
		return false
	}
	yes := func(s string) bool { return s == "是" || s == "否" || s == "有" || s == "无" }
	number := fits(sampleCount.MatchString)
	switch {
	case e.Type == "code" && fits(coded):
		add(0.08, "表里的值都在它的代码表里")
	case e.Type == "yes" && fits(yes):
		add(0.06, "表里的值都是“是”或“否”")
	case e.Type == "day" && fits(sampleDay.MatchString):
		add(0.05, "表里的值都是日期")
	case fits(sampleID.MatchString):
		if strings.Contains(e.Title, "身份") {
			add(0.08, "表里的值都是公民身份号码")
		} else {
			add(-0.3, "")
		}
	case fits(samplePhone.MatchString):
		if strings.HasSuffix(e.Title, "电话") {
			add(0.06, "表里的值都是手机号码")
		} else {
			add(-0.2, "")
		}
	case (e.Type == "int" || e.Type == "number") && number:
		add(0.02, "表里的值都是数")
	case (e.Type == "int" || e.Type == "number") && !number, (e.Type == "yes" || e.Type == "day") && number:
		add(-0.15, "")
	}
}
