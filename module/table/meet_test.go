package table_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/module/table"
)

// device is a phone with a weak network: it shows what it last saw, keeps what was typed, and sends it when it can.
// It does what web/assets/table.js does.
type device struct {
	name   string
	seen   map[table.Key]table.Cell
	drafts []table.Entry
}

// meeting is one village's table and the phones that edit it.
type meeting struct {
	t       *rapid.T
	ctx     context.Context
	d       *db.DB
	s       *table.Store
	place   string
	devices []*device
	clock   time.Time
	typed   map[string]table.Entry // by token: everything that anybody typed
	sealed  bool
	n       int
}

var elements = []string{"households", "wells"}

func (m *meeting) key(t *rapid.T) table.Key {
	return table.Key{Place: m.place, Element: rapid.SampledFrom(elements).Draw(t, "element"), Period: "2026"}
}

func (m *meeting) device(t *rapid.T) *device { return rapid.SampledFrom(m.devices).Draw(t, "device") }

// edit types a value into a cell, with or without a network. A draft that was not sent yet is typed over.
func (m *meeting) edit(t *rapid.T) {
	d, k := m.device(t), m.key(t)
	m.n++
	e := table.Entry{Key: k, Act: table.Fill, Value: fmt.Sprint(rapid.IntRange(1, 4).Draw(t, "value")), Source: "village", AsOf: "2026-03-02",
		Base: d.seen[k].Seq, Device: d.name, Token: fmt.Sprintf("%s-%s-%d", m.place, d.name, m.n), By: d.name, Org: "village", Numeric: true, Sensitive: m.sealed}
	d.drafts = slices.DeleteFunc(d.drafts, func(old table.Entry) bool {
		if old.Key == k && old.Device == d.name && old.Reason == "" {
			delete(m.typed, old.Token)
			return true
		}
		return false
	})
	m.typed[e.Token] = e
	d.drafts = append(d.drafts, e)
}

// send sends some of the drafts. The answer may get lost on the way back: the phone then sends them again some day.
func (m *meeting) send(t *rapid.T, d *device, most int, lost bool) {
	for i := 0; i < most && len(d.drafts) > 0; i++ {
		e := d.drafts[0]
		w := m.write(t, e)
		if lost {
			d.drafts[0].Reason = "sent" // under way: what is typed now is another draft
			return
		}
		d.drafts, d.seen[e.Key] = d.drafts[1:], w.Cell
		for j, later := range d.drafts { // typed on this phone after what it just wrote
			if later.Key == e.Key && w.Outcome != table.Contends && later.Base < w.Seq {
				d.drafts[j].Base = w.Seq
			}
		}
	}
}

func (m *meeting) write(t *rapid.T, e table.Entry) (w table.Written) {
	m.clock = m.clock.Add(time.Second)
	e.At, e.Reason = m.clock, ""
	err := m.d.Write(m.ctx, func(tx *db.Tx) (err error) {
		w, err = m.s.Write(m.ctx, tx, e)
		return err
	})
	if err != nil {
		t.Fatalf("write %+v: %v", e, err)
	}
	return w
}

// look opens the page again: the phone sees what stands.
func (m *meeting) look(t *rapid.T, d *device) {
	for _, element := range elements {
		k := table.Key{Place: m.place, Element: element, Period: "2026"}
		c, err := m.s.Cell(m.ctx, m.d, k)
		if err != nil {
			t.Fatal(err)
		}
		d.seen[k] = c
	}
}

// settle is a person who looks at all values of a cell and chooses one, perhaps after somebody else wrote again.
func (m *meeting) settle(t *rapid.T, k table.Key, late bool) {
	c, err := m.s.Cell(m.ctx, m.d, k)
	if err != nil {
		t.Fatal(err)
	}
	m.n++
	e := table.Entry{Key: k, Act: table.Settle, Value: fmt.Sprint(rapid.IntRange(1, 4).Draw(t, "chosen")), Source: "village", AsOf: "2026-03-02",
		Base: c.Seq, Token: fmt.Sprintf("%s-settle-%d", m.place, m.n), By: "secretary", Org: "village", At: m.clock, Numeric: true, Sensitive: m.sealed}
	if late {
		e.Base--
	}
	m.clock = m.clock.Add(time.Second)
	err = m.d.Write(m.ctx, func(tx *db.Tx) error {
		_, err := m.s.Write(m.ctx, tx, e)
		return err
	})
	r, refused := words.AsRefusal(err)
	switch {
	case err != nil && !refused:
		t.Fatal(err)
	case c.Open == 0 && (!refused || r.Code != "nothing-to-settle"):
		t.Fatalf("a cell without a conflict was settled: %v", err)
	case c.Open > 0 && late && (!refused || r.Kind != words.Stale):
		t.Fatalf("somebody settled without having seen every value: %v", err)
	case c.Open > 0 && !late && refused:
		t.Fatalf("a person who has seen everything cannot settle: %v", err)
	case !refused:
		m.typed[e.Token] = e
	}
}

