package collect

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Reason is why an element is suggested, in words.
type Reason struct {
	Text string // Chinese sentence
	Args []any
}

// Suggestion is an element that a field may be. Score is between 0 and 1 and only orders the suggestions.
type Suggestion struct {
	Element Element
	Score   float64
	Why     []Reason
}

// Ask is a field as the matcher sees it.
type Ask struct {
	Label   string
	Heading string // what stands above it, where several columns have one heading
	Unit    string
	Samples []string
}

// Most suggestions that a person is shown, and the score under which nothing is suggested.
const (
	best  = 3
	least = 0.42
)

// Matcher finds the elements that a field may be. It is made once for a catalogue and then only read.
type Matcher struct {
	words    *Words
	elements []Element
	names    []name
	postings map[string][]posting // by sign or pair of signs: the names that have it
	exact    map[string][]int32   // by text
	weight   map[string]float64   // how much a sign or a pair tells: those in few names tell more
	learned  map[string]map[string]int
}

// posting is a name that has a sign or a pair, and how often.
type posting struct {
	name int32
	n    float32
}

// name is the title or a synonym of an element.
type name struct {
	element int
	said    string
	phrase
	grams map[string]float64
	sum   float64
	title bool
}

// NewMatcher reads the catalogue. learned says, for labels as the matcher reads them, which elements persons confirmed
// and how often.
func NewMatcher(w *Words, elements []Element, learned map[string]map[string]int) *Matcher {
	m := &Matcher{words: w, elements: elements, postings: map[string][]posting{}, exact: map[string][]int32{}, weight: map[string]float64{}, learned: learned}
	for i, e := range elements {
		m.add(i, e.Title, true)
		for _, s := range e.Synonyms {
			m.add(i, s, false)
		}
	}
	df := map[string]int{}
	for _, n := range m.names {
		for g := range n.grams {
			df[g]++
		}
	}
	for g, n := range df {
		m.weight[g] = math.Log(1 + float64(len(m.names))/float64(n))
	}
	for i := range m.names {
		n := &m.names[i]
		n.sum = m.sum(n.grams)
		m.exact[n.text] = append(m.exact[n.text], int32(i))
		for g, often := range n.grams {
			m.postings[g] = append(m.postings[g], posting{int32(i), float32(often)})
		}
	}
	return m
}

func (m *Matcher) add(element int, said string, title bool) {
	p := m.words.read(said)
	m.names = append(m.names, name{element: element, said: said, phrase: p, grams: grams(p.text), title: title})
}

func (m *Matcher) sum(g map[string]float64) float64 {
	total := 0.0
	for x, n := range g {
		total += n * m.weigh(x)
	}
	return total
}

// weigh: what no name has tells as much as what one name has.
func (m *Matcher) weigh(g string) float64 {
	if w, ok := m.weight[g]; ok {
		return w
	}
	return math.Log(1 + float64(len(m.names)))
}

// Read is the label as the matcher reads it: what is learnt is learnt under this.
func (m *Matcher) Read(label string) string { return m.words.read(label).text }

// found is the best that is known of one element while a field is matched.
type found struct {
	score float64
	name  *name
	exact bool
	whole bool // found together with the heading
}

// Match are the best three elements for the field, the likeliest first; none where nothing is likely.
func (m *Matcher) Match(a Ask) []Suggestion {
	p := m.words.read(a.Label)
	if a.Unit != "" {
		if u := unitOf(plain(a.Unit)); u != "" {
			p.unit = u
		}
	}
	hits := map[int]*found{}
	m.look(p, false, 1, hits)
	m.whose(p, hits)
	if a.Heading != "" {
		above := m.words.read(a.Heading)
		if p.unit == "" {
			p.unit = above.unit
		}
		for _, text := range []string{above.text + p.text, p.text + above.text} {
			m.look(phrase{text: text, unit: p.unit}, true, 0.97, hits)
		}
	}
	var list []Suggestion
	for i, f := range hits {
		s := m.judge(a, p, m.elements[i], f)
		if s.Score >= least {
			list = append(list, s)
		}
	}
	list = m.recall(p, list)
	slices.SortFunc(list, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.Element.ID, b.Element.ID))
	})
	return list[:min(best, len(list))]
}

// look collects the elements whose names share signs with the text.
func (m *Matcher) look(p phrase, whole bool, factor float64, hits map[int]*found) {
	if p.text == "" {
		return
	}
	g := grams(p.text)
	own := m.sum(g)
	shared := make([]float64, len(m.names))
	var touched []int32
	for x, n := range g {
		list := m.postings[x]
		if len([]rune(x)) == 1 && len(list) > 400 && len(g) > 3 {
			continue // a sign that stands everywhere finds nothing; it still counts for what the pairs find
		}
		w := m.weigh(x)
		for _, at := range list {
			if shared[at.name] == 0 {
				touched = append(touched, at.name)
			}
			shared[at.name] += min(n, float64(at.n)) * w
		}
	}
	for _, i := range touched {
		n, both := &m.names[i], shared[i]
		score := likeness(both, own, n.sum)
		exact := n.text == p.text
		if exact {
			score = 1
		}
		score = factor * score
		if f := hits[n.element]; f == nil || score > f.score || score == f.score && n.title && !f.name.title {
			hits[n.element] = &found{score: score, name: n, exact: exact, whole: whole}
		}
	}
}

