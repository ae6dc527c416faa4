package search

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Piece is a stretch of text, found or not. Pages escape the text and mark the hits themselves.
type Piece struct {
	Text string
	Hit  bool
}

// width of an excerpt in characters, and how much of it may stand before the first hit.
const (
	width  = 72
	before = 16
)

// Marked is the whole text with the words marked.
func Marked(text string, words []string) []Piece {
	r := []rune(norm.NFC.String(text))
	return pieces(r, hits(r, words), 0, len(r))
}

// Excerpt is the stretch of the first text that holds most of the words, marked; of the first text that is not
// empty when none holds any. Each text that is looked at is first made what the reader may read of it by shown.
func Excerpt(texts []string, words []string, shown func(string) string) []Piece {
	var best []rune
	var marks [][2]int
	most := -1
	for _, text := range texts {
		r := []rune(norm.NFC.String(shown(strings.TrimSpace(text))))
		h := hits(r, words)
		if n := distinct(r, words, h); n > most && len(r) > 0 {
			best, marks, most = r, h, n
		}
		if most == len(words) {
			break
		}
	}
	from, to := 0, min(len(best), width)
	if len(marks) > 0 && marks[0][0] > before && len(best) > width {
		from = min(marks[0][0]-before, len(best)-width)
		to = from + width
	}
	out := pieces(best, marks, from, to)
	if from > 0 {
		out = append([]Piece{{Text: "…"}}, out...)
	}
	if to < len(best) {
		out = append(out, Piece{Text: "…"})
	}
	return out
}

// hits are the stretches of the text that fold to one of the words, in order, none inside another.
func hits(text []rune, words []string) [][2]int {
	fold := make([]rune, 0, len(text))
	at := make([]int, 0, len(text)) // which character of the text each folded one comes from
	for i, r := range text {
		for _, f := range folded(r) {
			if !kept(f) {
				f = ' '
			}
			if f != ' ' || len(fold) > 0 && fold[len(fold)-1] != ' ' { // as Fold does: one blank between words
				fold, at = append(fold, f), append(at, i)
			}
		}
	}
	var found [][2]int
	for _, word := range words {
		w := []rune(word)
		for i := 0; i+len(w) <= len(fold); i++ {
			if slices.Equal(fold[i:i+len(w)], w) {
				found = append(found, [2]int{at[i], at[i+len(w)-1] + 1})
			}
		}
	}
	slices.SortFunc(found, func(a, b [2]int) int { return a[0] - b[0] })
	var merged [][2]int
	for _, h := range found {
		if n := len(merged); n > 0 && h[0] <= merged[n-1][1] {
			merged[n-1][1] = max(merged[n-1][1], h[1])
			continue
		}
		merged = append(merged, h)
	}
	return merged
}

// distinct is how many of the words the text holds.
func distinct(text []rune, words []string, found [][2]int) int {
	if len(found) == 0 {
		return 0
	}
	if len(words) == 1 {
		return 1
	}
	n := 0
	fold := Fold(string(text))
	for _, w := range words {
		if strings.Contains(fold, w) {
			n++
		}
	}
	return n
}

func pieces(text []rune, marks [][2]int, from, to int) []Piece {
	var out []Piece
	add := func(a, b int, hit bool) {
		if a, b = max(a, from), min(b, to); a < b {
			out = append(out, Piece{string(text[a:b]), hit})
		}
	}
	at := from
	for _, m := range marks {
		add(at, m[0], false)
		add(m[0], m[1], true)
		at = max(at, m[1])
	}
	add(at, to, false)
	return out
}