// holds is what must be true at any time: a value that was typed and sent stands in the history once, in its own
// words; the cell is what the history says; whatever is not the value was seen by whoever wrote the value, or waits.
func (m *meeting) holds(t *rapid.T) {
	waiting := map[string]bool{}
	for _, d := range m.devices {
		for _, e := range d.drafts {
			waiting[e.Token] = e.Reason == "" // not even sent
		}
	}
	sent := 0
	for _, e := range m.typed {
		if !waiting[e.Token] {
			sent++
		}
	}
	var n int
	if err := m.d.Row(m.ctx, `SELECT COUNT(*) FROM cell_event WHERE place = $1`, []any{m.place}, &n); err != nil {
		t.Fatal(err)
	}
	if n != sent {
		t.Fatalf("%d entries were sent, the history holds %d", sent, n)
	}
	for _, element := range elements {
		m.cell(t, table.Key{Place: m.place, Element: element, Period: "2026"})
	}
}

func (m *meeting) cell(t *rapid.T, k table.Key) {
	c, err := m.s.Cell(m.ctx, m.d, k)
	if err != nil {
		t.Fatal(err)
	}
	history, err := table.History(m.ctx, m.d, k)
	if err != nil {
		t.Fatal(err)
	}
	var value string
	var stands, settled int64
	open := 0
	for i, x := range history {
		if x.Seq != int64(i+1) {
			t.Fatalf("the numbers of %v have a gap: %d at %d", k, x.Seq, i)
		}
		said := m.read(t, x.Value, x.Sealed)
		if m.sealed && x.Value != "" {
			t.Fatalf("a sensitive value lies open: %q", x.Value)
		}
		switch x.Outcome {
		case table.Stands:
			if x.Base < stands {
				t.Fatalf("%v: %q replaced %q, which its writer had not seen", k, said, value)
			}
			if open > 0 && x.Act != table.Settle {
				t.Fatalf("%v: %q came while others waited", k, said)
			}
			value, stands = said, x.Seq
			if x.Act == table.Settle {
				open, settled = 0, x.Seq
			}
		case table.Agrees:
			if said != value {
				t.Fatalf("%v: %q was taken for %q", k, said, value)
			}
		case table.Contends:
			open++
		}
		if open > 0 && len(m.devices) == 1 {
			t.Fatalf("%v: one phone is in conflict with itself", k)
		}
	}
	for _, x := range history {
		if x.Open != (x.Outcome == table.Contends && x.Seq > settled) {
			t.Fatalf("%v: %q waits: %v, though the last settlement was %d", k, x.Value, x.Open, settled)
		}
	}
	if m.read(t, c.Value, c.Sealed) != value || c.Stands != stands || c.Open != open || int(c.Seq) != len(history) {
		t.Fatalf("the cell %+v is not what its history says: %q at %d, %d open", c, value, stands, open)
	}
}

func (m *meeting) read(t *rapid.T, value, sealed string) string {
	if sealed == "" {
		return value
	}
	text, err := m.s.Vault.OpenText(m.ctx, m.d, sealed)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestPhonesMeet: one to four phones edit the same cells, offline and not, send in pieces, lose answers and send
// again, while a person settles conflicts. Nothing is lost, nothing doubled, nobody overwrites what they did not see, and
// nobody is in conflict with themselves.
func TestPhonesMeet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v, err := vault.OpenKeys(filepath.Join(t.TempDir(), "keys.json"))
		if err != nil {
			t.Fatal(err)
		}
		run := 0
		rapid.Check(t, func(rt *rapid.T) {
			run++
			m := &meeting{t: rt, ctx: t.Context(), d: d, s: &table.Store{Vault: v}, place: fmt.Sprintf("%012d", run), typed: map[string]table.Entry{},
				clock: calendar.Day("2026-03-02").Start(), sealed: rapid.Bool().Draw(rt, "sensitive")}
			for i := range rapid.IntRange(1, 4).Draw(rt, "phones") {
				m.devices = append(m.devices, &device{name: fmt.Sprint("phone", i), seen: map[table.Key]table.Cell{}})
			}
			rt.Repeat(map[string]func(*rapid.T){
				"edit":   m.edit,
				"send":   func(t *rapid.T) { m.send(t, m.device(t), rapid.IntRange(1, 3).Draw(t, "most"), false) },
				"lost":   func(t *rapid.T) { m.send(t, m.device(t), 1, true) },
				"look":   func(t *rapid.T) { m.look(t, m.device(t)) },
				"settle": func(t *rapid.T) { m.settle(t, m.key(t), rapid.Bool().Draw(t, "late")) },
				"":       m.holds,
			})
			m.end(rt)
		})
	})
}

// end is the evening: every phone has a network again, everything is sent, a person settles what is open, and all see
// the same.
func (m *meeting) end(t *rapid.T) {
	for _, d := range m.devices {
		m.send(t, d, len(d.drafts), false)
	}
	for _, element := range elements {
		k := table.Key{Place: m.place, Element: element, Period: "2026"}
		if c, err := m.s.Cell(m.ctx, m.d, k); err != nil || c.Open > 0 {
			m.settle(t, k, false)
		}
	}
	m.holds(t)
	opens, err := table.Opens(m.ctx, m.d, m.place)
	if err != nil || len(opens) > 0 {
		t.Fatalf("still open in the evening: %v, %v", opens, err)
	}
	for token := range m.typed {
		var n int
		if err := m.d.Row(m.ctx, `SELECT COUNT(*) FROM cell_event WHERE token = $1`, []any{token}, &n); err != nil || n != 1 {
			t.Fatalf("%s stands %d times: %v", token, n, err)
		}
	}
}
