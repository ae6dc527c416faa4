package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"jishi/derive/notify"
	"jishi/derive/search"
	"jishi/derive/shown"
	"jishi/work/journal"
)

// grace is how long a stop waits for answers that were begun.
const grace = 20 * time.Second

func serveCommand(args []string, stdout, stderr io.Writer) int {
	c, _, err := settings("serve", args, stderr)
	if err != nil {
		return told(stderr, err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := openAlone(c, func() (*system, error) { return open(ctx, c, newLog(stderr), now) })
	if err != nil {
		return told(stderr, err)
	}
	defer s.close()
	return told(stderr, s.serve(ctx, stdout))
}

func newLog(w io.Writer) *slog.Logger { return slog.New(slog.NewJSONHandler(w, nil)) }

// serve answers until ctx ends, then finishes what it accepted.
func (s *system) serve(ctx context.Context, stdout io.Writer) error {
	l, err := net.Listen("tcp", s.Addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", s.Addr, err)
	}
	handler, err := s.handler(ctx)
	if err != nil {
		l.Close()
		return err
	}
	// Who reads no answer is not waited for for ever; an upload may take its five minutes before the answer begins.
	server := &http.Server{Handler: patient(handler), ReadHeaderTimeout: 10 * time.Second, WriteTimeout: 10 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn)}
	server.RegisterOnShutdown(s.desk.Live.End)
	debug.FreeOSMemory() // what reading the rules has left behind is more than the server holds at rest
	work, done := context.WithCancel(context.Background())
	worked := make(chan struct{})
	go func() { defer close(worked); s.work(work) }()
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	fmt.Fprintf(stdout, "listening http://%s\n", l.Addr())
	select {
	case err = <-served:
	case <-ctx.Done():
		end, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		err = server.Shutdown(end)
	}
	done()
	<-worked
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// leaseLife is how long a node that stood still is waited for before another leads.
const leaseLife = 8 * time.Second

// lead takes or renews the lease of what one node does for all.
func (s *system) lead(ctx context.Context) error {
	ok, err := s.db.Lead(ctx, "work", s.node, leaseLife)
	s.leads.Store(ok && err == nil)
	return err
}

// work is what the program does by itself: it deals with missed clocks, gives events their positions, and
// forgets sessions that are over. All of it is safe to break off anywhere, and goes on where it was. Of several nodes
// the one that holds the lease does it; each keeps its own memory fresh.
func (s *system) work(ctx context.Context) {
	s.try(ctx, "lead", func() error { return s.lead(ctx) })
	s.try(ctx, "calendar", func() error { _, err := s.desk.Recalendar(ctx); return err })
	sender, clock := s.desk.Notifier(s.Origin, s.log), newSteadiness(now())
	wake := map[string]<-chan struct{}{"sequence": s.desk.Live.Stirred()} // the others need not come sooner
	var rounds sync.WaitGroup
	for _, round := range s.rounds(sender, func(ctx context.Context) error { return s.sweep(ctx, clock) }) {
		rounds.Go(func() {
			tick := time.NewTicker(round.every)
			defer tick.Stop()
			for ctx.Err() == nil {
				if round.each || s.leads.Load() {
					s.try(ctx, round.what, func() error { return round.do(ctx) })
				}
				select {
				case <-ctx.Done():
				case <-tick.C:
				case <-wake[round.what]:
				}
			}
		})
	}
	rounds.Wait()
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	s.try(after, "resign", func() error { return s.db.Resign(after, "work", s.node) })
}

// round is one kind of work that the program does by itself.
type round struct {
	what  string
	every time.Duration
	do    func(ctx context.Context) error
	each  bool // every node, not only the one that leads
}

// rounds are all of them, in the order in which a night without a server does them: what is read by a later one is
// brought forward before.
func (s *system) rounds(sender *notify.Sender, sweep func(ctx context.Context) error) []round {
	return []round{
		{"lead", leaseLife / 4, s.lead, true},
		{"refresh", 3 * time.Second, s.desk.Refresh, true},
		{"sweep", 20 * time.Second, sweep, false},
		{"sequence", 500 * time.Millisecond, s.sequence, false},
		{"boards", 200 * time.Millisecond, s.desk.Live.Follow, true},
		{"search", 700 * time.Millisecond, s.index, false},
		{"shown", time.Second, s.show, false},
		{"rates", time.Second, s.count, false},
		{"ledger", time.Second, s.tree, false},
		{"notify", time.Second, func(ctx context.Context) error { return s.queue(ctx, sender) }, false},
		{"send", 2 * time.Second, func(ctx context.Context) error { _, err := sender.Send(ctx, s.desk.Now()); return err }, false},
		{"briefs", time.Hour, s.briefs, false},
		{"forget", time.Hour, s.desk.Forget, false},
		{"keeping", time.Hour, func(ctx context.Context) error { _, err := s.desk.Clear(ctx); return err }, false},
		{"forms", 20 * time.Second, s.desk.FollowForms, false},
		{"files", time.Second, s.desk.ReadFiles, false},
		{"brought", time.Minute, s.desk.ClearBrought, false},
		{"names", time.Hour, s.desk.GiveNames, false},
		{"layouts", time.Minute, func(ctx context.Context) error { _, err := s.desk.MakeLayouts(ctx); return err }, false},
	}
}

// sweep deals with missed clocks, unless the program's own clock has just jumped.
func (s *system) sweep(ctx context.Context, clock *steadiness) error {
	steady, by := clock.look(s.desk.Now())
	if by != 0 {
		s.log.Error("the clock of this machine has jumped: no limit is declared missed until it is right again, or has stayed for a while", "by", by.String(), "while", settle.String())
	}
	if !steady {
		return nil
	}
	_, err := s.desk.Sweep(ctx)
	return err
}

// sequence gives positions to all events that wait.
func (s *system) sequence(ctx context.Context) error {
	for {
		n, err := journal.Sequence(ctx, s.db, 500)
		if err != nil || n < 500 {
			return err
		}
	}
}

// briefs gives open matters from before an upgrade what lists read.
func (s *system) briefs(ctx context.Context) error {
	for {
		n, err := s.desk.Matters.AddBriefs(ctx, s.db, 200)
		if err != nil || n < 200 {
			return err
		}
	}
}

// index takes the events that have a position into the search index.
func (s *system) index(ctx context.Context) error {
	x := &search.Index{Book: s.desk.Book, Places: s.desk.Places}
	for {
		n, err := x.Follow(ctx, s.db, 200)
		if err != nil || n < 200 {
			return err
		}
	}
}

// show takes the events that have a position into what the public reads of calls and suggestions.
func (s *system) show(ctx context.Context) error {
	for {
		n, err := shown.Follow(ctx, s.db, 500)
		if err != nil || n < 500 {
			return err
		}
	}
}

// count takes the events that have a position into the rates.
func (s *system) count(ctx context.Context) error {
	x := s.desk.RateIndex()
	for {
		n, err := x.Follow(ctx, s.db, 500)
		if err != nil || n < 500 {
			return err
		}
	}
}

// queue takes the events that have a position into the webhooks' queue.
func (s *system) queue(ctx context.Context, sender *notify.Sender) error {
	for {
		n, err := sender.Follow(ctx, 500, s.desk.Now())
		if err != nil || n < 500 {
			return err
		}
	}
}

// tree takes the events that have a position into the ledger, and signs it.
func (s *system) tree(ctx context.Context) error {
	for {
		n, err := s.ledger.Follow(ctx, 500)
		if err != nil {
			return err
		}
		if n < 500 {
			return s.ledger.Sign(ctx, now())
		}
	}
}

// try logs a fault of the background work; the next round tries again.
func (s *system) try(ctx context.Context, what string, f func() error) {
	if err := f(); err != nil && ctx.Err() == nil {
		s.log.Error("background work failed", "what", what, "error", err.Error())
	}
}

func (s *system) handler(ctx context.Context) (http.Handler, error) {
	mux := http.NewServeMux()
	s.health(mux)
	if err := s.rooms(ctx, mux); err != nil {
		return nil, err
	}
	nets, err := networks(s.Proxies)
	return behind(nets, measured(mux)), err
}
