package table

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"jishi/base/calendar"
	"jishi/base/words"
	"jishi/module/collect"
)

// longest is the most characters of one text value.
const longest = 500

// Clean brings what a person typed to the one form in which values of the element are kept: full-width digits become
// half-width, 1,200 becomes 1200, 2026年3月2日 becomes 2026-03-02, the words of a code list become its code. It
// refuses with the field's fault what is no value of the element.
func Clean(e collect.Element, field, text string) (string, *words.Fault) {
	text = strings.TrimFunc(norm.NFC.String(text), unicode.IsSpace)
	fault := func(say string, args ...any) (string, *words.Fault) {
		return "", &words.Fault{Field: field, Text: say, Args: args}
	}
	if text == "" {
		return fault("请填写“{title}”。", "title", words.Two{ZH: e.Title, EN: e.En})
	}
	switch e.Type {
	case "int", "number":
		n, ok := Scaled(number(text))
		if !ok {
			return fault("“{title}”要填数字，例如 120；单位是{unit}，不用写。", "title", words.Two{ZH: e.Title, EN: e.En}, "unit", or(e.Unit, "无"))
		}
		if e.Type == "int" && n%scale != 0 {
			return fault("“{title}”要填整数。", "title", words.Two{ZH: e.Title, EN: e.En})
		}
		return Unscaled(n), nil
	case "day":
		day, ok := dayOf(norm.NFKC.String(text))
		if !ok {
			return fault("“{title}”要填日期，例如 2026-03-02。", "title", words.Two{ZH: e.Title, EN: e.En})
		}
		return string(day), nil
	case "yes":
		return yes(e, field, text)
	case "code":
		for _, c := range e.Codes {
			if text == c.Code || text == c.Title || strings.EqualFold(text, c.En) && c.En != "" {
				return c.Code, nil
			}
		}
		return fault("“{title}”请从列表里选。", "title", words.Two{ZH: e.Title, EN: e.En})
	}
	if utf8.RuneCountInString(text) > longest {
		return fault("“{title}”最多 {n} 字。", "title", words.Two{ZH: e.Title, EN: e.En}, "n", longest)
	}
	return text, nil
}

func yes(e collect.Element, field, text string) (string, *words.Fault) {
	switch strings.ToLower(text) {
	case "yes", "是", "有", "true", "1", "√":
		return "yes", nil
	case "no", "否", "无", "没有", "false", "0", "×":
		return "no", nil
	}
	return "", &words.Fault{Field: field, Text: "“{title}”请选是或者否。", Args: []any{"title", words.Two{ZH: e.Title, EN: e.En}}}
}

// number takes out of a number what people write into it: spaces, and commas between groups of three.
func number(text string) string {
	text = strings.ReplaceAll(norm.NFKC.String(text), " ", "")
	head, tail, point := strings.Cut(text, ".")
	groups := strings.Split(head, ",")
	for i, g := range groups {
		if i > 0 && len(g) != 3 {
			return text // 1,5 is no fifteen
		}
	}
	head = strings.Join(groups, "")
	if point {
		return head + "." + tail
	}
	return head
}

// scale is how exactly numbers are kept: to four decimal places.
const scale = 10_000

// Scaled is the number times ten thousand, exactly; ok is false for what is no such number.
func Scaled(text string) (n int64, ok bool) {
	digits, minus := strings.CutPrefix(text, "-")
	head, tail, point := strings.Cut(digits, ".")
	if head == "" || len(head) > 12 || len(tail) > 4 || point && tail == "" {
		return 0, false
	}
	for _, r := range head + tail {
		if r < '0' || r > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(head+tail+strings.Repeat("0", 4-len(tail)), 10, 64)
	if minus {
		n = -n
	}
	return n, err == nil
}

// Unscaled writes a scaled number as people do: 12.5, 300.
func Unscaled(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	text := sign + strconv.FormatInt(n/scale, 10)
	if rest := n % scale; rest != 0 {
		text += "." + strings.TrimRight(strconv.FormatInt(scale+rest, 10)[1:], "0")
	}
	return text
}

// dayOf takes 2026-03-02, 2026/3/2, 2026.3.2, 20260302 and 2026年3月2日.
func dayOf(text string) (calendar.Day, bool) {
	text = strings.NewReplacer("年", "-", "月", "-", "日", "", "/", "-", ".", "-", " ", "").Replace(text)
	if len(text) == 8 && !strings.Contains(text, "-") {
		text = text[:4] + "-" + text[4:6] + "-" + text[6:]
	}
	parts := strings.Split(text, "-")
	if len(parts) != 3 {
		return "", false
	}
	for i, p := range parts {
		if i > 0 && len(p) == 1 {
			parts[i] = "0" + p
		}
	}
	day, err := calendar.ParseDay(strings.Join(parts, "-"))
	return day, err == nil
}

// PeriodOf is the period of the kind (year, quarter, month, "" for none) in which the day lies: 2026, 2026-Q1, 2026-03.
func PeriodOf(kind string, day calendar.Day) string {
	switch kind {
	case "year", "quarter", "month":
	default:
		return ""
	}
	year, month := string(day)[:4], string(day)[5:7]
	switch kind {
	case "quarter":
		m, _ := strconv.Atoi(month)
		return year + "-Q" + strconv.Itoa((m+2)/3)
	case "month":
		return year + "-" + month
	}
	return year
}

// Before is the period before: of 2026-Q1 it is 2025-Q4, of "" it is "".
func Before(period string) string {
	if len(period) < 4 {
		return ""
	}
	year, err := strconv.Atoi(period[:4])
	if err != nil {
		return ""
	}
	part := strings.TrimPrefix(period[4:], "-")
	n, _ := strconv.Atoi(strings.TrimPrefix(part, "Q"))
	switch {
	case part == "":
		return strconv.Itoa(year - 1)
	case strings.HasPrefix(part, "Q") && n > 1:
		return period[:4] + "-Q" + strconv.Itoa(n-1)
	case strings.HasPrefix(part, "Q"):
		return strconv.Itoa(year-1) + "-Q4"
	case n > 1:
		return period[:4] + "-" + strconv.Itoa(100 + n - 1)[1:]
	}
	return strconv.Itoa(year-1) + "-12"
}
