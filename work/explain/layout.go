// Package explain shows a procedure to people who do not read its file: as a drawing and as sentences.
package explain

import (
	"slices"
	"sort"

	"jishi/work/procedure"
)

// edge is every action that leads from one state to another.
type edge struct {
	from, to string
	actions  []string
}

// layout is where each state stands in the drawing. States with a phase stand in the upper band, a column
// for each phase of the main line; the others, ways out of it, stand beneath, one column after where they
// are first reached. Without phases, a column is the number of steps it takes to get there.
type layout struct {
	columns [][]string
	column  map[string]int
	row     map[string]float64
	below   map[string]bool // in the lower band
	edges   []edge
	always  []string // actions open in every state, which would cover the drawing with lines
}

// lay places the states. States are ordered within their column by where their neighbours stand, so that
// few lines cross; the order is the same every time.
func lay(p *procedure.Procedure) layout {
	l := layout{column: map[string]int{}, row: map[string]float64{}, below: map[string]bool{}}
	l.collect(p)
	for i, phase := range p.Path {
		for name, s := range p.States {
			if s.Phase == phase.ID {
				l.column[name] = i
			}
		}
	}
	if _, ok := l.column[p.Open.To]; !ok {
		l.column[p.Open.To] = 0
	}
	phased := len(l.column)
	for reached := true; reached; {
		reached = l.reach(phased > 1)
	}
	l.fill(p)
	for range 8 {
		l.settle()
	}
	return l
}

// reach places the states that one action leads to from those placed, and reports whether there were any.
func (l *layout) reach(below bool) bool {
	next := map[string]int{}
	for _, e := range l.edges {
		from, placed := l.column[e.from]
		if _, done := l.column[e.to]; placed && !done {
			if c, seen := next[e.to]; !seen || from+1 < c {
				next[e.to] = from + 1
			}
		}
	}
	for name, c := range next {
		l.column[name] = c
		l.below[name] = below
	}
	return len(next) > 0
}

// collect gathers the actions into edges, the main ones first.
func (l *layout) collect(p *procedure.Procedure) {
	at := map[[2]string]int{}
	for _, id := range p.ActionIDs() {
		a := p.Actions[id]
		_, named := p.States["open"] // a procedure may have a state of that name
		if slices.Contains(a.From, "open") && !named || slices.Contains(a.From, "any") {
			l.always = append(l.always, id)
			continue
		}
		for _, from := range a.From {
			if a.To == "same" || a.To == from {
				continue
			}
			k := [2]string{from, a.To}
			if _, ok := at[k]; !ok {
				at[k] = len(l.edges)
				l.edges = append(l.edges, edge{from: from, to: a.To})
			}
			l.edges[at[k]].actions = append(l.edges[at[k]].actions, id)
		}
	}
}

// fill puts the states into their columns. What only an always-open action reaches stands in the last one.
func (l *layout) fill(p *procedure.Procedure) {
	last := 0
	for _, c := range l.column {
		last = max(last, c)
	}
	names := make([]string, 0, len(p.States))
	for name := range p.States {
		names = append(names, name)
		if _, ok := l.column[name]; !ok {
			l.column[name], l.below[name] = last, len(p.Path) > 0
		}
	}
	sort.Strings(names)
	l.columns = make([][]string, last+1)
	for _, name := range names {
		c := l.column[name]
		l.row[name] = float64(len(l.columns[c]))
		l.columns[c] = append(l.columns[c], name)
	}
}

// settle orders each column by the mean row of each state's neighbours, the upper band before the lower.
func (l *layout) settle() {
	upper := 0
	for _, column := range l.columns {
		n := 0
		for _, name := range column {
			if !l.below[name] {
				n++
			}
		}
		upper = max(upper, n)
	}
	for _, column := range l.columns {
		mean := map[string]float64{}
		for _, name := range column {
			mean[name] = l.mean(name)
			if l.below[name] {
				mean[name] += 1000
			}
		}
		sort.SliceStable(column, func(i, j int) bool { return mean[column[i]] < mean[column[j]] })
		above, beneath := 0, 0
		for _, name := range column {
			if l.below[name] {
				l.row[name] = float64(upper+beneath) + 0.5
				beneath++
			} else {
				l.row[name] = float64(above)
				above++
			}
		}
	}
}

func (l *layout) mean(name string) float64 {
	sum, n := l.row[name], 1.0
	for _, e := range l.edges {
		if e.from == name {
			sum, n = sum+l.row[e.to], n+1
		}
		if e.to == name {
			sum, n = sum+l.row[e.from], n+1
		}
	}
	return sum / n
}
