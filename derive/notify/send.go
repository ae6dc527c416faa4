package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"jishi/base/db"
	"jishi/work/journal"
	"jishi/work/matter"
)

// Sender sends what waits. Make it with New.
type Sender struct {
	DB      *db.DB
	Matters *matter.Store
	Key     func(hook string, turn int) []byte
	Origin  string         // https://host, for the links
	Inside  []netip.Prefix // networks that may be dialled although they are inside
	Log     *slog.Logger

	client *http.Client
}

// New makes a sender whose fields are set.
func New(s Sender) *Sender {
	s.client = client(s.Inside)
	return &s
}

// pauses are how long to wait after each try that failed, as the Standard Webhooks scheme proposes; after the last one a
// message is given up: nine tries over some three days.
var pauses = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour}

// lease keeps other nodes from a message while one tries it.
const lease = 2 * time.Minute

// Pause is how long to wait after the n-th try, spread by a fifth each way so that what failed together does not come
// back together; ok is false when there is no further try.
func Pause(n int) (wait time.Duration, ok bool) {
	if n > len(pauses) {
		return 0, false
	}
	p := pauses[n-1]
	return p - p/5 + rand.N(2*p/5+1), true
}

// message is one that is due.
type message struct {
	id, event string
	hook      Hook
	tries     int
	due       int64
}

// Send tries what is due at now, at most ten of each hook, the hooks beside each other, and returns how many it tried.
// A hook whose first message fails is left alone until the next round: one that is down must not hold up the others.
func (s *Sender) Send(ctx context.Context, now time.Time) (int, error) {
	var list []message
	err := s.DB.Each(ctx, `SELECT `+hookColumns+`, q.id, q.event, q.tries, q.due FROM (SELECT w.id, w.event, w.hook, w.tries, w.due, w.position,
		ROW_NUMBER() OVER (PARTITION BY w.hook ORDER BY w.position) AS n FROM webhook_message w WHERE w.state = 'waiting' AND w.due <= $1) q
		JOIN webhook h ON h.id = q.hook WHERE q.n <= 10 AND h.ended_at = 0 ORDER BY q.hook, q.position LIMIT 200`, []any{now.UnixMilli()},
		func(scan func(...any) error) error {
			var m message
			h, err := readHook(scan, &m.id, &m.event, &m.tries, &m.due)
			m.hook = h
			list = append(list, m)
			return err
		})
	if err != nil {
		return 0, fmt.Errorf("notify.Send: %w", err)
	}
	of := map[string][]message{}
	for _, m := range list {
		of[m.hook.ID] = append(of[m.hook.ID], m)
	}
	var wait sync.WaitGroup
	tried := make([]int, len(of))
	at := 0
	for _, some := range of {
		n := &tried[at]
		at++
		wait.Go(func() { *n = s.round(ctx, some, now) })
	}
	wait.Wait()
	sum := 0
	for _, n := range tried {
		sum += n
	}
	return sum, ctx.Err()
}

func (s *Sender) round(ctx context.Context, list []message, now time.Time) (tried int) {
	for _, m := range list {
		good, err := s.try(ctx, m, now)
		if err != nil && ctx.Err() == nil {
			s.Log.Error("a webhook message could not be dealt with", "message", m.id, "error", err.Error())
		}
		tried++
		if !good {
			return tried
		}
	}
	return tried
}

// try sends one message. What became sealed meanwhile, or left the hook's sight, is dropped without a trace.
func (s *Sender) try(ctx context.Context, m message, now time.Time) (good bool, err error) {
	mine, err := s.claim(ctx, m, now)
	if err != nil || !mine {
		return false, err
	}
	body, err := s.body(ctx, m, now)
	if err != nil {
		return false, err
	}
	if body == nil {
		return true, s.DB.Write(ctx, func(tx *db.Tx) error {
			return tx.Put(ctx, `DELETE FROM webhook_message WHERE id = $1`, m.id)
		})
	}
	reason, after := s.post(ctx, m, body, now)
	if ctx.Err() != nil { // we are stopping: the lease ends and the message is tried again
		return false, ctx.Err()
	}
	return reason == "", s.settle(ctx, m, reason, after, now)
}

