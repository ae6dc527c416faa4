package procedure

import (
	"fmt"
	"strconv"
	"strings"
)

// Numbered fills a number's pattern: "LX{year}-{n}" gives LX2026-000042, and 〔{year}〕{n}号 in a letter's
// number, where the digits are not padded, 〔2026〕42号.
func Numbered(pattern string, year int, n int64) string {
	digits := fmt.Sprintf("%06d", n)
	if strings.Contains(pattern, "〔") {
		digits = strconv.FormatInt(n, 10)
	}
	return strings.NewReplacer("{year}", strconv.Itoa(year), "{n}", digits).Replace(pattern)
}
