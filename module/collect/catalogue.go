package collect

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"jishi/base/calendar"
	"jishi/base/sheet"
)

// chapter is one file of rules/elements: elements with what they have in common.
type chapter struct {
	Theme, En, Subject, Period, Type, Unit string
	Sensitivity, Share, Source, Grade      string
	From                                   calendar.Day
	Elements                               []entry
}

// entry is one element as the file writes it; what it leaves out is its chapter's.
type entry struct {
	ID, Title, En, Is, Subject, Type, Source string
	Share, Sensitivity, Grade                string
	Unit, Period                             *string
	Codes, Also                              []string
}

// Shipped are the elements that come with the program, of all chapters. Source holds a line of work (民政), which Settle
// turns into a body. It tells all faults at once.
func Shipped(files fs.FS) ([]Element, error) {
	names, err := fs.Glob(files, "elements/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("collect.Shipped: %w", err)
	}
	var all []Element
	var faults []string
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("collect.Shipped: %w", err)
		}
		var c chapter
		dec := yaml.NewDecoder(strings.NewReader(string(text)))
		dec.KnownFields(true) // a misspelt key would be an element without its unit
		if err := dec.Decode(&c); err != nil {
			return nil, fmt.Errorf("collect.Shipped %s: %w", name, err)
		}
		for _, e := range c.Elements {
			x := c.element(e)
			for _, fault := range x.Faults() {
				faults = append(faults, fmt.Sprintf("%s: %s: %s", name, e.ID, fault.Text))
			}
			if slices.ContainsFunc(all, func(o Element) bool { return o.ID == x.ID }) {
				faults = append(faults, fmt.Sprintf("%s: %s stands twice", name, e.ID))
			}
			all = append(all, x)
		}
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("collect.Shipped:\n%s", strings.Join(faults, "\n"))
	}
	return all, nil
}

func (c chapter) element(e entry) Element {
	or := func(own, common string) string {
		if own != "" {
			return own
		}
		return common
	}
	x := Element{ID: e.ID, Title: e.Title, En: e.En, Definition: e.Is, Type: or(or(e.Type, c.Type), "text"), Subject: or(e.Subject, c.Subject),
		Source: or(e.Source, c.Source), Share: or(e.Share, c.Share), Sensitivity: or(e.Sensitivity, c.Sensitivity), Grade: or(e.Grade, c.Grade),
		Synonyms: e.Also, Theme: c.Theme, Unit: c.Unit, Period: c.Period, From: c.From}
	if e.Unit != nil {
		x.Unit = *e.Unit
	}
	if e.Period != nil {
		x.Period = *e.Period
	}
	if x.Type == "text" || x.Type == "yes" || x.Type == "day" || x.Type == "code" {
		x.Unit = ""
	}
	x.Codes = codesOf(e.Codes)
	return x
}

// codesOf numbers the entries of a code list in their order.
func codesOf(titles []string) []Code {
	var list []Code
	for i, title := range titles {
		list = append(list, Code{Code: strconv.Itoa(i + 1), Title: title})
	}
	return list
}

// Choices of an element's closed lists, with their Chinese names as spreadsheets write them.
var (
	Types         = []Named{{"text", "文字"}, {"int", "整数"}, {"number", "数值"}, {"day", "日期"}, {"yes", "是否"}, {"code", "代码"}}
	Periods       = []Named{{"", "长期"}, {"year", "年"}, {"quarter", "季"}, {"month", "月"}}
	Subjects      = []Named{{"place", "村（社区）"}, {"household", "户"}, {"person", "人"}, {"org", "单位"}}
	Shares        = []Named{{"free", "无条件共享"}, {"conditional", "有条件共享"}, {"none", "不予共享"}}
	Sensitivities = []Named{{"public", "公开"}, {"internal", "内部"}, {"personal", "个人信息"}, {"sensitive", "敏感个人信息"}}
	Grades        = []Named{{"A", "A"}, {"B", "B"}, {"C", "C"}, {"D", "D"}}
)

// Named is a slug with its Chinese name.
type Named struct{ ID, Title string }

// TitleIn is the Chinese name of the slug, "" when the list does not have it.
func TitleIn(list []Named, id string) string {
	for _, x := range list {
		if x.ID == id {
			return x.Title
		}
	}
	return ""
}

// in finds an entry by its Chinese name or its slug.
func in(list []Named, text string) (string, bool) {
	for _, x := range list {
		if text == x.Title || text == x.ID || text == sheet.Plain(x.Title) {
			return x.ID, true
		}
	}
	return "", false
}
