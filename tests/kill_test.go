package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"jishi/base/db"
	"jishi/base/db/dbtest"
)

// paper is what a citizen holds after filing.
type paper struct {
	Number string `json:"number"`
	Code   string `json:"code"`
	key    string
	title  string
}

// filers are citizens who file without pause, and remember what they were told and what they were not.
type filers struct {
	mu     sync.Mutex
	n      int
	told   []paper
	untold []paper // sent, but the answer never came
	odd    []string
}

// next is a fresh form.
func (f *filers) next() paper {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	return paper{key: fmt.Sprintf("key-%012d-%s", f.n, strconv.FormatUint(rand.Uint64(), 36)), title: fmt.Sprintf("断电试验第%d件", f.n)}
}

// send files once. An answer that is no receipt is odd; no answer at all is what a power cut looks like.
func (f *filers) send(ctx context.Context, client *http.Client, at string, p paper) {
	body, _ := json.Marshal(map[string]any{"class": "claim", "with": map[string]string{"title": p.title, "what": "试验。", "wants": "试验。", "place": "421223000000"},
		"who": map[string]string{"name": "王某甲", "phone": "19900000002"}})
	q, _ := http.NewRequestWithContext(ctx, http.MethodPost, at+"/api/v1/filings", bytes.NewReader(body))
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Idempotency-Key", p.key)
	r, err := client.Do(q)
	var text []byte
	if err == nil {
		text, err = io.ReadAll(r.Body)
		r.Body.Close()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.untold = append(f.untold, p)
		return
	}
	if r.StatusCode/100 != 2 || json.Unmarshal(text, &p) != nil || p.Number == "" || p.Code == "" {
		f.odd = append(f.odd, fmt.Sprintf("%s: %s %s", p.title, r.Status, text))
		return
	}
	f.told = append(f.told, p)
}

// TestKilledWhileFiling: kill -9 again and again while eight citizens file. Whoever got a receipt finds the matter
// with it; whoever got no answer presses again with the same form and gets one; nobody is in twice; and verify
// finds every row as its events say. JISHI_TORTURE says how many times.
func TestKilledWhileFiling(t *testing.T) {
	t.Parallel()
	kills := 20
	if n, err := strconv.Atoi(os.Getenv("JISHI_TORTURE")); err == nil {
		kills = n
	}
	for engine, url := range dbtest.URLs(t) {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			args := []string{"--pace", "off"} // eight people who file as fast as they can are no visitors
			if engine == "postgres" {
				args = append(args, "--data", t.TempDir(), "--db", url)
			} else {
				data := demoData(t)
				args, url = append(args, "--data", data), "sqlite:"+filepath.Join(data, "jishi.db")
			}
			h := start(t, append([]string{"demo"}, args...)...)
			f := &filers{}
			for n := range kills {
				f.until(h, time.Duration(50+rand.IntN(400))*time.Millisecond)
				f.again(t, h, n)
			}
			h.stop()
			if len(f.told) < 10*kills {
				t.Errorf("only %d receipts in %d kills: nobody was filing", len(f.told), kills)
			}
			if out, err := run(t, append([]string{"verify"}, args...)...); err != nil {
				t.Errorf("verify: %v\n%s", err, out)
			}
			f.once(t, url)
			t.Logf("%d kills, %d receipts", kills, len(f.told))
		})
	}
}

// until lets eight citizens file, kills the server in the middle, and starts it again.
func (f *filers) until(h *house, d time.Duration) {
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	defer client.CloseIdleConnections()
	ctx, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for ctx.Err() == nil {
				f.send(context.Background(), client, h.at, f.next())
			}
		})
	}
	time.Sleep(d)
	stop() // nobody begins anew; what was begun is cut off
	h.kill()
	all.Wait()
	h.open()
}

// again is the first minute after the power came back: those without an answer press once more, and a sample of
// those with a receipt looks it up.
func (f *filers) again(t *testing.T, h *house, round int) {
	client := &http.Client{Timeout: 20 * time.Second}
	defer client.CloseIdleConnections()
	untold := f.untold
	f.untold = nil
	for _, p := range untold {
		f.send(context.Background(), client, h.at, p)
	}
	if len(f.untold) > 0 || len(f.odd) > 0 {
		t.Fatalf("after kill %d: without an answer %v, odd %v", round+1, f.untold, f.odd)
	}
	for range min(20, len(f.told)) {
		p := f.told[len(f.told)-1-rand.IntN(min(200, len(f.told)))]
		body, _ := json.Marshal(map[string]string{"number": p.Number, "code": p.Code})
		r, err := client.Post(h.at+"/api/v1/follow", "application/json", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if r.StatusCode != http.StatusOK || !bytes.Contains(text, []byte(p.title)) {
			t.Fatalf("after kill %d the receipt %s does not lead to its matter: %s %s", round+1, p.Number, r.Status, text)
		}
	}
}

// once proves for every receipt ever handed out that it is there, and that nothing is there twice.
func (f *filers) once(t *testing.T, url string) {
	d, err := db.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	there := map[string]string{} // title: number
	err = d.Each(t.Context(), `SELECT number, title FROM matter WHERE title LIKE '断电试验第%'`, nil, func(scan func(...any) error) error {
		var number, title string
		if err := scan(&number, &title); err != nil {
			return err
		}
		if twice, ok := there[title]; ok {
			t.Errorf("%s is there twice, as %s and %s", title, twice, number)
		}
		there[title] = number
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]string{}
	for _, p := range f.told {
		if there[p.title] != p.Number {
			t.Errorf("the receipt says %s for %s, the house says %q", p.Number, p.title, there[p.title])
		}
		if other, ok := numbers[p.Number]; ok && other != p.title {
			t.Errorf("the number %s was given to %s and to %s", p.Number, other, p.title)
		}
		numbers[p.Number] = p.title
	}
	if len(there) != len(f.told) {
		t.Errorf("%d matters are there for %d receipts", len(there), len(f.told))
	}
}
