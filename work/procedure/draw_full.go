package procedure

import (
	"fmt"
	"html"
	"slices"
	"sort"
	"strings"

	"jishi/base/words"
)

const (
	boxW, boxH = 152, 38
	colGap     = 128
	rowGap     = 26
	edge       = 24
)

// Draw is the whole procedure in layers, from left to right: every state, and every action that leads from one
// to another. States in taken and now are marked. What may be done everywhere is told below in words.
func Draw(p *Procedure, now string, taken []string, lang words.Lang) string {
	d := &drawing{p: p, now: now, taken: taken, lang: lang, rank: map[string]int{}, via: map[[2]string][]string{}}
	d.edges()
	d.ranks()
	d.order()
	d.place()
	return d.svg()
}

// drawing lays a procedure out: longest path from the start for the layers, then barycentres for the order within one.
type drawing struct {
	p     *Procedure
	now   string
	taken []string
	lang  words.Lang

	via    map[[2]string][]string // actions from one state to another
	next   map[string][]string    // forward edges
	back   map[[2]string]bool
	rank   map[string]int
	layers [][]*spot
	spots  map[string]*spot // of states
	chains map[[2]string][]*spot
	w, h   int
}

// spot is a place in a layer: of a state, or of an edge that passes through.
type spot struct {
	state  string
	prev   []*spot
	next   []*spot
	x, y   float64
	weight float64
}

func (d *drawing) edges() {
	for _, id := range d.p.ActionIDs() {
		a := d.p.Actions[id]
		if a.To == "same" || slices.ContainsFunc(a.From, d.p.wide) {
			continue
		}
		for _, from := range a.From {
			d.via[[2]string{from, a.To}] = append(d.via[[2]string{from, a.To}], id)
		}
	}
}

// ranks removes the edges that lead back, and layers the rest by the longest way from the start.
func (d *drawing) ranks() {
	d.next, d.back = map[string][]string{}, map[[2]string]bool{}
	for pair := range d.via {
		d.next[pair[0]] = append(d.next[pair[0]], pair[1])
	}
	for s := range d.next {
		sort.Slice(d.next[s], func(i, j int) bool { return d.before(d.next[s][i], d.next[s][j]) })
	}
	onPath, done := map[string]bool{}, map[string]bool{}
	var order []string
	var visit func(s string)
	visit = func(s string) {
		onPath[s] = true
		for _, t := range d.next[s] {
			if onPath[t] {
				d.back[[2]string{s, t}] = true
			} else if !done[t] {
				visit(t)
			}
		}
		onPath[s], done[s] = false, true
		order = append(order, s)
	}
	visit(d.p.Open.To)
	slices.Reverse(order)
	for _, s := range order {
		for _, t := range d.next[s] {
			if !d.back[[2]string{s, t}] {
				d.rank[t] = max(d.rank[t], d.rank[s]+1)
			}
		}
	}
	for s := range d.p.States {
		if !done[s] {
			d.rank[s] = 0 // only reached from everywhere: told in words
		}
	}
	d.spots = map[string]*spot{}
	for _, s := range order {
		d.spots[s] = &spot{state: s}
	}
}

// before puts the main line's stations in their order, and what is off it behind.
func (d *drawing) before(a, b string) bool {
	x, y := d.station(a), d.station(b)
	if x != y {
		return x < y
	}
	return a < b
}

func (d *drawing) station(s string) int {
	for i, f := range d.p.Path {
		if f.ID == d.p.States[s].Phase {
			return i
		}
	}
	return len(d.p.Path)
}

// order puts states and passing edges into layers, and sorts each by where its neighbours lie.
func (d *drawing) order() {
	d.chains = map[[2]string][]*spot{}
	for _, s := range keys(d.spots) {
		r := d.rank[s]
		for len(d.layers) <= r {
			d.layers = append(d.layers, nil)
		}
		d.layers[r] = append(d.layers[r], d.spots[s])
	}
	for i := range d.layers {
		sort.SliceStable(d.layers[i], func(x, y int) bool { return d.before(d.layers[i][x].state, d.layers[i][y].state) })
	}
	for _, pair := range d.pairs() {
		if !d.back[pair] {
			d.chain(pair)
		}
	}
	for sweep := 0; sweep < 24; sweep++ {
		for i := range d.layers {
			if sweep%2 == 1 {
				i = len(d.layers) - 1 - i
			}
			d.sortLayer(i, sweep%2 == 0)
		}
	}
}

