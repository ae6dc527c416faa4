// Package search finds matters by what is said in them, in Chinese and other scripts.
//
// It follows the journal and may be dropped and rebuilt. Chinese is indexed by pairs of neighbouring
// characters, so that a word of two characters is found at once and no dictionary decides what a word is;
// other scripts by words. Beside the words stand facets (state, place, month, bodies with a part in it), so
// that a frequent word with a narrow filter is as fast as a rare one. The index only proposes: whoever asks
// puts the scope of the reader and the exact filters in the same statement, on the matter itself.
//
// Names of citizens and what lies in the vault are never indexed, nor fields that a procedure calls secret.
package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// longest word that is kept whole, in characters; what is longer is no word that people search for.
const longest = 40

// paired reports whether the script is written without blanks, so that pairs of characters are indexed.
func paired(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF ||
		r > 0x7F && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// kept reports whether the character is part of a word; all others part words.
func kept(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) }

// folded is one character as it is compared: full width as half width, upper case as lower case.
func folded(r rune) string {
	switch {
	case r >= 0x4E00 && r <= 0x9FFF || r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
		return string(r)
	case r < 0x80:
		return string(unicode.ToLower(r))
	case r >= 0x2010 && r <= 0x205E || r >= 0x3000 && r <= 0x3004 || r >= 0x3008 && r <= 0x301F: // punctuation
		return " "
	case r >= 0xFF01 && r <= 0xFF5E: // full width
		return string(unicode.ToLower(r - 0xFEE0))
	}
	return strings.ToLower(norm.NFKC.String(string(r)))
}

// Fold is the text as it is compared: words as folded, one blank between them and nothing else.
func Fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	gap := false
	for _, r := range norm.NFC.String(text) {
		for _, f := range folded(r) {
			if !kept(f) {
				gap = b.Len() > 0
				continue
			}
			if gap {
				b.WriteByte(' ')
				gap = false
			}
			b.WriteRune(f)
		}
	}
	return b.String()
}

// Tokens are what a text is found by, each once, in the order in which they first stand there: pairs of
// neighbouring Chinese characters, and words and numbers of other scripts.
func Tokens(text string) []string { return tokens(Fold(text)) }

func tokens(fold string) []string {
	var list []string
	seen := map[string]bool{}
	add := func(t string) {
		if !seen[t] {
			seen[t] = true
			list = append(list, t)
		}
	}
	for _, word := range strings.Fields(fold) {
		start := 0 // of the run of other scripts
		flush := func(end int) {
			if end > start {
				add(short(word[start:end]))
			}
		}
		before, from := false, 0 // the character before was paired, and began there
		for i, r := range word {
			size := len(string(r))
			if !paired(r) {
				before = false
				continue
			}
			if !before {
				flush(i)
			} else {
				add(word[from : i+size])
			}
			before, from, start = true, i, i+size
		}
		if !before {
			flush(len(word))
		}
	}
	return list
}

// short cuts a word that is too long, in the text and in the question alike.
func short(word string) string {
	n := 0
	for i := range word {
		if n == longest {
			return word[:i]
		}
		n++
	}
	return word
}

// Stretches are up to three stretches of four characters of a title that something like it probably holds too;
// the whole of a shorter one. In other scripts they are its longest words.
func Stretches(title string) []string {
	const most, size = 3, 4
	var list []string
	for _, word := range strings.Fields(Fold(title)) {
		r := []rune(word)
		for i := 0; i < len(r) && len(list) < most; i += size {
			from := max(0, min(i, len(r)-size)) // the last one reaches back, so that it is whole
			if part := string(r[from:min(from+size, len(r))]); len(tokens(part)) > 0 && len(r) > 1 {
				list = append(list, part)
			}
		}
	}
	return list
}
