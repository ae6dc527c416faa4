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

// layout is where each state stands in the drawing: columns by how many steps it takes to get there.
type layout struct {
	columns [][]string
	column  map[string]int
	row     map[string]float64
	edges   []edge
	always  []string // actions open in every state, which would cover the drawing with lines
}

// lay places the states. States are ordered within their column by where their neighbours stand, so that
// few lines cross; the order is the same every time.
func lay(p *procedure.Procedure) layout {
	l := layout{column: map[string]int{p.Open.To: 0}, row: map[string]float64{}}
	l.collect(p)
	for queue := []string{p.Open.To}; len(queue) > 0; queue = queue[1:] {
		for _, e := range l.edges {
			if _, placed := l.column[e.to]; e.from == queue[0] && !placed {
				l.column[e.to] = l.column[e.from] + 1
				queue = append(queue, e.to)
			}
		}
	}
	l.fill(p)
	for range 8 {
		l.settle()
	}
	return l
}

// collect gathers the actions into edges, the main ones first.
func (l *layout) collect(p *procedure.Procedure) {
	at := map[[2]string]int{}
	for _, id := range p.ActionIDs() {
		a := p.Actions[id]
		if slices.Contains(a.From, "open") || slices.Contains(a.From, "any") {
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
			l.column[name] = last
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

// settle orders each column by the mean row of each state's neighbours, and centres it on the tallest.
func (l *layout) settle() {
	tallest := 0
	for _, column := range l.columns {
		tallest = max(tallest, len(column))
	}
	for _, column := range l.columns {
		mean := map[string]float64{}
		for _, name := range column {
			mean[name] = l.mean(name)
		}
		sort.SliceStable(column, func(i, j int) bool { return mean[column[i]] < mean[column[j]] })
		shift := float64(tallest-len(column)) / 2
		for i, name := range column {
			l.row[name] = float64(i) + shift
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