func (d *drawing) pairs() (list [][2]string) {
	for pair := range d.via {
		if d.spots[pair[0]] != nil && d.spots[pair[1]] != nil {
			list = append(list, pair)
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i][0]+" "+list[i][1] < list[j][0]+" "+list[j][1] })
	return list
}

func (d *drawing) chain(pair [2]string) {
	at := d.spots[pair[0]]
	chain := []*spot{at}
	for r := d.rank[pair[0]] + 1; r <= d.rank[pair[1]]; r++ {
		to := d.spots[pair[1]]
		if r < d.rank[pair[1]] {
			to = &spot{}
			d.layers[r] = append(d.layers[r], to)
		}
		at.next, to.prev = append(at.next, to), append(to.prev, at)
		chain, at = append(chain, to), to
	}
	d.chains[pair] = chain
}

func (d *drawing) sortLayer(i int, down bool) {
	index := map[*spot]float64{}
	for _, layer := range d.layers {
		for j, s := range layer {
			index[s] = float64(j) - float64(len(layer))/2
		}
	}
	for _, s := range d.layers[i] {
		near := s.prev
		if !down {
			near = s.next
		}
		s.weight = index[s]
		if len(near) > 0 {
			sum := 0.0
			for _, n := range near {
				sum += index[n]
			}
			s.weight = sum / float64(len(near))
		}
	}
	sort.SliceStable(d.layers[i], func(x, y int) bool { return d.layers[i][x].weight < d.layers[i][y].weight })
}

func (s *spot) height() float64 {
	if s.state == "" {
		return 8
	}
	return boxH
}

func (d *drawing) place() {
	tall := 0.0
	heights := make([]float64, len(d.layers))
	for i, layer := range d.layers {
		for _, s := range layer {
			heights[i] += s.height() + rowGap
		}
		tall = max(tall, heights[i])
	}
	for i, layer := range d.layers {
		y := edge + 20 + (tall-heights[i])/2
		for _, s := range layer {
			s.x, s.y = float64(edge+i*(boxW+colGap)), y+s.height()/2
			y += s.height() + rowGap
		}
	}
	d.w = edge*2 + len(d.layers)*(boxW+colGap) - colGap
	d.h = int(tall) + edge*2 + 20
}

func (d *drawing) svg() string {
	var lines, labels, boxes strings.Builder
	used := map[[2]int]bool{}
	for _, pair := range d.pairs() {
		d.arrow(&lines, &labels, pair, used)
	}
	for _, s := range keys(d.spots) {
		d.box(&boxes, d.spots[s])
	}
	foot := d.everywhere()
	for i, row := range foot {
		boxes.WriteString(label(edge, d.h+16+i*20, 13, dimColour, row))
	}
	h := d.h + 20 + len(foot)*20
	name := words.Say(d.lang, "{title}的全部状态和操作", "title", either(d.lang, d.p.Title, d.p.En))
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s" %s>`+
		`<defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#57606a"/></marker></defs>%s%s%s</svg>`,
		d.w, h, d.w, h, html.EscapeString(name), fonts, lines.String(), boxes.String(), labels.String())
}

// arrow draws one way: forward through the gaps between what it passes, back in an arc above.
func (d *drawing) arrow(lines, labels *strings.Builder, pair [2]string, used map[[2]int]bool) {
	from, to := d.spots[pair[0]], d.spots[pair[1]]
	taken := d.wasTaken(pair)
	stroke := `class="flow" fill="none" stroke="#57606a" stroke-width="1.2"`
	if taken {
		stroke = wayStroke
	}
	x0, y0 := from.x+boxW, from.y
	var path string
	lx, ly := x0+8, y0-5
	if d.back[pair] {
		top := min(from.y, to.y) - boxH/2 - 16
		path = fmt.Sprintf("M%.0f %.0fC%.0f %.0f %.0f %.0f %.0f %.0f", from.x+boxW/2, from.y-boxH/2, from.x+boxW/2, top-14, to.x+boxW*0.6, top-14, to.x+boxW*0.6, to.y-boxH/2)
		lx, ly = (from.x+to.x)/2+boxW/2-24, top-2
		stroke += ` stroke-dasharray="5 4"`
	} else {
		path = fmt.Sprintf("M%.0f %.0f", x0, y0)
		for _, s := range d.chains[pair][1:] {
			path += fmt.Sprintf("C%.0f %.0f %.0f %.0f %.0f %.0f", x0+colGap*0.55, y0, s.x-colGap*0.45, s.y, s.x, s.y)
			if x0, y0 = s.x, s.y; s.state == "" {
				path += fmt.Sprintf("H%.0f", s.x+boxW)
				x0 += boxW
			}
		}
		first := d.chains[pair][1]
		lx, ly = first.x-8, first.y-4
	}
	fmt.Fprintf(lines, `<path d="%s" %s marker-end="url(#to)"/>`, path, stroke)
	for used[[2]int{int(lx) / 60, int(ly) / 13}] {
		ly += 13
	}
	used[[2]int{int(lx) / 60, int(ly) / 13}] = true
	anchor := "end"
	if d.back[pair] {
		anchor = "middle"
	}
	short, long := d.say(pair)
	fmt.Fprintf(labels, `<text x="%.0f" y="%.0f" font-size="10.5" text-anchor="%s" paint-order="stroke" stroke="#fff" stroke-width="3" class="halo" fill="#1b1f24">%s<title>%s</title></text>`,
		lx, ly, anchor, html.EscapeString(short), html.EscapeString(long))
}