// whose finds what a person has under a label that also says which person: 学生姓名 is a 姓名.
func (m *Matcher) whose(p phrase, hits map[int]*found) {
	runes := []rune(p.text)
	for i := 1; i+1 < len(runes) && i <= 4; i++ {
		for _, at := range m.exact[string(runes[i:])] {
			n := &m.names[at]
			if m.elements[n.element].Subject != "person" {
				continue
			}
			if f := hits[n.element]; f == nil || f.score < 0.8 {
				hits[n.element] = &found{score: 0.8, name: n}
			}
		}
	}
}

// likeness of a label and a name by what they share: mostly how much of both it is, partly how much of the label, because
// a word of the label that the name lacks makes it another thing.
func likeness(both, a, b float64) float64 {
	if a == 0 || b == 0 {
		return 0
	}
	return 0.95 * (0.7*2*both/(a+b) + 0.3*both/a)
}

// judge weighs what else speaks for the element, or against it, and says so.
func (m *Matcher) judge(a Ask, p phrase, e Element, f *found) Suggestion {
	s := Suggestion{Element: e, Score: f.score * 0.86}
	s.Why = append(s.Why, nameReason(f))
	add := func(d float64, text string, args ...any) {
		s.Score += d
		if text != "" {
			s.Why = append(s.Why, Reason{text, args})
		}
	}
	unitSpeaks(p, f, e, add)
	formSpeaks(p, e, add)
	samplesSpeak(a.Samples, e, add)
	if d := m.definition(p, e); d > 0.6 && !f.exact {
		add(0.05*d, "定义里说到同样的内容")
	}
	s.Score = max(0, min(s.Score, 0.99))
	return s
}

func nameReason(f *found) Reason {
	switch {
	case f.exact && f.whole:
		return Reason{"连同上面的标题与“{name}”相同", []any{"name", f.name.said}}
	case f.exact && f.name.title:
		return Reason{"名称相同", nil}
	case f.exact:
		return Reason{"与同义词“{name}”相同", []any{"name", f.name.said}}
	case f.whole:
		return Reason{"连同上面的标题与“{name}”相近", []any{"name", f.name.said}}
	}
	return Reason{"名称与“{name}”相近", []any{"name", f.name.said}}
}

// alike are units by which people count the same things.
var alike = [][]string{{"人", "人次"}, {"个", "处", "座", "家", "口", "所", "栋", "条", "支", "项", "件", "盏", "台", "张", "起", "次", "具"}, {"元", "万元"}, {"平方米", "亩", "平方公里"}}

func unitSpeaks(p phrase, f *found, e Element, add func(float64, string, ...any)) {
	counted := e.Type == "int" || e.Type == "number"
	switch {
	case p.unit == "":
		return
	case !counted:
		add(-0.2, "")
	case p.unit == e.Unit:
		add(0.07, "单位同为“{unit}”", "unit", p.unit)
	case slices.ContainsFunc(alike, func(g []string) bool { return slices.Contains(g, p.unit) && slices.Contains(g, e.Unit) }):
		add(-0.03, "")
	default:
		add(-0.22, "")
	}
}

func formSpeaks(p phrase, e Element, add func(float64, string, ...any)) {
	switch {
	case p.asks == "yes" && e.Type == "yes":
		add(0.06, "都是问“是否”")
	case p.asks == "yes" && (e.Type == "int" || e.Type == "number"):
		add(-0.2, "")
	case p.asks == "day" && e.Type == "day":
		add(0.05, "都是日期")
	case p.asks == "name" && e.Type != "text":
		add(-0.2, "")
	case p.asks != "phone" && strings.HasSuffix(e.Title, "电话"):
		add(-0.12, "")
	case p.asks == "phone" && !strings.HasSuffix(e.Title, "电话"):
		add(-0.2, "")
	case p.asks == "rate" && e.Unit != "%":
		add(-0.15, "")
	case p.asks != "rate" && p.unit != "%" && e.Unit == "%":
		add(-0.1, "")
	case p.asks == "money" && e.Unit != "元" && e.Unit != "万元":
		add(-0.15, "")
	}
}

// definition says how much of the label the element's definition holds.
func (m *Matcher) definition(p phrase, e Element) float64 {
	if e.Definition == "" || len([]rune(p.text)) < 3 {
		return 0
	}
	text := m.words.same.Replace(numerals.Replace(plain(e.Definition)))
	got, all := 0.0, 0.0
	runes := []rune(p.text)
	for i := 0; i+1 < len(runes); i++ {
		pair := string(runes[i : i+2])
		w := m.weigh(pair)
		all += w
		if strings.Contains(text, pair) {
			got += w
		}
	}
	return got / all
}

// recall puts first what persons confirmed for this very label before.
func (m *Matcher) recall(p phrase, list []Suggestion) []Suggestion {
	total := 0
	for _, n := range m.learned[p.text] {
		total += n
	}
	for id, n := range m.learned[p.text] {
		share := float64(n) / float64(total)
		why := Reason{"以前有 {n} 张表把这个名称确认为它", []any{"n", n}}
		at := slices.IndexFunc(list, func(s Suggestion) bool { return s.Element.ID == id })
		if at < 0 {
			i := slices.IndexFunc(m.elements, func(e Element) bool { return e.ID == id })
			if i < 0 {
				continue // the element was taken out of the catalogue since
			}
			list, at = append(list, Suggestion{Element: m.elements[i], Score: least}), len(list)
		}
		s := &list[at]
		s.Score += (1 - s.Score) * 0.9 * share
		s.Why = append([]Reason{why}, s.Why...)
	}
	return list
}
