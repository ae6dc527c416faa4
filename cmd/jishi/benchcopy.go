package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"jishi/base/db"
	"jishi/bench"
	"jishi/derive/rates"
	"jishi/derive/search"
	"jishi/schema"
	"jishi/work/journal"
)

// Every matter is given two words in its account, which stand apart from everything else: one that some twenty of
// all matters share, and one that is the same in a third of them. These stand for them in what is copied.
const (
	rareMark, thirdMark = "龘靐", "鱻羴"
	frequent            = "漏水" // of each third matter
)

// rare is the rare word of the k-th of n matters.
func rare(k, n int) string {
	i := k % max(1, n/20)
	return string([]rune{rune(0x6000 + i%3000), rune(0x8000 + i/3000)})
}

func third(k int) string { return []string{frequent, "路灯", "噪声"}[k%3] }

// mark puts the words' marks into every matter's account.
func mark(ctx context.Context, d *db.DB) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		for _, at := range [][2]string{{"matter", "fold"}, {"event", "data"}} {
			err := tx.Put(ctx, "UPDATE "+at[0]+" SET "+at[1]+" = replace("+at[1]+", $1, $2)", `"what":"`, `"what":"`+rareMark+"。"+thirdMark+"。")
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// template is one real matter: all its rows, with the values that each copy has of its own cut out.
type template struct {
	rows  map[string][][]cell
	keys  []string // UUIDs of the matter and its events
	more  []string // number, tokens and codes
	ended bool
}

// cell is a value of a row: as it is, or in parts between which own values of the copy stand.
type cell struct {
	value any
	parts []string
	own   []int
}

// seed is the work of copying.
type seed struct {
	tables      []table
	open, ended []template
	have, n     int
	position    int64
	engine      db.Engine
}

// openShare is the share of matters that are not ended in a database of many years: one in thirty.
const openShare = 30

// newSeed reads the matters that are there, once every follower has taken them in.
func newSeed(ctx context.Context, s *system, list []table, n int) (*seed, error) {
	if err := mark(ctx, s.db); err != nil {
		return nil, err
	}
	if err := sequenced(ctx, s.db); err != nil {
		return nil, err
	}
	if err := s.desk.RateIndex().Rebuild(ctx, s.db); err != nil { // its cases are copied with the matters
		return nil, err
	}
	x := &search.Index{Book: s.desk.Book, Places: s.desk.Places}
	if err := x.Rebuild(ctx, s.db); err != nil {
		return nil, err
	}
	w := &seed{tables: list, n: n, engine: s.db.Engine()}
	return w, w.read(ctx, s.db, x)
}

// sequenced gives every waiting event its position, as the server does by and by.
func sequenced(ctx context.Context, d *db.DB) error {
	for {
		if n, err := journal.Sequence(ctx, d, 500); err != nil || n == 0 {
			return err
		}
	}
}

// read makes the templates.
func (w *seed) read(ctx context.Context, d *db.DB, x *search.Index) error {
	of, raw := map[string]*template{}, map[string]map[string][][]any{} // by matter
	event := map[string]string{}                                       // event: its matter
	for _, t := range orderForTemplates(w.tables) {
		rows, err := t.rows(ctx, d)
		if err != nil {
			return err
		}
		for _, row := range rows {
			m, ok := "", true
			if c := ofMatter[t.Name]; c != "" {
				m = row[t.at(c)].(string)
			} else if m, ok = event[row[t.at("id")].(string)]; !ok {
				continue
			}
			if of[m] == nil {
				of[m], raw[m] = &template{rows: map[string][][]cell{}, keys: []string{m}}, map[string][][]any{}
			}
			raw[m][t.Name] = append(raw[m][t.Name], row)
			if of[m].take(t, row); t.Name == "event" {
				event[row[0].(string)] = m
			}
		}
	}
	for id, t := range of {
		for name, rows := range raw[id] {
			t.cut(name, rows)
		}
		if err := w.indexed(ctx, d, x, t); err != nil {
			return err
		}
		if t.ended {
			w.ended = append(w.ended, *t)
		} else {
			w.open = append(w.open, *t)
		}
	}
	if w.have = len(of); len(w.open) == 0 || len(w.ended) == 0 {
		return fmt.Errorf("seed: %d open and %d ended matters to copy", len(w.open), len(w.ended))
	}
	byKey := func(a, b template) int { return strings.Compare(a.keys[0], b.keys[0]) }
	slices.SortFunc(w.open, byKey)
	slices.SortFunc(w.ended, byKey)
	return d.Row(ctx, `SELECT COALESCE(MAX(position), 0) FROM event_position`, nil, &w.position)
}

// indexed adds what the search index holds of the matter.
func (w *seed) indexed(ctx context.Context, d *db.DB, x *search.Index, t *template) error {
	text, tokens, err := x.Doc(ctx, d, t.keys[0])
	if err != nil {
		return err
	}
	t.cut("search_doc", [][]any{{int64(0), t.keys[0], "copy", text}})
	t.cut("search_gram", [][]any{{int64(0), strings.Join(tokens, " ")}})
	return nil
}

// orderForTemplates puts events first: positions hang on them.
func orderForTemplates(list []table) []table {
	var order []table
	for _, t := range list {
		if _, of := ofMatter[t.Name]; of {
			order = append(order, t)
		}
	}
	slices.SortStableFunc(order, func(a, b table) int {
		first := func(t table) int { return map[bool]int{true: 0, false: 1}[t.Name == "event"] }
		return first(a) - first(b)
	})
	return order
}

// take notes the values of the row that each copy has of its own.
func (t *template) take(of table, row []any) {
	switch of.Name {
	case "event":
		t.keys = append(t.keys, row[0].(string))
	case "matter":
		t.more = append(t.more, row[of.at("number")].(string))
		t.ended = row[of.at("ended")].(bool)
	case "press_token", "matter_entry":
		t.more = append(t.more, row[0].(string))
	}
}

// cut finds in the rows what a copy has of its own.
func (t *template) cut(name string, rows [][]any) {
	var pairs []string
	for i, key := range t.own(func(key string) string { return key }, rareMark, thirdMark) {
		pairs = append(pairs, key, "\x00"+strconv.Itoa(i)+"\x00")
	}
	own := strings.NewReplacer(pairs...)
	if name == "event_position" { // in the order of what happened
		slices.SortFunc(rows, func(a, b []any) int { return cmp.Compare(a[0].(int64), b[0].(int64)) })
	}
	for _, row := range rows {
		cells := make([]cell, len(row))
		for j, v := range row {
			s, ok := v.(string)
			if cells[j] = (cell{value: v}); !ok {
				continue
			}
			for i, part := range strings.Split(own.Replace(s), "\x00") {
				if i%2 == 0 {
					cells[j].parts = append(cells[j].parts, part)
					continue
				}
				k, _ := strconv.Atoi(part)
				cells[j].own = append(cells[j].own, k)
			}
		}
		t.rows[name] = append(t.rows[name], cells)
	}
}

// of is the value for the copy that has these values of its own.
func (c cell) of(own []string) any {
	if len(c.own) == 0 {
		return c.value
	}
	var b strings.Builder
	for i, part := range c.parts {
		b.WriteString(part)
		if i < len(c.own) {
			b.WriteString(own[c.own[i]])
		}
	}
	return b.String()
}

// own are the values that no two copies share, each made from the template's: a number also as the index folds it.
func (t *template) own(key func(string) string, words ...string) []string {
	var list []string
	for _, k := range slices.Concat(t.keys, t.more) {
		list = append(list, key(k))
	}
	list = append(list, words...)
	for _, k := range t.more {
		list = append(list, search.Fold(key(k)))
	}
	return list
}

// keyOf makes the key of the k-th matter from the template's. UUIDs begin with k, so that they grow as real ones do.
func keyOf(key string, k int) string {
	if strings.Count(key, "-") == 4 {
		return fmt.Sprintf("%08x", k) + key[8:]
	}
	return fmt.Sprintf("%s-%d", key, k)
}

// chunk is the rows of some copies, by table.
type chunk map[string][][]any

// copy adds the rows of the k-th matter.
func (w *seed) copy(t *template, k int, into chunk) {
	own := t.own(func(key string) string { return keyOf(key, k) }, rare(k, w.n), third(k))
	first := w.position + 1
	for name, rows := range t.rows {
		for _, row := range rows {
			again := make([]any, len(row))
			for j, c := range row {
				again[j] = c.of(own)
			}
			switch name {
			case "event_position":
				w.position++
				again[0] = w.position
			case "search_doc", "search_gram":
				again[0] = first
			}
			into[name] = append(into[name], again)
		}
	}
}

// next is the rows of the next copies, nil when there are enough.
func (w *seed) next(atOnce int) chunk {
	if w.have >= w.n {
		return nil
	}
	c := chunk{}
	for range min(atOnce, w.n-w.have) {
		k := w.have
		t := &w.ended[k%len(w.ended)]
		if k%openShare == 0 {
			t = &w.open[k/openShare%len(w.open)]
		}
		w.copy(t, k, c)
		w.have++
	}
	return c
}

// load puts the chunk into its tables.
func (w *seed) load(ctx context.Context, into bench.Loader, c chunk) error {
	for _, t := range w.tables {
		if rows := c[t.Name]; len(rows) > 0 && t.Name != "search_doc" {
			if err := into.Load(ctx, t.Name, strings.Split(t.names(), ", "), rows); err != nil {
				return err
			}
		}
	}
	docs, grams := c["search_doc"], c["search_gram"]
	columns := []string{"doc", "matter", "mark", "text"}
	for i := range grams {
		grams[i][1] = search.Grams(w.engine, strings.Fields(grams[i][1].(string)))
	}
	if w.engine == db.PostgreSQL {
		columns = append(columns, "grams")
		for i := range docs {
			docs[i] = append(docs[i], grams[i][1])
		}
		return into.Load(ctx, "search_doc", columns, docs)
	}
	if err := into.Load(ctx, "search_doc", columns, docs); err != nil {
		return err
	}
	return into.Load(ctx, "search_gram", []string{"rowid", "grams"}, grams)
}

// multiply copies the demonstration's matters until there are n, and leaves the system closed. A copy has the same
// events and rows as the matter that the engine made; only its keys are its own. One in thirty is open.
func multiply(ctx context.Context, s *system, n int, progress io.Writer) error {
	list, err := tables(schema.FS)
	if err != nil {
		return err
	}
	w, err := newSeed(ctx, s, list, n)
	if err != nil {
		return err
	}
	at := s.url()
	s.close()
	into, err := bench.OpenLoader(ctx, at)
	if err != nil {
		return err
	}
	told := func(format string, args ...any) { fmt.Fprintf(progress, format+"\n", args...) }
	began, last := time.Now(), time.Now()
	chunks := make(chan chunk, 1)
	failed := make([]error, 2)
	var workers sync.WaitGroup
	for i := range failed {
		workers.Go(func() {
			for c := range chunks {
				if failed[i] == nil { // the others are taken off the belt, so that it does not stand still
					failed[i] = w.load(ctx, into, c)
				}
			}
		})
	}
	for c := w.next(5000); c != nil; c = w.next(5000) {
		chunks <- c
		if time.Since(last) > 10*time.Second {
			last = time.Now()
			told("%d matters after %.0f s", w.have, time.Since(began).Seconds())
		}
	}
	close(chunks)
	workers.Wait()
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	told("all rows after %.0f s", time.Since(began).Seconds())
	if err := into.Close(ctx); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	told("and their indexes after %.0f s", time.Since(began).Seconds())
	return nil
}

// caughtUp lets every follower stand behind the copies: the pages are measured as on any day, not while a million
// matters are taken in.
func caughtUp(ctx context.Context, s *system) error {
	var position int64
	if err := s.db.Row(ctx, `SELECT MAX(position) FROM event_position`, nil, &position); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if err := rates.Resum(ctx, tx); err != nil {
			return err
		}
		if err := s.desk.RateIndex().CaughtUp(ctx, tx, position); err != nil {
			return err
		}
		return tx.Put(ctx, `INSERT INTO follower (name, position) VALUES ('search', $1), ('notify', $1), ('shown', $1)
			ON CONFLICT (name) DO UPDATE SET position = excluded.position`, position)
	})
	for n := 1; err == nil && n > 0; {
		n, err = s.ledger.Follow(ctx, 20_000)
	}
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	return s.ledger.Sign(ctx, time.Now())
}
