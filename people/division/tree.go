package division

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

//go:embed data/divisions.txt.gz
var published []byte

//go:embed data/demo_villages.csv
var demoVillages []byte

// DemoVillages is the CSV of the demonstration county's villages, for Import.
func DemoVillages() io.Reader { return bytes.NewReader(demoVillages) }

// Tree is the places down to the townships, in memory and never changed. 45,000 places take less than
// 2 MB: two numbers each, and one buffer that holds every name.
type Tree struct {
	codes []uint64 // ascending
	names []uint32 // where each name begins in text; one more than codes, the last is the end
	text  string
	extra map[string]Division // from the database: new places, and ended or renamed ones
	known []string            // the codes of extra, ascending
	added int                 // how many of them codes has not
}

var embedded = sync.OnceValue(func() *Tree {
	t, err := parse(published)
	if err != nil {
		// The data is compiled in; a fault in it is a fault of this build.
		panic(err)
	}
	return t
})

// Embedded is the tree as published, without what the database knows.
func Embedded() *Tree { return embedded() }

// parse reads what tools/divisions writes: depth in tabs, the digits below the parent, the name.
func parse(gz []byte) (*Tree, error) {
	z, err := gzip.NewReader(bytes.NewReader(gz))
	if err != nil {
		return nil, fmt.Errorf("division: data: %w", err)
	}
	t := &Tree{}
	var text strings.Builder
	var above [4]string
	widths := [4]int{2, 2, 2, 3}
	lines := bufio.NewScanner(z)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		name := strings.TrimLeft(line, "\t")
		depth := len(line) - len(name)
		if depth > 3 || len(name) <= widths[depth] {
			return nil, fmt.Errorf("division: data line %d: %q", n, line)
		}
		prefix := ""
		if depth > 0 {
			prefix = above[depth-1]
		}
		above[depth] = prefix + name[:widths[depth]]
		if depth == 1 {
			above[2] = above[1] + "00" // a city without counties
		}
		code, ok := number(above[depth] + strings.Repeat("0", 12-len(above[depth])))
		if !ok || len(t.codes) > 0 && code <= t.codes[len(t.codes)-1] {
			return nil, fmt.Errorf("division: data line %d: code not ascending: %q", n, line)
		}
		t.codes = append(t.codes, code)
		t.names = append(t.names, uint32(text.Len()))
		text.WriteString(name[widths[depth]:])
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("division: data: %w", err)
	}
	t.names = append(t.names, uint32(text.Len()))
	t.codes, t.names, t.text = slices.Clip(t.codes), slices.Clip(t.names), strings.Clone(text.String())
	return t, nil
}

func number(code string) (uint64, bool) {
	if !isCode(code) {
		return 0, false
	}
	var n uint64
	for i := range len(code) {
		n = n*10 + uint64(code[i]-'0')
	}
	return n, true
}

func (t *Tree) at(i int) Division {
	code := fmt.Sprintf("%012d", t.codes[i])
	if d, ok := t.extra[code]; ok {
		return d
	}
	return Division{Code: code, Parent: ParentOf(code), Name: t.text[t.names[i]:t.names[i+1]], Kind: KindOf(code)}
}

// Len is the number of places.
func (t *Tree) Len() int { return len(t.codes) + t.added }

// Get is the place with the code; villages are not in the tree.
func (t *Tree) Get(code string) (Division, bool) {
	if d, ok := t.extra[code]; ok {
		return d, true
	}
	n, ok := number(code)
	if !ok {
		return Division{}, false
	}
	i, ok := slices.BinarySearch(t.codes, n)
	if !ok {
		return Division{}, false
	}
	return t.at(i), true
}

// Children are the places directly beneath the code, by code; the provinces for "".
func (t *Tree) Children(code string) []Division {
	var found []Division
	for _, d := range t.within(code) {
		if d.Parent == code && d.Code != code {
			found = append(found, d)
		}
	}
	return found
}

