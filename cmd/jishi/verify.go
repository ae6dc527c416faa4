package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"

	"jishi/base/blob"
	"jishi/base/db"
	"jishi/work/journal"
	"jishi/work/matter"
)

// verifyCommand proves that the rows are what the events say. It prints what it looked at and every fault, and
// exits with 1 when there is one. It changes nothing that belongs to a matter and may run beside the server.
func verifyCommand(args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "receipt" {
		return verifyReceipt(args[1:], stdout, stderr)
	}
	c, fs, err := settings("verify", args, stderr)
	if err == nil && fs.NArg() > 0 {
		err = fmt.Errorf("verify takes no %q: it looks at the whole database", fs.Arg(0))
	}
	if err == nil {
		err = c.existing()
	}
	if err != nil {
		return told(stderr, err)
	}
	ctx := context.Background()
	s, err := open(ctx, c, newLog(stderr), now)
	if err != nil {
		return told(stderr, err)
	}
	defer s.close()
	v := &verification{out: stdout}
	for _, step := range []func(context.Context, *system) error{v.matters, v.journal, v.followers, v.ledger, v.files} {
		if err := step(ctx, s); err != nil {
			return told(stderr, err)
		}
	}
	if v.faults > 0 {
		fmt.Fprintf(stdout, "%d faults\n", v.faults)
		return 1
	}
	fmt.Fprintln(stdout, "no fault")
	return 0
}

type verification struct {
	out    io.Writer
	faults int
}

func (v *verification) fault(format string, args ...any) {
	v.faults++
	fmt.Fprintf(v.out, "FAULT "+format+"\n", args...)
}

// matters folds every matter again.
func (v *verification) matters(ctx context.Context, s *system) error {
	n, faults, err := s.desk.Matters.Verify(ctx, s.db)
	if err != nil {
		return fmt.Errorf("the matters cannot be verified: %w", err)
	}
	for _, f := range faults {
		name := f.Number
		if name == "" {
			name = f.Matter
		}
		v.fault("matter %s: %s", name, f.What)
	}
	fmt.Fprintf(v.out, "%d matters folded again\n", n)
	return nil
}

// ledger holds every event against the tree that was signed over it.
func (v *verification) ledger(ctx context.Context, s *system) error {
	n, faults, err := s.ledger.Verify(ctx)
	if err != nil {
		return fmt.Errorf("the ledger cannot be verified: %w", err)
	}
	for _, f := range faults {
		v.fault("ledger %s: %s", f.Code, f.What)
	}
	fmt.Fprintf(v.out, "%d entries of the ledger held against their events\n", n)
	return nil
}

// journal proves that the order of all events has no gap and that no event is outside it: each has a position
// or waits for one, never both.
func (v *verification) journal(ctx context.Context, s *system) error {
	var events, placed, waiting, last, both, unknown int64
	for _, q := range []struct {
		sql  string
		dest *int64
	}{
		{`SELECT COUNT(*) FROM event`, &events},
		{`SELECT COUNT(*) FROM event_position`, &placed},
		{`SELECT COALESCE(MAX(position), 0) FROM event_position`, &last},
		{`SELECT COUNT(*) FROM event_waiting`, &waiting},
		{`SELECT COUNT(*) FROM event_waiting w JOIN event_position p ON p.id = w.id`, &both},
		{`SELECT COUNT(*) FROM event_position p LEFT JOIN event e ON e.id = p.id WHERE e.id IS NULL`, &unknown},
	} {
		if err := s.db.Row(ctx, q.sql, nil, q.dest); err != nil {
			return fmt.Errorf("the journal cannot be verified: %w", err)
		}
	}
	switch {
	case last != placed:
		v.fault("journal: %d positions were given, but the last is %d", placed, last)
	case both > 0:
		v.fault("journal: %d events have a position and still wait for one", both)
	case unknown > 0:
		v.fault("journal: %d positions belong to no event", unknown)
	}
	lost, err := unplaced(ctx, s.db)
	if err != nil {
		return err
	}
	if lost > 0 {
		v.fault("journal: %d events have no position and do not wait for one", lost)
	}
	fmt.Fprintf(v.out, "%d events: %d with a position, %d waiting for one\n", events, placed, waiting)
	return nil
}

// followers tells which events those that follow the journal could not take in, and who of them is how far behind.
func (v *verification) followers(ctx context.Context, s *system) error {
	faults, err := journal.Faults(ctx, s.db, 100)
	if err != nil {
		return err
	}
	for _, f := range faults {
		v.fault("%s passed over event %s at position %d, of matter %s: %s", f.Follower, f.Event, f.Position, f.Matter, f.Reason)
	}
	behind, err := journal.Behind(ctx, s.db)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(behind)) {
		if behind[name] > 0 {
			fmt.Fprintf(v.out, "%s is %d events behind\n", name, behind[name])
		}
	}
	return nil
}

// unplaced asks in one statement: while a server runs, counts taken one after the other need not fit.
func unplaced(ctx context.Context, r db.Reader) (n int64, err error) {
	err = r.Row(ctx, `SELECT COUNT(*) FROM event e LEFT JOIN event_position p ON p.id = e.id
		LEFT JOIN event_waiting w ON w.id = e.id WHERE p.id IS NULL AND w.id IS NULL`, nil, &n)
	if err != nil {
		return 0, fmt.Errorf("the journal cannot be verified: %w", err)
	}
	return n, nil
}

// files reads every attachment that a matter names and compares its bytes with its name.
func (v *verification) files(ctx context.Context, s *system) error {
	blobs, err := blob.New(filepath.Join(s.Data, "blobs"))
	if err != nil {
		return err
	}
	named := map[string]string{} // hash: a matter that names it
	err = s.db.Each(ctx, `SELECT fold FROM matter WHERE fold LIKE '%"files":%'`, nil, func(scan func(...any) error) error {
		var fold string
		if err := scan(&fold); err != nil {
			return err
		}
		var m matter.Matter
		if err := json.Unmarshal([]byte(fold), &m); err != nil {
			return err
		}
		for _, f := range m.Files {
			named[f.Hash] = m.Number
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("the attachments cannot be verified: %w", err)
	}
	for hash, number := range named {
		if err := blobs.Verify(ctx, hash); err != nil {
			v.fault("attachment %s of matter %s: %v", hash[:min(12, len(hash))], number, err)
		}
	}
	fmt.Fprintf(v.out, "%d attachments read\n", len(named))
	return nil
}
