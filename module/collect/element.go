package collect

import (
	"regexp"
	"unicode/utf8"

	"jishi/base/words"
)

var elementID = regexp.MustCompile(`^[a-z][a-z0-9.-]{1,59}$`)

// Faults are all that is wrong with an element as the catalogue would keep it.
func (e Element) Faults() []words.Fault {
	var list []words.Fault
	fault := func(column, text string, args ...any) {
		list = append(list, words.Fault{Field: column, Text: text, Args: args})
	}
	if !elementID.MatchString(e.ID) {
		fault("编号", "编号以小写字母开头，只用小写字母、数字、点和短横，2到60个字符。")
	}
	if n := utf8.RuneCountInString(e.Title); n == 0 || n > 60 {
		fault("名称", "请写名称，不超过六十字。")
	}
	if n := utf8.RuneCountInString(e.Definition); n == 0 || n > 300 {
		fault("定义", "请写定义，不超过三百字：数的是什么，算到哪一天。")
	}
	for _, x := range []struct {
		column, value string
		list          []Named
	}{{"类型", e.Type, Types}, {"期间", e.Period, Periods}, {"对象", e.Subject, Subjects}, {"共享属性", e.Share, Shares}, {"敏感程度", e.Sensitivity, Sensitivities}} {
		if TitleIn(x.list, x.value) == "" {
			fault(x.column, "“{value}”不在可选的范围里：请从列表中选择。", "value", x.value)
		}
	}
	if e.Type == "code" && len(e.Codes) < 2 {
		fault("代码表", "类型是代码的，至少要写两个代码，用顿号分开。")
	}
	if e.Share == "none" && e.Source == "" && e.Subject == "person" && e.Sensitivity == "public" {
		fault("敏感程度", "个人的数据不能是公开的。")
	}
	return list
}
