package desk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/demo"
	"jishi/derive/search"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/work/journal"
	"jishi/work/matter"
)

// BenchmarkSearch searches at 8 clients among JISHI_SEARCH_MATTERS matters, 100,000 where it is not set. A third
// of them hold 漏水; each rare word stands in about twenty. The limits are those of the search issue.
//
//	go test ./desk -run - -bench Search -benchtime 2000x
func BenchmarkSearch(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.PostgreSQL} {
		b.Run(name, func(b *testing.B) {
			n, err := strconv.Atoi(os.Getenv("JISHI_SEARCH_MATTERS"))
			if err != nil {
				n = 100_000
			}
			c := newCounty(b, open(b))
			c.multiply(n)
			wide, narrow := c.officer(chief), c.officer("county-housing-officer")
			for _, q := range []struct {
				name string
				who  actor.Actor
				ask  func(r *rand.Rand) desk.SearchQuery
			}{
				{"rare", wide, func(r *rand.Rand) desk.SearchQuery { return text(rare(r.IntN(n), n)) }},
				{"third", wide, func(*rand.Rand) desk.SearchQuery { return text("漏水") }},
				{"third-narrow-reader", narrow, func(*rand.Rand) desk.SearchQuery { return text("漏水") }},
				{"third-of-a-town", wide, func(r *rand.Rand) desk.SearchQuery {
					return desk.SearchQuery{Text: "漏水", Place: c.land.Towns[r.IntN(len(c.land.Towns))].Code, State: "forwarded"}
				}},
				{"third-and-rare", wide, func(r *rand.Rand) desk.SearchQuery { return text("漏水 " + rare(r.IntN(n), n)) }},
				{"two-thirds-never-together", wide, func(*rand.Rand) desk.SearchQuery { return text("漏水 欠薪") }},
				{"sentence", wide, func(*rand.Rand) desk.SearchQuery { return text("楼道漏水很久没有人管") }},
				{"nothing", wide, func(*rand.Rand) desk.SearchQuery { return text("龘靐") }},
				{"number", wide, func(r *rand.Rand) desk.SearchQuery { return text(fmt.Sprintf("LX2025-%06d", 900_000_000+r.IntN(n))) }},
				{"half-number", wide, func(r *rand.Rand) desk.SearchQuery { return text(strconv.Itoa(900_000_000 + r.IntN(n))) }},
				{"one-character-in-a-month", wide, func(r *rand.Rand) desk.SearchQuery {
					return desk.SearchQuery{Text: "龘", From: "2025-03-01", To: "2025-03-31"}
				}},
			} {
				b.Run(q.name, func(b *testing.B) {
					clients(b, func(ctx context.Context, r *rand.Rand) error {
						_, err := c.d.Search(ctx, q.who, q.ask(r))
						return err
					})
				})
			}
			b.Run("similar", func(b *testing.B) {
				clients(b, func(ctx context.Context, r *rand.Rand) error {
					_, err := c.d.Similar(ctx, wide, "三号楼楼道漏水没有人管", "楼道漏水很久，"+rare(r.IntN(n), n), c.land.Towns[r.IntN(12)].Code)
					return err
				})
			})
		})
	}
}

// clients runs b.N questions at 8 clients and reports the middle and the slowest hundredth.
func clients(b *testing.B, ask func(ctx context.Context, r *rand.Rand) error) {
	const many = 8
	took := make([][]time.Duration, many)
	var wait sync.WaitGroup
	b.ResetTimer()
	for i := range many {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 7))
			for range (b.N + many - 1) / many {
				start := time.Now()
				if err := ask(b.Context(), r); err != nil {
					b.Error(err)
					return
				}
				took[i] = append(took[i], time.Since(start))
			}
		})
	}
	wait.Wait()
	all := slices.Concat(took...)
	slices.Sort(all)
	for p, name := range map[int]string{50: "p50-ms", 99: "p99-ms"} {
		if len(all) > 0 {
			b.ReportMetric(float64(all[(len(all)-1)*p/100].Microseconds())/1000, name)
		}
	}
	b.ReportMetric(0, "ns/op")
}

// rare is the word of the ith of n matters: two characters that about twenty of them hold.
func rare(i, n int) string {
	k := i % max(1, n/20)
	return string([]rune{rune(0x6000 + k%3000), rune(0x8000 + k/3000)})
}