// claim takes the message for this node; a crash behind it costs one try.
func (s *Sender) claim(ctx context.Context, m message, now time.Time) (mine bool, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE webhook_message SET tries = tries + 1, due = $3, last = $4 WHERE id = $1 AND tries = $2 AND state = 'waiting' AND due = $5`,
			m.id, m.tries, now.Add(lease).UnixMilli(), now.UnixMilli(), m.due)
		mine = n == 1
		return err
	})
	return mine, err
}

// body is what the message says, nil when the hook may not hear of it any more.
func (s *Sender) body(ctx context.Context, m message, now time.Time) ([]byte, error) {
	if m.event == "" { // somebody pressed "try it"
		return json.Marshal(Payload{Type: "jishi.test", Timestamp: now})
	}
	e, err := journal.ByID(ctx, s.DB, m.event)
	if err != nil {
		return nil, err
	}
	x, err := s.Matters.Load(ctx, s.DB, e.Matter)
	if err != nil {
		return nil, err
	}
	who, ok, err := Maker(ctx, s.DB, m.hook, now)
	if err != nil || !ok || !s.sees(who, m.hook, x) {
		return nil, err
	}
	p, err := s.Matters.Book.ByKey(x.Version)
	if err != nil {
		return nil, err
	}
	return payload(e, x, p, s.Origin)
}

// post sends the body; reason is "" when the receiver took it, after how long it asked us to wait.
func (s *Sender) post(ctx context.Context, m message, body []byte, now time.Time) (reason string, after time.Duration) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.hook.URL, bytes.NewReader(body))
	if err != nil {
		return "refused", 0
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Jishi-Webhooks/1")
	r.Header.Set("webhook-id", m.id)
	r.Header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	r.Header.Set("webhook-signature", Sign(m.id, now, body, m.hook.Keys(s.Key, now)...))
	answer, err := s.client.Do(r)
	if err != nil {
		return whyNot(err), 0
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection can be used again
	switch code := answer.StatusCode; {
	case code/100 == 2:
		return "", 0
	case code/100 == 3:
		return "moved", 0
	case code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable:
		n, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		return "answer " + strconv.Itoa(code), min(time.Duration(max(n, 0))*time.Second, 24*time.Hour)
	default:
		return "answer " + strconv.Itoa(code), 0
	}
}

// whyNot is the reason of a failed connection, in a word that the page turns into a sentence.
func whyNot(err error) string {
	var name *net.DNSError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var slow interface{ Timeout() bool }
	switch {
	case errors.Is(err, errInside):
		return "refused"
	case errors.As(err, &name):
		return "host"
	case errors.As(err, &unknown), errors.As(err, &host), errors.As(err, &invalid), errors.As(err, &record):
		return "tls"
	case errors.As(err, &slow) && slow.Timeout():
		return "time"
	}
	return "connect"
}

// settle writes what became of the try. An address inside is given up at once; a receiver that says it is gone ends
// the hook; anything else is tried again until the pauses are used up.
func (s *Sender) settle(ctx context.Context, m message, reason string, after time.Duration, now time.Time) error {
	state, due := "waiting", int64(0)
	wait, more := Pause(m.tries + 1)
	switch {
	case reason == "":
		state = "sent"
	case reason == "refused" || reason == "answer 410" || !more:
		state = "failed"
	default:
		due = now.Add(max(wait, after)).UnixMilli()
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		err := tx.Put(ctx, `UPDATE webhook_message SET state = $2, due = $3, reason = $4 WHERE id = $1`, m.id, state, due, reason)
		if err == nil && reason == "answer 410" {
			err = End(ctx, tx, m.hook.ID, "gone", now)
		}
		return err
	})
}

// Kept is how long what was sent stays to be looked at; what failed stays as long, to be sent again.
const Kept = 30 * 24 * time.Hour

// Forget removes messages that are settled and old.
func Forget(ctx context.Context, tx *db.Tx, now time.Time) error {
	return tx.Put(ctx, `DELETE FROM webhook_message WHERE state <> 'waiting' AND last < $1`, now.Add(-Kept).UnixMilli())
}
