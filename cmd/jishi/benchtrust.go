package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"jishi/base/words"
	"jishi/bench"
	"jishi/demo"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/web"
	"jishi/work/journal"
	"jishi/work/matter"
)

// The limits of what trust may cost, from the task: a proof under a millisecond, a vault that adds a tenth to a filing at
// most, a twentieth of a page for asking who may see it, a ledger that keeps up with ten times the filings.
const (
	proofMS     = 1
	vaultShare  = 0.10
	accessShare = 0.05
	ledgerTimes = 10
)

// trust measures what the ledger, the vault and the question who may see cost.
func (b *benchmark) trust(ctx context.Context, s *system) error {
	content, land, err := county()
	if err != nil {
		return err
	}
	if err := demo.Settle(ctx, s.desk, content, land, time.Now()); err != nil {
		return err
	}
	if _, err := benchFile(ctx, s, 0); err != nil {
		return err
	}
	print := func(r bench.Result) error {
		r.DB = s.db.Engine().String()
		return r.Print(b.stdout)
	}
	filed := bench.Run("file", 16, b.d, func(client, i int) error {
		_, err := benchFile(ctx, s, 1+client+16*i)
		return err
	})
	if b.has("proof") {
		if err := b.proofs(ctx, s, filed.RPS, print); err != nil {
			return err
		}
	}
	if b.has("vault") {
		if err := b.vaulted(ctx, s, print); err != nil {
			return err
		}
	}
	if b.has("access") {
		return b.access(ctx, s, print)
	}
	return nil
}

// proofs measures how fast the ledger takes in what was filed, beside ten times the rate at which it was filed, and how
// long a proof takes.
func (b *benchmark) proofs(ctx context.Context, s *system, filed float64, print func(bench.Result) error) error {
	if err := s.sequence(ctx); err != nil {
		return err
	}
	var ms []float64
	began, n := time.Now(), 0
	for {
		start := time.Now()
		took, err := s.ledger.Follow(ctx, 500)
		if err != nil {
			return err
		}
		if took == 0 {
			break
		}
		n += took
		ms = append(ms, float64(time.Since(start).Microseconds())/1000)
	}
	r := bench.Times("ledger", ms)
	r.RPS, r.N, r.Note = float64(n)/time.Since(began).Seconds(), n, fmt.Sprintf("entries a second in steps of 500; limit_rps is %d × the filings of this run at 16 clients", ledgerTimes)
	if err := print(r.Against(ledgerTimes * filed)); err != nil {
		return err
	}
	if err := s.ledger.Sign(ctx, time.Now()); err != nil {
		return err
	}
	events, err := journal.After(ctx, s.db, 0, 2000)
	if err != nil {
		return err
	}
	r = bench.Run("proof", 1, b.d, func(_, i int) error {
		_, err := s.ledger.Prove(ctx, events[i*7919%len(events)].ID)
		return err
	})
	r.Matters, r.LimitMS, r.Ratio = n, proofMS, r.P50/proofMS
	r.Note = "ratio is p50_ms by limit_ms: a proof must take less"
	return print(r)
}

// vaulted measures a filing with an identity beside one without, in turns, so that both have the same minute.
func (b *benchmark) vaulted(ctx context.Context, s *system, print func(bench.Result) error) error {
	var with, without []float64
	for began, i := time.Now(), 0; time.Since(began) < 2*b.d || i < 200; i++ {
		for _, anonymous := range []bool{i%2 == 0, i%2 != 0} {
			start := time.Now()
			if err := filedAs(ctx, s, 2_000_000+i, anonymous); err != nil {
				return err
			}
			if took := float64(time.Since(start).Microseconds()) / 1000; anonymous {
				without = append(without, took)
			} else {
				with = append(with, took)
			}
		}
	}
	r, bare := bench.Times("vault", with), bench.Times("", without)
	r.LimitMS, r.Ratio = bare.P50*(1+vaultShare), r.P50/bare.P50
	r.Note = fmt.Sprintf("ratio is a filing with an identity by one without; at most %.2f", 1+vaultShare)
	return print(r)
}

func filedAs(ctx context.Context, s *system, n int, anonymous bool) error {
	f := desk.Filing{Token: desk.NewToken(), Class: "claim", Channel: "net", Anonymous: anonymous, With: benchWith()}
	if !anonymous {
		f.Who = demo.Citizen(n, "测试路一号")
	}
	_, err := s.desk.File(ctx, actor.Nobody(words.ZH), f)
	return err
}

// access measures what of an officer's page goes into the question who may see it and which doors are open to them.
func (b *benchmark) access(ctx context.Context, s *system, print func(bench.Result) error) error {
	receipt, err := benchFile(ctx, s, 3_000_000)
	if err != nil {
		return err
	}
	m, err := s.desk.Matters.Load(ctx, s.db, receipt.ID)
	if err != nil {
		return err
	}
	var who actor.Actor
	for _, x := range s.desk.Offices.Staff(receipt.Body.ID) {
		if who, err = s.desk.Staff(ctx, x.ID); err == nil && s.desk.Matters.Sees(who, m) {
			break
		}
	}
	token, err := s.desk.Begin(ctx, who, "bench")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	if err := s.rooms(ctx, mux); err != nil {
		return err
	}
	page := bench.Run("", 1, b.d, func(int, int) error {
		q := httptest.NewRequestWithContext(ctx, "GET", "/m/"+m.ID, nil)
		q.AddCookie(&http.Cookie{Name: web.StaffCookie, Value: token})
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, q)
		io.Copy(io.Discard, w.Body)
		if w.Code != http.StatusOK {
			return fmt.Errorf("the page answers %d", w.Code)
		}
		return nil
	})
	if page.Errors > 0 {
		return fmt.Errorf("access: %s", page.Note)
	}
	p, err := s.desk.Book.ByKey(m.Version)
	if err != nil {
		return err
	}
	actions := p.ActionIDs()
	const many = 100 // one is shorter than the clock can tell
	r := bench.Run("access", 1, b.d/2, func(int, int) error {
		for range many {
			authorise(s.desk.Matters, who, m, actions)
		}
		return nil
	})
	r.P50, r.P95, r.P99, r.RPS = r.P50/many, r.P95/many, r.P99/many, r.RPS*many
	r.LimitMS, r.Ratio = page.P50*accessShare, r.P50/page.P50
	r.Note = fmt.Sprintf("ratio is the share of an officer's matter page (%.2f ms); at most %.2f", page.P50, accessShare)
	return print(r)
}

// authorise asks what a matter's page asks: may they see it, and which steps may they take.
func authorise(store *matter.Store, who actor.Actor, m *matter.Matter, actions []string) {
	if !store.Sees(who, m) {
		return
	}
	for _, id := range actions {
		_ = store.Closed(who, m, id, time.Now())
	}
}