// multiply copies one matter n times with other words, numbers, places and handlers, and indexes them all.
func (c *county) multiply(n int) {
	b, ctx := c.t, c.t.Context()
	first := c.file(0, map[string]string{"title": "甲", "what": "乙"})
	c.do("county-petition-registrar", first.ID, "register", map[string]string{"class": "claim"})
	c.do("county-petition-registrar", first.ID, "forward", map[string]string{"target": "county-housing", "reason": "请核实"})
	c.follow()
	content, err := demo.Load()
	if err != nil {
		b.Fatal(err)
	}
	var sentences []string
	for _, p := range content.Petitions {
		sentences = append(sentences, strings.FieldsFunc(p.Text, func(r rune) bool { return r == '。' })...)
	}
	var position int64
	if err := c.d.DB.Row(ctx, `SELECT MAX(position) FROM event_position`, nil, &position); err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	start := time.Now()
	for done := 0; done < n; done += 2000 {
		var copies []*matter.Matter
		for i := done; i < min(n, done+2000); i++ {
			m, err := c.d.Matters.Load(ctx, c.d.DB, first.ID)
			if err != nil {
				b.Fatal(err)
			}
			m.ID, m.Number = matter.NewID(), fmt.Sprintf("LX2025-%06d", 900_000_000+i)
			m.Opened += int64(i) * 30_000
			m.Entries[0].ID, m.Entries[0].Number = m.ID, m.Number
			problem := []string{"三号楼楼道漏水很久没有人管", "单位欠薪三个月没有发", "门前道路坑洼不平"}[r.IntN(3)]
			m.Fields["title"] = problem
			m.Fields["what"] = problem + "。" + sentences[r.IntN(len(sentences))] + "。" + sentences[r.IntN(len(sentences))] + "。" + rare(i, n) + "。"
			m.Fields["place"] = c.land.Towns[r.IntN(len(c.land.Towns))].Code
			m.Parties["handler"] = []matter.Party{{Org: []string{"county-labor", "county-transport", "county-housing", "county-urban", "county-water", "county-police", "county-health", "county-civil", "county-market", "county-education"}[r.IntN(10)]}}
			copies = append(copies, m)
		}
		c.insert(copies, position+int64(done))
	}
	b.Logf("%d matters written in %v", n, time.Since(start).Round(time.Second))
	start = time.Now()
	for k := 1; k > 0; {
		if k, err = c.index.Follow(ctx, c.d.DB, 1000); err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("and indexed in %v", time.Since(start).Round(time.Second))
	if faults, err := search.Faults(ctx, c.d.DB, 1); len(faults) > 0 || err != nil {
		b.Fatal(faults, err)
	}
	if c.d.DB.Engine() == db.PostgreSQL { // as autovacuum does in time
		c.exec("ANALYZE")
	}
}

// insert writes matters as the engine would have left them.
func (c *county) insert(list []*matter.Matter, position int64) {
	ctx := c.t.Context()
	err := c.d.DB.Write(ctx, func(tx *db.Tx) error {
		for i, m := range list {
			fold, err := json.Marshal(m)
			if err != nil {
				return err
			}
			handler := m.Org("handler")
			o, _ := c.d.Offices.Tree().Get(handler)
			e := journal.Event{ID: matter.NewID()}
			for _, s := range []struct {
				sql  string
				args []any
			}{
				{`INSERT INTO matter (id, number, procedure, version, class, state, sealed, ended, holder, area, officer,
					title, place, channel, opened, updated, due, alarm, due_clock, seq, fold)
					VALUES ($1, $2, $3, $4, $5, $6, FALSE, FALSE, $7, $8, '', $9, $10, $11, $12, $12, $13, $13, '', 1, $14)`,
					[]any{m.ID, m.Number, m.Procedure, m.Version, m.Class, m.State, handler, o.Division, m.Fields["title"], m.Fields["place"],
						m.Channel, m.Opened, matter.Never, string(fold)}},
				{`INSERT INTO matter_party (matter, relation, org, person, denied, opened) VALUES ($1, 'handler', $2, '', FALSE, $3)`, []any{m.ID, handler, m.Opened}},
				{`INSERT INTO matter_party (matter, relation, org, person, denied, opened) VALUES ($1, 'receiver', 'county-petition', '', FALSE, $2)`, []any{m.ID, m.Opened}},
				{`INSERT INTO event (id, matter, seq, at, action, actor, org, data) VALUES ($1, $2, 1, $3, 'open', '', '', '{}')`, []any{e.ID, m.ID, m.Opened}},
				{`INSERT INTO event_position (position, id) VALUES ($1, $2)`, []any{position + int64(i) + 1, e.ID}},
			} {
				if err := tx.Put(ctx, s.sql, s.args...); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
}
