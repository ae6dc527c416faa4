package paper

import (
	"strings"
	"unicode"
)

// Clean removes what has no place on paper and could deceive a reader or break a file: invalid
// UTF-8, NUL and other controls, marks that turn the writing direction, characters without width,
// variation selectors and tags. Line breaks stay as "\n"; a tab becomes a space.
func Clean(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\r', r == '\u0085', r == '\u2028', r == '\u2029':
			return '\n'
		case r == '\t':
			return ' '
		case !printable(r):
			return -1
		}
		return r
	}, s)
}

func printable(r rune) bool {
	switch {
	case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r):
		return false // controls; bidi marks, zero-width characters, soft hyphen, tags
	case unicode.Is(unicode.Variation_Selector, r), unicode.Is(unicode.Noncharacter_Code_Point, r):
		return false
	case r == '\u115f', r == '\u1160', r == '\u3164', r == '\uffa0', r == '\ufffd':
		return false // fillers that show nothing, and the mark of a decoding that failed before us
	}
	return true
}

// oneLine is Clean for what stands on one line: breaks and runs of blanks become one space.
func oneLine(s string) string {
	s = Clean(s)
	if !strings.ContainsAny(s, "\n ") {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

func cleanAll(list []string) []string {
	var out []string
	for _, s := range list {
		out = append(out, oneLine(s))
	}
	return out
}
