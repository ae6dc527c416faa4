package desk_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/words"
	"jishi/derive/notify"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/work/journal"
)

// receiver is another office's program that takes webhooks, and checks their signatures as the scheme says.
type receiver struct {
	t      testing.TB
	mu     sync.Mutex
	keys   []string // secrets with which a message may be signed
	answer int
	got    []heard
	server *httptest.Server
}

type heard struct {
	id, body string
	notify.Payload
}

func newReceiver(t testing.TB) *receiver {
	r := &receiver{t: t, answer: 204}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, _ := io.ReadAll(q.Body)
	h := heard{id: q.Header.Get("webhook-id"), body: string(body)}
	if err := json.Unmarshal(body, &h.Payload); err != nil {
		r.t.Errorf("no JSON: %s", body)
	}
	seconds, _ := strconv.ParseInt(q.Header.Get("webhook-timestamp"), 10, 64)
	for i, secret := range r.keys {
		key, err := notify.ParseSecret(secret)
		if err != nil {
			r.t.Error(err)
		}
		if !strings.Contains(q.Header.Get("webhook-signature"), notify.Sign(h.id, time.Unix(seconds, 0), body, key)) {
			r.t.Errorf("not signed with key %d: %s", i, q.Header.Get("webhook-signature"))
		}
	}
	r.got = append(r.got, h)
	if r.answer == 302 {
		w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
	}
	w.WriteHeader(r.answer)
}

// took are the messages since the last call.
func (r *receiver) took() []heard {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got
	r.got = nil
	return got
}

func (r *receiver) says(code int, keys ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = code
	if len(keys) > 0 {
		r.keys = keys
	}
}

// deliver lets the sender follow and send until nothing is due.
func (c *county) deliver() {
	c.t.Helper()
	if _, err := journal.Sequence(c.t.Context(), c.d.DB, 1000); err != nil {
		c.t.Fatal(err)
	}
	s := c.d.Notifier("https://jishi.example", slog.New(slog.DiscardHandler))
	for n := 1; n > 0; {
		var err error
		if n, err = s.Follow(c.t.Context(), 3, c.now); err != nil {
			c.t.Fatal(err)
		}
	}
	for n := 1; n > 0; {
		var err error
		if n, err = s.Send(c.t.Context(), c.now); err != nil {
			c.t.Fatal(err)
		}
	}
}

func (c *county) hook(who actor.Actor, url string, kinds ...string) (desk.Hook, string) {
	c.t.Helper()
	h, secret, err := c.d.MakeHook(c.t.Context(), who, "大屏", url, kinds, "")
	if err != nil {
		c.t.Fatal(err)
	}
	return h, secret
}

// keeper is an administrator of the petition bureau, which has none in the demonstration.
func (c *county) keeper() actor.Actor {
	c.t.Helper()
	err := c.d.DB.Write(c.t.Context(), func(tx *db.Tx) error {
		return actor.PutPost(c.t.Context(), tx, "county-data-system", actor.Post{ID: "keeps-petition", Org: "county-petition", Title: "系统管理员", Powers: []actor.Power{actor.Admin}, From: "2020-01-01"})
	})
	if err != nil {
		c.t.Fatal(err)
	}
	who, ok := c.officer("county-data-system").For("county-petition")
	if !ok {
		c.t.Fatal("the administrator has no post at the petition bureau")
	}
	return who
}

// A program hears each step of what the body has a part in: signed, once, without a word about anybody. Of a sealed report
// it hears nothing, not even that there is one; and nothing once whoever set it up left the post.
func TestAWebhookHearsStepsAndNoSecrets(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		c.d.HooksInside = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		before := c.file(0, map[string]string{"title": "登记以前的事", "what": "不通知。"})
		r := newReceiver(t)
		keeper := c.keeper()
		c.now = c.now.Add(time.Minute)
		h, secret := c.hook(keeper, r.server.URL)
		r.says(204, secret)
		noise := c.file(0, map[string]string{"title": "李桂兰家楼下打桩", "what": "凌晨两点还在打桩。", "address": "三号楼二单元"})
		c.do("county-petition-registrar", noise.ID, "register", map[string]string{"class": "claim"})
		sealed := c.file(0, map[string]string{"title": "科长收钱", "what": "收了开发商的钱。"}, func(f *desk.Filing) { f.Class, f.Reported = "report", []string{"county-housing"} })
		c.do("county-petition-registrar", sealed.ID, "register", map[string]string{"class": "report"})
		c.deliver()
		got := r.took()
		if len(got) != 2 || got[0].Type != "petition.open" || got[1].Type != "petition.register" || got[1].Data.State != "registered" || got[1].Data.Number != noise.Number {
			t.Fatalf("the receiver heard %+v", got)
		}
		for _, x := range got {
			for _, word := range []string{"李桂兰", "打桩", "三号楼", sealed.Number, sealed.ID, before.Number, "county-petition-registrar"} {
				if strings.Contains(x.body, word) {
					t.Errorf("a message tells %q: %s", word, x.body)
				}
			}
		}
		if got[0].Data.Links.Page != "https://jishi.example/m/"+noise.ID {
			t.Errorf("the link leads to %+v", got[0].Data.Links)
		}
		c.deliver()
		if again := r.took(); len(again) != 0 {
			t.Errorf("told twice: %+v", again)
		}
		second, err := c.d.TurnHook(t.Context(), keeper, h.ID)
		if err != nil || second == secret {
			t.Fatalf("the key was not changed: %v", err)
		}
		r.says(204, secret, second) // for a day both sign
		c.do("county-petition-registrar", noise.ID, "forward", map[string]string{"target": "county-housing"})
		c.deliver()
		if n := len(r.took()); n != 1 {
			t.Errorf("%d messages after the key was changed", n)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return actor.EndPost(t.Context(), tx, "keeps-petition", "2025-03-01") }); err != nil {
			t.Fatal(err)
		}
		c.do("county-housing-officer", noise.ID, "receive", nil)
		c.deliver()
		if left := r.took(); len(left) != 0 {
			t.Errorf("the administrator left, and the hook still hears: %+v", left)
		}
	})
}

