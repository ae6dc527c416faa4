package paper

import (
	"strings"
	"unicode"
)

// What may not start a line and what may not end one (避头尾, GB/T 15834-2011 5.1): closing marks
// and stops stay with what they close, opening marks with what they open.
const (
	noStart = "，。、；：？！）】》〉」』〕］｝”’…—·～‰％℃,.;:?!)]}%°′″々〗"
	noEnd   = "（【《〈「『〔［｛“‘([{〖￥＄$#＃№§"
)

// canBreak reports whether a line may end after a and the next begin with b.
func canBreak(a, b rune) bool {
	switch {
	case b == ' ':
		return false // a space hangs at the end of its line
	case a == ' ':
		return !strings.ContainsRune(noStart, b)
	case strings.ContainsRune(noStart, b), strings.ContainsRune(noEnd, a):
		return false
	}
	return !(inWord(a) && inWord(b))
}

// inWord is true of what stands together unhyphenated: Latin words, figures, addresses, numbers.
func inWord(r rune) bool {
	return r < 0x2000 && r != ' ' || unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic)
}

// span is a line: glyphs from i to j, trailing spaces cut off.
type span struct{ i, j int }

// fill breaks the glyphs into lines: the first has room first, the others rest; track is added to
// each glyph's advance. A piece with no permitted break is cut where the line is full.
func fill(g []glyph, first, rest, size, track float64) []span {
	var lines []span
	room := first
	for i := 0; i < len(g); {
		j, used := i, 0.0
		for j < len(g) && (used+g[j].em*size+track <= room+0.01 || g[j].r == ' ') {
			used += g[j].em*size + track
			j++
		}
		if j < len(g) {
			j = retreat(g, i, max(j, i+1))
		}
		lines = append(lines, trim(g, span{i, j}))
		i, room = j, rest
		for i < len(g) && g[i].r == ' ' {
			i++
		}
	}
	return lines
}

// retreat is the last permitted break at or before j, or j itself when the line has none.
func retreat(g []glyph, i, j int) int {
	for k := j; k > i; k-- {
		if canBreak(g[k-1].r, g[k].r) {
			return k
		}
	}
	return j
}

func trim(g []glyph, s span) span {
	for s.j > s.i && g[s.j-1].r == ' ' {
		s.j--
	}
	return s
}

// balanced breaks a title into lines of nearly equal length, as few as the room allows.
func balanced(g []glyph, room, size float64) []span {
	least := len(fill(g, room, room, size, 0))
	for try := width(g, size, 0) / float64(least); try < room; try += size / 2 {
		if lines := fill(g, try, try, size, 0); len(lines) == least {
			return lines
		}
	}
	return fill(g, room, room, size, 0)
}

func width(g []glyph, size, track float64) float64 {
	w := 0.0
	for _, x := range g {
		w += x.em*size + track
	}
	return w
}
