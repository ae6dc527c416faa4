package scenario

import (
	"regexp"
	"strconv"
	"strings"
)

// counted is a Chinese number before a measure: a sentence may say 三十日 where another says 30日.
var counted = regexp.MustCompile(`([零一二三四五六七八九十百]+)(日|天|人|个|名|年|小时|分钟)`)

// digits writes the Chinese numbers of a sentence in digits, so that two ways of writing one number are the same.
func digits(s string) string {
	return counted.ReplaceAllStringFunc(s, func(m string) string {
		parts := counted.FindStringSubmatch(m)
		n, ok := chinese(parts[1])
		if !ok {
			return m
		}
		return strconv.Itoa(n) + parts[2]
	})
}

// chinese reads 三十 as 30, 一百二十 as 120, 十五 as 15; ok is false for what is no number below a thousand.
func chinese(s string) (n int, ok bool) {
	digit := -1
	for _, c := range s {
		switch i := strings.IndexRune("零一二三四五六七八九", c); {
		case i >= 0:
			if digit > 0 {
				return 0, false
			}
			digit = i / 3
		case c == '十':
			n, digit = n+10*tens(digit), -1
		case c == '百':
			if digit < 0 {
				return 0, false
			}
			n, digit = n+100*digit, -1
		}
	}
	return n + max(digit, 0), true
}

// tens: a bare 十 is ten.
func tens(digit int) int {
	if digit <= 0 {
		return 1
	}
	return digit
}
