package desk

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"jishi/base/words"
)

// Purposes whose pace is kept. The numbers are this system's settings and no law's: several times what the quickest clerk
// or the busiest counter does.
const (
	PaceWrite  = "write"  // a form that is sent
	PaceUpload = "upload" // one that brings files, which are read and drawn anew
	PaceSearch = "search"
	PaceCode   = "code" // a message that costs the office money
)

type pace struct {
	each  rate.Limit // a second, for as long as it lasts
	burst int
}

// paces are the limits of one visitor who can be told from others, and of one network address. An address is often a
// counter, a school or a whole village: it is let through at its steady pace for ever, and never shut out.
var paces = map[string]struct{ visitor, address pace }{
	PaceWrite:  {pace{2, 60}, pace{10, 400}},
	PaceUpload: {pace{0.5, 20}, pace{2, 100}},
	PaceSearch: {pace{4, 60}, pace{20, 300}},
	PaceCode:   {pace{0.1, 5}, pace{0.5, 40}},
}

// pacesKept is how many visitors and addresses are remembered, some hundred bytes each.
const pacesKept = 20_000

// Pace keeps the pace of this node's visitors. The zero value is ready; Off is for load tests and for an office whose
// proxy does it.
type Pace struct {
	Off bool

	mu   sync.Mutex
	kept map[string]*rate.Limiter
}

// Take counts one act. visitor is who is known by a session, "" for nobody; address is where the request comes from.
// It refuses with TooMany, saying after how many seconds the next one is heard; the refused act does not count.
func (p *Pace) Take(purpose, visitor, address string, now time.Time) error {
	if p == nil || p.Off {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	l := paces[purpose]
	of := p.of("a "+purpose+" "+address, l.address, now)
	if visitor != "" {
		if err := take(p.of("v "+purpose+" "+visitor, l.visitor, now), now); err != nil {
			return err
		}
	}
	return take(of, now)
}

func take(l *rate.Limiter, now time.Time) error {
	r := l.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return words.Refuse(words.TooMany, "too-fast", "来得太快了。", "seconds", int((wait+time.Second-1)/time.Second)).Try("填写的内容没有丢，请在{seconds}秒后再试。")
	}
	return nil
}

// of is the limiter under the name. When there are too many only those that were busy are kept.
func (p *Pace) of(name string, l pace, now time.Time) *rate.Limiter {
	if found := p.kept[name]; found != nil {
		return found
	}
	if p.kept == nil || len(p.kept) >= pacesKept {
		kept := map[string]*rate.Limiter{}
		for n, x := range p.kept {
			if x.TokensAt(now) < float64(x.Burst())/2 && len(kept) < pacesKept/2 {
				kept[n] = x
			}
		}
		p.kept = kept
	}
	p.kept[name] = rate.NewLimiter(l.each, l.burst)
	return p.kept[name]
}
