// Command hold holds the history of a load against the journal, and says for how long nobody's step was acknowledged.
//
//	go run ./torture/hold --history FILE --db URL [--within 15s]
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"jishi/base/db"
	"jishi/bench"
	"jishi/torture"
)

func main() {
	history := flag.String("history", "", "`file` that jishi bench load --history wrote")
	url := flag.String("db", "", "`address` of the database")
	within := flag.Duration("within", 0, "the longest time without an acknowledged step that is good; 0 takes any")
	name := flag.String("name", "", "what was done, for the table")
	flag.Parse()
	if err := hold(*history, *url, *name, *within); err != nil {
		fmt.Fprintln(os.Stderr, "hold:", err)
		os.Exit(1)
	}
}

func hold(file, url, name string, within time.Duration) error {
	h, err := read(file)
	if err != nil {
		return err
	}
	d, err := db.Open(context.Background(), url)
	if err != nil {
		return err
	}
	defer d.Close()
	r, err := torture.Read(context.Background(), d, h.Run)
	if err != nil {
		return err
	}
	faults := torture.Check(h, r)
	for _, f := range faults {
		fmt.Println("FAULT", f)
	}
	promised, refused, again, open := 0, 0, 0, 0
	var done []int64
	for _, s := range h.Steps {
		again += s.Tries - 1
		switch {
		case s.Promised():
			promised++
		case s.Refused():
			refused++
		case s.Open():
			open++
		}
		if s.Promised() && (s.Op == "file" || s.Op == "press") {
			done = append(done, s.Done)
		}
	}
	slices.Sort(done)
	gap := time.Duration(0)
	for i := 1; i < len(done); i++ {
		gap = max(gap, time.Duration(done[i]-done[i-1]))
	}
	fmt.Printf("| %s | %d | %d | %d | %d | %d | %.1f s |\n", name, promised, refused, again, open, len(faults), gap.Seconds())
	switch {
	case promised == 0:
		return fmt.Errorf("nothing was promised: this shows nothing")
	case len(faults) > 0:
		return fmt.Errorf("%d faults", len(faults))
	case within > 0 && gap > within:
		return fmt.Errorf("for %s no step was acknowledged", gap)
	}
	return nil
}

// read reads a history; the run's name stands in its titles.
func read(file string) (*bench.History, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := &bench.History{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var s bench.Step
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			return nil, err
		}
		h.Steps = append(h.Steps, s)
	}
	if len(h.Steps) == 0 {
		return nil, fmt.Errorf("%s is empty", file)
	}
	h.Run, _, _ = strings.Cut(strings.TrimPrefix(h.Steps[0].Title, "负载"), "第")
	return h, lines.Err()
}