// A receiver that is down is tried again at growing intervals and given up with the reason; somebody presses "send again".
// A redirect is not followed, an address inside is never dialled, and who says that it is gone is not asked again.
func TestAWebhookThatFailsIsTriedAgainAndGivenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCounty(t, d)
		c.d.HooksInside = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		keeper := c.keeper()
		r := newReceiver(t)
		h, _ := c.hook(keeper, r.server.URL, "petition")
		c.file(0, map[string]string{"title": "路灯不亮", "what": "一个月了。"})
		r.says(500)
		c.deliver()
		if n := len(r.took()); n != 1 {
			t.Fatalf("tried %d times at once", n)
		}
		tries := 1
		for start := c.now; c.now.Sub(start) < 6*24*time.Hour; {
			c.now = c.now.Add(30 * time.Minute)
			c.deliver()
			tries += len(r.took())
		}
		if tries != 9 {
			t.Errorf("%d tries in six days", tries)
		}
		hook, failed, _, err := c.d.HookFailures(t.Context(), keeper, h.ID, "")
		if err != nil || len(failed) != 1 || failed[0].State != "failed" || failed[0].Tries != 9 || failed[0].Why.Say(words.EN) != "The receiver answered 500" || hook.Failed != 1 {
			t.Fatalf("the page of failures: %+v %v", failed, err)
		}
		id := failed[0].ID
		r.says(204)
		if n, err := c.d.SendAgain(t.Context(), keeper, h.ID, id); n != 1 || err != nil {
			t.Fatalf("send again: %d %v", n, err)
		}
		c.deliver()
		if got := r.took(); len(got) != 1 || got[0].id != id {
			t.Errorf("sent again: %+v, want the message %s", got, id)
		}
		if _, left, _, _ := c.d.HookFailures(t.Context(), keeper, h.ID, ""); len(left) != 0 {
			t.Errorf("what was taken is still among the failures: %+v", left)
		}
		for _, x := range []struct {
			code int
			why  string
		}{{302, "对方让转到别处，没有跟去"}, {410, "对方回答 410"}} {
			r.says(x.code)
			c.file(0, map[string]string{"title": "又一件", "what": "又一件。"})
			c.deliver()
			_, list, _, err := c.d.HookFailures(t.Context(), keeper, h.ID, "")
			if err != nil || len(list) == 0 || list[0].Why.Say(words.ZH) != x.why {
				t.Errorf("%d: %+v %v", x.code, list, err)
			}
		}
		hooks, err := c.d.Hooks(t.Context(), keeper)
		if err != nil || hooks[0].Why != "gone" || hooks[0].Ended.IsZero() || hooks[0].Waiting != 0 {
			t.Errorf("a receiver that is gone is still asked: %+v %v", hooks, err)
		}
		r.took()
		inside, _ := c.hook(keeper, r.server.URL)
		c.d.HooksInside = nil // the operator takes the permission back; a name that leads inside is the same
		c.file(0, map[string]string{"title": "再一件", "what": "再一件。"})
		c.deliver()
		if n := len(r.took()); n != 0 {
			t.Errorf("an address inside was dialled %d times", n)
		}
		if _, list, _, _ := c.d.HookFailures(t.Context(), keeper, inside.ID, ""); len(list) != 1 || list[0].State != "failed" || list[0].Reason != "refused" {
			t.Errorf("an address inside: %+v", list)
		}
	})
}

// Only administrators, only for the body they act for, only addresses that can be sent to.
func TestWhoMaySetUpAWebhook(t *testing.T) {
	c := newCounty(t, dbtest.SQLite(t))
	keeper := c.keeper()
	refused := func(who actor.Actor, url string, kinds ...string) string {
		_, _, err := c.d.MakeHook(t.Context(), who, "大屏", url, kinds, "")
		r, ok := words.AsRefusal(err)
		if !ok {
			t.Fatalf("%s %v was taken: %v", url, kinds, err)
		}
		return r.Code
	}
	if code := refused(c.officer("county-petition-registrar"), "https://example.org/"); code != "not-an-administrator" {
		t.Errorf("a registrar: %s", code)
	}
	for _, url := range []string{"http://example.org/", "https://127.0.0.1/", "https://169.254.169.254/latest/meta-data/", "javascript:alert(1)"} {
		if code := refused(keeper, url); code != "bad-hook" {
			t.Errorf("%s: %s", url, code)
		}
	}
	if code := refused(keeper, "https://example.org/", "mediation"); code != "bad-hook" {
		t.Errorf("a private procedure: %s", code)
	}
	h, _ := c.hook(keeper, "https://example.org/")
	other, _ := c.officer("county-data-system").For("county-data")
	if list, err := c.d.Hooks(t.Context(), other); err != nil || len(list) != 1 {
		t.Errorf("whoever keeps both bodies sees both: %v %v", list, err)
	}
	if _, _, _, err := c.d.HookFailures(t.Context(), c.officer("county-petition-registrar"), h.ID, ""); err == nil {
		t.Error("a registrar reads the failures")
	}
	if err := c.d.EndHook(t.Context(), keeper, h.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.d.SendAgain(t.Context(), keeper, h.ID, ""); err == nil {
		t.Error("an ended hook sends again")
	}
}
