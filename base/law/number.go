package law

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

const numeral = `[0-9〇零一二三四五六七八九十百千]+`

var (
	articlePattern = regexp.MustCompile(`^第(` + numeral + `)条(?:之(` + numeral + `))?(?:第(` + numeral + `)款)?(?:第(` + numeral + `)项)?$`)
	wholePattern   = regexp.MustCompile(`^《([^《》]+)》$`)
	citePattern    = regexp.MustCompile(`^(?:《(.+)》|(.*?))(第` + numeral + `条.*)$`)
)

// number is where a rule stands: article, its inserted number (之一), paragraph, item; 0 for none.
type number struct{ article, inserted, paragraph, item int }

func parseNumber(s string) (number, error) {
	m := articlePattern.FindStringSubmatch(s)
	if m == nil {
		return number{}, fmt.Errorf("%q is not an article like 第三十四条, 第二十三条第三款 or 第二十二条第一款第二项", s)
	}
	var parts [4]int
	for i, digits := range m[1:] {
		if digits == "" {
			continue
		}
		n, ok := parseNumeral(digits)
		if !ok {
			return number{}, fmt.Errorf("%q: %q is not a number", s, digits)
		}
		parts[i] = n
	}
	return number{parts[0], parts[1], parts[2], parts[3]}, nil
}

// String is the number as statutes print it, in Chinese numerals.
func (n number) String() string {
	s := "第" + numeralOf(n.article) + "条"
	if n.inserted > 0 {
		s += "之" + numeralOf(n.inserted)
	}
	if n.paragraph > 0 {
		s += "第" + numeralOf(n.paragraph) + "款"
	}
	if n.item > 0 {
		s += "第" + numeralOf(n.item) + "项"
	}
	return s
}

// english is "art. 23, para. 3, item 1".
func (n number) english() string {
	s := "art. " + strconv.Itoa(n.article)
	if n.inserted > 0 {
		s += "-" + strconv.Itoa(n.inserted)
	}
	if n.paragraph > 0 {
		s += ", para. " + strconv.Itoa(n.paragraph)
	}
	if n.item > 0 {
		s += ", item " + strconv.Itoa(n.item)
	}
	return s
}

// parent is the rule that holds this one: an item's paragraph, a paragraph's article, "" above an article.
func parent(article string) string {
	n, err := parseNumber(article)
	if err != nil {
		return ""
	}
	switch {
	case n.item > 0:
		n.item = 0
	case n.paragraph > 0:
		n.paragraph = 0
	default:
		return ""
	}
	return n.String()
}

// parseNumeral takes 34, 三十四, 二百零四, 一千二百五十九: 1 to 9999.
func parseNumeral(s string) (int, bool) {
	if n, err := strconv.Atoi(s); err == nil {
		return n, n > 0 && n <= 9999
	}
	total, digit := 0, 0
	for _, r := range s {
		if i := strings.IndexRune("零一二三四五六七八九", r); i >= 0 {
			digit = i / len("零") // IndexRune counts bytes
			continue
		}
		unit := map[rune]int{'十': 10, '百': 100, '千': 1000}[r]
		if unit == 0 {
			continue // 〇 holds a place
		}
		total += max(digit, 1) * unit
		digit = 0
	}
	total += digit
	// Whatever is not written as we would write it ("十三二") is not a number.
	return total, total > 0 && total <= 9999 && numeralOf(total) == strings.ReplaceAll(s, "〇", "零")
}

func numeralOf(n int) string {
	digits := []string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	var b strings.Builder
	gap := false
	for _, u := range []struct {
		n    int
		word string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		d := n / u.n
		n %= u.n
		switch {
		case d == 0:
			gap = b.Len() > 0
			continue
		case gap:
			b.WriteString("零")
			gap = false
		}
		if d == 1 && u.n == 10 && b.Len() == 0 {
			b.WriteString("十") // 十五, but 一百一十五
			continue
		}
		b.WriteString(digits[d] + u.word)
	}
	return b.String()
}
