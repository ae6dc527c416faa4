package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"jishi/base/db"
	"jishi/bench"
	"jishi/derive/search"
	"jishi/desk"
	"jishi/people/actor"
)

// searches measures a search for a rare word, for one that a third of all matters hold, and for what may be the same
// matter, by one who sees the whole county. The limit is the bare question to the index: some twenty matters
// that hold the word, with nothing asked of anyone.
func (b *benchmark) searches(ctx context.Context, s *system, print func(bench.Result) error) error {
	who, err := s.desk.Staff(ctx, "county-petition-chief")
	if err != nil {
		return err
	}
	likes, err := someMatters(ctx, s)
	if err != nil {
		return err
	}
	pick := func(me, i int) int { return (me*7919 + i*104_729) % b.n }
	scarce := func(me, i int) string { return rare(pick(me, i), b.n) }
	common := func(int, int) string { return frequent }
	find := func(word func(int, int) string) func(int, int) error {
		return func(me, i int) error { return found(ctx, s, who, word(me, i)) }
	}
	alike := func(me, i int) error {
		m := likes[pick(me, i)%len(likes)]
		_, err := s.desk.Similar(ctx, who, m.title, m.what, m.place)
		return err
	}
	for _, x := range []struct {
		op   string
		most float64
		word func(int, int) string
		do   func(int, int) error
	}{{"search-rare", 50, scarce, find(scarce)}, {"search-third", 150, common, find(common)}, {"similar", 100, scarce, alike}} {
		bare := func(me, i int) error { return s.bare(ctx, x.word(me, i)) }
		if err := b.paces(x.op, x.most, bare, x.do, print); err != nil {
			return err
		}
	}
	return nil
}

// paces measures one question by one client and by eight, as fast as they can, against the bare reading of the same by
// as many, and by eight who read for a second before they ask again. In 99 of 100 cases it may take most milliseconds.
func (b *benchmark) paces(op string, most float64, bare, do func(client, i int) error, print func(bench.Result) error) error {
	for _, x := range []struct {
		clients int
		pause   time.Duration
	}{{1, 0}, {8, 0}, {8, clickPause}} {
		bench.Run(op, x.clients, b.d/5, do) // warm
		took := b.d
		if x.pause > 0 {
			took *= 5
		}
		r := bench.Think(op, x.clients, took, x.pause, do)
		if r.LimitMS = most; x.pause == 0 {
			limit := bench.Run("limit", x.clients, b.d/2, bare)
			if limit.Errors > 0 {
				return errors.New(limit.Note)
			}
			r = r.Against(limit.RPS)
		}
		if err := print(r); err != nil {
			return err
		}
	}
	return nil
}

// found searches for the word, which some matters hold.
func found(ctx context.Context, s *system, who actor.Actor, word string) error {
	page, err := s.desk.Search(ctx, who, desk.SearchQuery{Text: word})
	if err == nil && len(page.Rows) == 0 {
		err = fmt.Errorf("nothing was found for %s", word)
	}
	return err
}

// bare is the question to the index alone.
func (s *system) bare(ctx context.Context, word string) error {
	sql, arg := `SELECT rowid FROM search_gram WHERE search_gram MATCH $1 LIMIT 21`, word
	if s.db.Engine() == db.PostgreSQL {
		sql = `SELECT doc FROM search_doc WHERE grams @> translate($1::text, '[] ', '{}')::int4[] LIMIT 21`
		numbers, err := json.Marshal(search.Grams(db.PostgreSQL, search.Tokens(word)))
		if err != nil {
			return err
		}
		arg = string(numbers)
	}
	return s.db.Each(ctx, sql, []any{arg}, func(scan func(...any) error) error {
		var doc int64
		return scan(&doc)
	})
}

// said is what somebody wrote in a matter.
type said struct{ title, what, place string }

// someMatters are what citizens of the demonstration wrote: the next one may write it again.
func someMatters(ctx context.Context, s *system) ([]said, error) {
	var list []said
	err := s.db.Each(ctx, `SELECT m.id FROM matter m WHERE NOT m.sealed AND NOT m.ended ORDER BY m.due, m.id LIMIT 200`, nil, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		list = append(list, said{title: id})
		return err
	})
	for i := range list {
		if err != nil {
			return nil, err
		}
		m, failed := s.desk.Matters.Load(ctx, s.db, list[i].title)
		if err = failed; err == nil {
			list[i] = said{m.Fields["title"], m.Fields["what"], m.Fields["place"]}
		}
	}
	if err == nil && len(list) == 0 {
		err = errors.New("no open matter")
	}
	return list, err
}