// within are all places whose code lies in the range of the code, itself included.
func (t *Tree) within(code string) []Division {
	prefix := ""
	if code != "" {
		if _, ok := t.Get(code); !ok {
			return nil
		}
		prefix = Prefix(code)
	}
	low, _ := number(prefix + strings.Repeat("0", 12-len(prefix)))
	high, _ := number(prefix + strings.Repeat("9", 12-len(prefix)))
	var found []Division
	i, _ := slices.BinarySearch(t.codes, low)
	for ; i < len(t.codes) && t.codes[i] <= high; i++ {
		if code != "" || t.codes[i]%1e10 == 0 { // for the provinces alone, the rest need not be built
			found = append(found, t.at(i))
		}
	}
	for _, c := range t.known {
		if strings.HasPrefix(c, prefix) || t.extra[c].Parent == code {
			found = append(found, t.extra[c])
		}
	}
	slices.SortFunc(found, func(a, b Division) int { return strings.Compare(a.Code, b.Code) })
	return slices.CompactFunc(found, func(a, b Division) bool { return a.Code == b.Code })
}

// with is the tree with the places of the database laid over it.
func (t *Tree) with(extra []Division) *Tree {
	n := &Tree{codes: t.codes, names: t.names, text: t.text, extra: make(map[string]Division, len(extra))}
	for _, d := range extra {
		if _, ok := t.Get(d.Code); !ok {
			n.added++
		}
		n.extra[d.Code] = d
		n.known = append(n.known, d.Code)
	}
	slices.Sort(n.known)
	return n
}

// Path is the places from the province to the code itself; empty when the code is unknown.
func (t *Tree) Path(code string) []Division {
	var path []Division
	for d, ok := t.Get(code); ok && len(path) < 6; d, ok = t.Get(d.Parent) {
		path = append(path, d)
	}
	slices.Reverse(path)
	return path
}

// FullName is the address of the code: "湖北省咸宁市崇阳县天城镇".
func (t *Tree) FullName(code string) string { return FullName(t.Path(code)) }

// Find are the places whose name contains the text, or whose code begins with it when it is digits. Several
// words narrow step by step: "崇阳 天城". At most limit; names that begin with the text come first, and of
// these the greater places.
func (t *Tree) Find(text string, limit int) []Division {
	terms := strings.Fields(text)
	if len(terms) == 0 || limit <= 0 {
		return nil
	}
	last := terms[len(terms)-1]
	digits := strings.Trim(last, "0123456789") == ""
	var found []Division
	visit := func(d Division) {
		if !d.Nominal() && t.under(d, terms[:len(terms)-1]) {
			found = append(found, d)
		}
	}
	for i, code := range t.codes {
		if strings.Contains(t.text[t.names[i]:t.names[i+1]], last) ||
			digits && strings.HasPrefix(fmt.Sprintf("%012d", code), last) {
			if d := t.at(i); t.extra[d.Code].Code == "" {
				visit(d)
			}
		}
	}
	for _, code := range t.known {
		if d := t.extra[code]; strings.Contains(d.Name, last) || strings.HasPrefix(code, last) {
			visit(d)
		}
	}
	slices.SortStableFunc(found, func(a, b Division) int { return rank(a, last) - rank(b, last) })
	return found[:min(limit, len(found))]
}

// rank orders what was found: the beginning of the name before its middle, greater places before smaller ones.
func rank(d Division, text string) int {
	n := slices.Index([]Kind{Province, City, County, Township, Village}, d.Kind)
	if !strings.HasPrefix(d.Name, text) && !strings.HasPrefix(d.Code, text) {
		n += 10
	}
	return n
}

// under reports whether every word is in the name of a place above d.
func (t *Tree) under(d Division, words []string) bool {
	if len(words) == 0 {
		return true
	}
	above := t.FullName(d.Parent)
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(above, w) })
}
