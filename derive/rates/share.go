package rates

import (
	"slices"
	"strconv"
	"strings"
)

// Share is a numerator with its denominator; neither is ever shown without the other.
type Share struct{ N, Of int }

// String is the share in per cent with one decimal, rounded half up; "" where there is nothing to divide by.
func (s Share) String() string {
	if s.Of == 0 {
		return ""
	}
	return tenths((2*1000*s.N + s.Of) / (2 * s.Of))
}

func tenths(n int) string {
	text := strconv.Itoa(n/10) + "." + strconv.Itoa(n%10)
	return strings.TrimSuffix(text, ".0")
}

// Figure is what is known of one rate of one body, place, class or month.
type Figure struct {
	Raw      Share // every case that is decided
	Adjusted Share // without those that a reason leaves out
	Open     int   // not decided yet, and in neither
	Left     []Left
	Asked    []Asked
	Spared   bool // parts that tell of few cases were taken out: Raw, where it is zero, some of Left and Asked
}

// Left is how many cases a reason leaves out, and how many of them were met all the same.
type Left struct {
	Why    string
	N, Met int
}

// Asked is the adjusted share among those whom one way of asking reached.
type Asked struct {
	How string
	Share
}

// Figures puts sums together: by rate, then by key.
func Figures(sums []Sum) map[string]map[string]*Figure {
	all := map[string]map[string]*Figure{}
	for _, s := range sums {
		if all[s.Rate] == nil {
			all[s.Rate] = map[string]*Figure{}
		}
		f := all[s.Rate][s.Key]
		if f == nil {
			f = &Figure{}
			all[s.Rate][s.Key] = f
		}
		f.add(s)
	}
	return all
}

// Add takes in another figure: the total of two bodies.
func (f *Figure) Add(g *Figure) {
	f.Raw.plus(g.Raw)
	f.Adjusted.plus(g.Adjusted)
	f.Open += g.Open
	for _, l := range g.Left {
		f.left(l)
	}
	for _, a := range g.Asked {
		f.asked(a)
	}
}

func (f *Figure) add(s Sum) {
	if s.Outcome == Open {
		f.Open += s.N
		return
	}
	share := Share{Of: s.N}
	if s.Outcome == Met {
		share.N = s.N
	}
	f.Raw.plus(share)
	if s.Why != "" {
		f.left(Left{s.Why, share.Of, share.N})
		return
	}
	f.Adjusted.plus(share)
	if s.Asked != "" {
		f.asked(Asked{s.Asked, share})
	}
}

func (s *Share) plus(o Share) { s.N, s.Of = s.N+o.N, s.Of+o.Of }

func (f *Figure) left(l Left) {
	i, ok := slices.BinarySearchFunc(f.Left, l.Why, func(x Left, why string) int { return strings.Compare(x.Why, why) })
	if !ok {
		f.Left = slices.Insert(f.Left, i, Left{Why: l.Why})
	}
	f.Left[i].N, f.Left[i].Met = f.Left[i].N+l.N, f.Left[i].Met+l.Met
}

func (f *Figure) asked(a Asked) {
	i, ok := slices.BinarySearchFunc(f.Asked, a.How, func(x Asked, how string) int { return strings.Compare(x.How, how) })
	if !ok {
		f.Asked = slices.Insert(f.Asked, i, Asked{How: a.How})
	}
	f.Asked[i].plus(a.Share)
}

// Composite is the weighted mean of the shares in per cent, with one decimal; "" where a weighted one has nothing to
// divide by, or nobody set weights: none are invented.
func Composite(weights map[string]int, shares map[string]Share) string {
	total, sum := 0, 0.0
	for id, w := range weights {
		s := shares[id]
		if s.Of == 0 {
			return ""
		}
		total += w
		sum += float64(w) * 1000 * float64(s.N) / float64(s.Of)
	}
	if total == 0 {
		return ""
	}
	return tenths(int(sum/float64(total) + 0.5))
}

// Few hides what the public must not see: figures of fewer than least cases would tell of single people. Where one
// alone is hidden, or all hidden ones together are too few, the smallest shown is hidden with them, so that nobody
// finds them by taking the others from the total. It returns the keys that are hidden.
func Few(least int, of map[string]int) map[string]bool {
	hidden := map[string]bool{}
	var shown []string
	sum := 0
	for key, n := range of {
		switch {
		case n == 0:
		case n < least:
			hidden[key], sum = true, sum+n
		default:
			shown = append(shown, key)
		}
	}
	slices.SortFunc(shown, func(a, b string) int {
		if of[a] != of[b] {
			return of[a] - of[b]
		}
		return strings.Compare(a, b)
	})
	for len(hidden) > 0 && (len(hidden) == 1 || sum < least) && len(shown) > 0 {
		hidden[shown[0]], sum, shown = true, sum+of[shown[0]], shown[1:]
	}
	return hidden
}

// Spare takes out of figures that the public reads what tells of few cases: the reasons and the ways of asking with fewer
// than least, how many are open where it is so few, and how it was before the exclusions where so few were left out that the difference is the answer of single
// people. What could be found by taking the others from the whole goes with it.
func Spare(least int, figures map[string]*Figure) {
	left := map[string]int{}
	for key, f := range figures {
		left[key] = f.Raw.Of - f.Adjusted.Of
	}
	for key := range Few(least, left) {
		figures[key].Raw, figures[key].Left, figures[key].Spared = Share{}, nil, true
	}
	for _, f := range figures {
		if f.Open < least {
			f.Open = 0
		}
		why, how := map[string]int{}, map[string]int{}
		for _, l := range f.Left {
			why[l.Why] = l.N
		}
		for _, a := range f.Asked {
			how[a.How] = a.Of
		}
		few, fewAsked := Few(least, why), Few(least, how)
		f.Spared = f.Spared || len(few)+len(fewAsked) > 0
		f.Left = slices.DeleteFunc(f.Left, func(l Left) bool { return few[l.Why] })
		f.Asked = slices.DeleteFunc(f.Asked, func(a Asked) bool { return fewAsked[a.How] })
	}
}
