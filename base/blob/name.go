package blob

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// CleanName makes a sender's file name safe to show and to offer for download: no folder, no control
// or direction marks (which can make "gpj.exe" read as "exe.jpg"), nothing a file system reserves,
// at most 80 characters.
func CleanName(name string) string {
	name = strings.ToValidUTF8(name, "")
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.In(r, unicode.C, unicode.Zl, unicode.Zp): // control, format (bidi, zero width), private, line ends
			return -1
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, norm.NFC.String(name))
	name = strings.Trim(name, " .")
	if name == "" {
		return "附件"
	}
	if utf8.RuneCountInString(name) > 80 {
		stem, end := split(name)
		name = string([]rune(stem)[:80-1-len(end)]) + "." + end
		name = strings.TrimSuffix(name, ".")
	}
	return name
}

// split parts a name from its ending; an ending is one to five ASCII letters or digits.
func split(name string) (stem, end string) {
	i := strings.LastIndexByte(name, '.')
	if i < 1 || len(name)-i-1 > 5 || len(name)-i-1 < 1 {
		return name, ""
	}
	for _, r := range name[i+1:] {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return name, ""
		}
	}
	return name[:i], name[i+1:]
}

// withEnding gives a name the ending of what it really is.
func withEnding(name string, ends []string) string {
	stem, end := split(name)
	if slices.Contains(ends, strings.ToLower(end)) {
		return stem + "." + strings.ToLower(end)
	}
	return stem + "." + ends[0]
}
