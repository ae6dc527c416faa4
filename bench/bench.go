// Package bench measures, and knows the limit it measures against: the same rows written past the door, to the
// same engine with the same durability.
package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Result is one measurement, one JSON object on a line of its own.
type Result struct {
	Op      string  `json:"op"`
	DB      string  `json:"db"`
	Matters int     `json:"matters"`
	C       int     `json:"c"` // clients at once
	N       int     `json:"n"` // answers
	Errors  int     `json:"errors"`
	RPS     float64 `json:"rps"`
	P50     float64 `json:"p50_ms"`
	P95     float64 `json:"p95_ms"`
	P99     float64 `json:"p99_ms"`
	Limit   float64 `json:"limit_rps"`             // the raw rows, in the same run; 0 where there is no such limit
	Ratio   float64 `json:"ratio"`                 // rps by limit_rps
	Grouped float64 `json:"grouped_rps,omitempty"` // the raw rows with c filings in each transaction: what no single client could do
	Bytes   int64   `json:"bytes,omitempty"`
	MB      float64 `json:"mb,omitempty"`
	Note    string  `json:"note,omitempty"`

	Offered float64 `json:"offered_rps,omitempty"` // planned, of an open loop
	P999    float64 `json:"p999_ms,omitempty"`
	Worst   float64 `json:"max_ms,omitempty"`
	Again   int     `json:"again,omitempty"` // requests that had to be sent once more
	Lost    int     `json:"lost,omitempty"`  // promised to a client and not found again

	ThinkMS float64 `json:"think_ms,omitempty"`  // pause of each client between an answer and its next question
	Spent   float64 `json:"server_ms,omitempty"` // processor time of our server for each answer; PostgreSQL's is not in it

	LimitMS  float64 `json:"limit_ms,omitempty"`
	CPU      float64 `json:"cpu_pct,omitempty"`      // of one core, while something happens
	RestCPU  float64 `json:"cpu_rest_pct,omitempty"` // and while nothing does
	LimitCPU float64 `json:"limit_cpu_pct,omitempty"`
}

// Print writes the result with numbers that can be read.
func (r Result) Print(w io.Writer) error {
	for _, x := range []*float64{&r.RPS, &r.P50, &r.P95, &r.P99, &r.Limit, &r.Grouped, &r.P999, &r.Worst, &r.MB, &r.CPU, &r.RestCPU, &r.Spent} {
		*x = math.Round(*x*100) / 100
	}
	r.Ratio = math.Round(r.Ratio*1000) / 1000
	return json.NewEncoder(w).Encode(r)
}

// Against puts the limit beside the result.
func (r Result) Against(limit float64) Result {
	r.Limit = limit
	if limit > 0 {
		r.Ratio = r.RPS / limit
	}
	return r
}

// Run lets c clients do fn again and again until d is over, and measures each. client counts from 0; i counts
// the client's own calls. The first error is in Note.
func Run(op string, c int, d time.Duration, fn func(client, i int) error) Result {
	return Think(op, c, d, 0, fn)
}

// Think is Run with clients who read what they got before they ask again: for as long as pause, give or take half of
// it, so that they do not march in step.
func Think(op string, c int, d, pause time.Duration, fn func(client, i int) error) Result {
	r := Result{Op: op, C: c, ThinkMS: float64(pause.Milliseconds())}
	var mu sync.Mutex
	var all []float64
	var clients sync.WaitGroup
	began := time.Now()
	for client := range c {
		clients.Go(func() {
			var mine []float64
			var failed int
			var first error
			for i := 0; time.Since(began) < d; i++ {
				if pause > 0 {
					time.Sleep(pause/2 + rand.N(pause))
				}
				start := time.Now()
				if err := fn(client, i); err != nil {
					if failed++; first == nil {
						first = err
					}
					continue
				}
				mine = append(mine, float64(time.Since(start).Microseconds())/1000)
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, mine...)
			if r.Errors += failed; first != nil && r.Note == "" {
				r.Note = fmt.Sprint(first)
			}
		})
	}
	clients.Wait()
	took := time.Since(began).Seconds()
	t := Times(op, all)
	r.N, r.P50, r.P95, r.P99, r.RPS = t.N, t.P50, t.P95, t.P99, float64(t.N)/took
	return r
}

// Times is the result of single measurements in milliseconds.
func Times(op string, ms []float64) Result {
	slices.Sort(ms)
	return Result{Op: op, C: 1, N: len(ms), P50: at(ms, .50), P95: at(ms, .95), P99: at(ms, .99)}
}

// at is the value below which the share of the sorted values lies.
func at(sorted []float64, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(math.Ceil(share*float64(len(sorted))))-1)]
}
