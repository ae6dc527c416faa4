package paper

import (
	"fmt"
	"regexp"
	"strings"
)

// numbers counts the headings of each level; a heading starts the levels below it anew.
type numbers [5]int

var numbered = [5]*regexp.Regexp{
	1: regexp.MustCompile(`^[一二三四五六七八九十百]+、`),
	2: regexp.MustCompile(`^[（(][一二三四五六七八九十百]+[）)]`),
	3: regexp.MustCompile(`^\d+[.．]`),
	4: regexp.MustCompile(`^[（(]\d+[）)]`),
}

// number is the heading's text with its number in the form of its level.
func (c *numbers) number(h Heading) string {
	c[h.Level]++
	for below := h.Level + 1; below < len(c); below++ {
		c[below] = 0
	}
	if numbered[h.Level].MatchString(h.Text) {
		return h.Text
	}
	n := c[h.Level]
	switch h.Level {
	case 1:
		return han(n) + "、" + h.Text
	case 2:
		return "（" + han(n) + "）" + h.Text
	case 3:
		return fmt.Sprintf("%d. %s", n, h.Text)
	default:
		return fmt.Sprintf("（%d）%s", n, h.Text)
	}
}

var digits = strings.Split("零一二三四五六七八九", "")

// han writes 1 to 99 in Chinese numerals; beyond that a document has other troubles, and gets figures.
func han(n int) string {
	switch {
	case n < 1 || n > 99:
		return fmt.Sprint(n)
	case n < 10:
		return digits[n]
	}
	s := "十"
	if n >= 20 {
		s = digits[n/10] + s
	}
	if n%10 > 0 {
		s += digits[n%10]
	}
	return s
}