// say is the label of a way, short for the eye and whole, with its articles, for who points at it.
func (d *drawing) say(pair [2]string) (short, long string) {
	var all []string
	for _, id := range d.via[pair] {
		a := d.p.Actions[id]
		all = append(all, either(d.lang, a.Title, a.En)+"（"+d.p.Cite(a.Cite)+"）")
	}
	a := d.p.Actions[d.via[pair][0]]
	short = either(d.lang, a.Title, a.En)
	if most := 20; width(short) > most {
		r := []rune(short)
		for width(string(r)) > most {
			r = r[:len(r)-1]
		}
		short = string(r) + "…"
	}
	if n := len(all); n > 1 {
		short += fmt.Sprintf(" +%d", n-1)
	}
	return short, strings.Join(all, "；")
}

func (d *drawing) wasTaken(pair [2]string) bool {
	way := d.taken
	if d.now != "" && (len(way) == 0 || way[len(way)-1] != d.now) {
		way = append(slices.Clone(way), d.now)
	}
	for i := 0; i+1 < len(way); i++ {
		if way[i] == pair[0] && way[i+1] == pair[1] {
			return true
		}
	}
	return false
}

func (d *drawing) box(b *strings.Builder, s *spot) {
	st := d.p.States[s.state]
	style, rx := `class="state" fill="#fff" stroke="#57606a" stroke-width="1.2"`, 6
	switch {
	case s.state == d.now:
		style = `class="here" fill="#eaf1f7" stroke="#1d4f7c" stroke-width="3"`
	case has(d.taken, s.state):
		style = `class="wasthere" fill="#e8f4ed" stroke="#1a6e43" stroke-width="1.8"`
	}
	if st.Final {
		rx = boxH / 2
	}
	holder := words.Say(d.lang, "终结状态")
	if r, ok := d.p.Relations[st.Holder]; ok {
		holder = either(d.lang, r.Title, r.En)
	}
	title := either(d.lang, st.Title, st.En)
	size, small := 13, 10
	if width(title) > 22 {
		size = 10
	}
	if width(holder) > 28 {
		small = 8
	}
	fmt.Fprintf(b, `<g><title>%s</title><rect x="%.0f" y="%.0f" width="%d" height="%d" rx="%d" %s/><text x="%.0f" y="%.0f" font-size="%d" font-weight="600" text-anchor="middle" %s>%s</text><text x="%.0f" y="%.0f" font-size="%d" text-anchor="middle" %s>%s</text></g>`,
		html.EscapeString(title+" · "+d.p.Cite(st.Cite)), s.x, s.y-boxH/2, boxW, boxH, rx, style,
		s.x+boxW/2, s.y-2, size, inkColour, html.EscapeString(title), s.x+boxW/2, s.y+13, small, dimColour, html.EscapeString(holder))
}

// everywhere are the actions that belong to no one state.
func (d *drawing) everywhere() []string {
	var names []string
	for _, id := range d.p.ActionIDs() {
		a := d.p.Actions[id]
		if slices.ContainsFunc(a.From, d.p.wide) {
			name := either(d.lang, a.Title, a.En)
			if s, ok := d.p.States[a.To]; ok {
				name += "→" + either(d.lang, s.Title, s.En)
			}
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	sep := "、"
	if d.lang == words.EN {
		sep = ", "
	}
	return wrap(words.Say(d.lang, "任何阶段都可以：")+strings.Join(names, sep), max(60, d.w/7))
}
