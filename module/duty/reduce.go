package duty

import (
	"math/big"
	"strings"
)

// Tenths is part of whole in tenths of a percent, rounded half up; ok is false where there is no whole.
func Tenths(part, whole int) (tenths int, ok bool) {
	if whole <= 0 {
		return 0, false
	}
	sign := 1
	if part < 0 {
		sign, part = -1, -part
	}
	return sign * ((part*2000 + whole) / (2 * whole)), true
}

// Reduction is by how much a count fell, in tenths of a percent of the count before: 498 to 42 is 916 (91.6 %).
// A rise is negative. ok is false where nothing was there before.
func Reduction(before, after int) (tenths int, ok bool) { return Tenths(before-after, before) }

// Compare reads a percentage that somebody typed and compares it with the two counts it claims to describe. off is
// true when it differs by more than 0.1 point from what they give, exactly and not from the rounded figure; ok is
// false when it is no number or there is nothing to compare it with.
func Compare(claimed string, before, after int) (off, ok bool) {
	s := strings.TrimSpace(strings.TrimRight(strings.TrimSpace(narrow(claimed)), "%"))
	typed, read := new(big.Rat).SetString(s)
	if !read || before <= 0 || strings.ContainsAny(s, "/eE") {
		return false, false
	}
	exact := big.NewRat(int64(before-after)*100, int64(before))
	diff := new(big.Rat).Sub(typed, exact)
	return diff.Abs(diff).Cmp(big.NewRat(1, 10)) > 0, true
}

// narrow makes full-width digits and marks the ordinary ones.
func narrow(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= '！' && c <= '～' {
			return c - '！' + '!'
		}
		return c
	}, s)
}
