package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

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
		word func(int, int) string
		do   func(int, int) error
	}{{"search-rare", scarce, find(scarce)}, {"search-third", common, find(common)}, {"similar", scarce, alike}} {
		for _, clients := range []int{1, 8} {
			bench.Run(x.op, clients, b.d/5, x.do) // warm
			limit := bench.Run("limit", clients, b.d/2, func(me, i int) error { return s.bare(ctx, x.word(me, i)) })
			if limit.Errors > 0 {
				return errors.New(limit.Note)
			}
			if err := print(bench.Run(x.op, clients, b.d, x.do).Against(limit.RPS)); err != nil {
				return err
			}
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
