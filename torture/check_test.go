package torture

import (
	"strings"
	"testing"

	"jishi/bench"
)

// told is a petition that went well: filed, registered by one of two who pressed at once, read.
func told() (*bench.History, *Record) {
	base := bench.Step{Title: "负载x第0件", Matter: "m", Number: "LX1", Code: "c", Status: 200, Tries: 1}
	step := func(op, action string, seq, got, status int, sent, done int64) bench.Step {
		s := base
		s.Op, s.Action, s.Seq, s.Got, s.Status, s.Sent, s.Done = op, action, seq, got, status, sent, done
		return s
	}
	h := &bench.History{Run: "x", Steps: []bench.Step{step("file", "", 0, 1, 201, 0, 10), step("press", "register", 1, 2, 200, 20, 40),
		step("press", "register", 1, 0, 412, 22, 50), step("read", "", 0, 2, 200, 60, 70)}}
	return h, &Record{Matters: []Filed{{"m", "LX1", "负载x第0件"}},
		Events: map[string][]Event{"m": {{"m", "open", "p", 1, 0}, {"m", "register", "clerk", 2, 0}}}}
}

// TestTheCheckerFindsWhatCannotBeTrue: each kind of lie is found, and the truth is none.
func TestTheCheckerFindsWhatCannotBeTrue(t *testing.T) {
	for _, lie := range []struct {
		name string
		tell func(h *bench.History, r *Record)
		want string // "": nothing is found
	}{
		{"the truth", func(*bench.History, *Record) {}, ""},
		{"a promised step is not there", func(h *bench.History, r *Record) { r.Events["m"] = r.Events["m"][:1] }, "was promised 1 times and is there 0"},
		{"a petition is not there", func(h *bench.History, r *Record) { r.Matters, r.Events = nil, map[string][]Event{} }, "the receipt of"},
		{"a petition is there twice", func(h *bench.History, r *Record) { r.Matters = append(r.Matters, Filed{"n", "LX2", "负载x第0件"}) }, "is there twice"},
		{"a number was given twice", func(h *bench.History, r *Record) { r.Matters = append(r.Matters, Filed{"n", "LX1", "负载x第1件"}) }, "belongs to"},
		{"nobody filed it", func(h *bench.History, r *Record) { r.Matters = append(r.Matters, Filed{"n", "LX2", "负载x第1件"}) }, "nobody filed it"},
		{"an event is gone from the middle", func(h *bench.History, r *Record) { r.Events["m"] = r.Events["m"][1:] }, "has no event 1"},
		{"a step is there twice", func(h *bench.History, r *Record) {
			r.Events["m"] = append(r.Events["m"], Event{"m", "register", "clerk", 3, 0})
		}, "is there 2 times"},
		{"a step that nobody took", func(h *bench.History, r *Record) {
			r.Events["m"] = append(r.Events["m"], Event{"m", "close", "clerk", 3, 0})
		}, "is there 1 times"},
		{"both of two were told that they were first", func(h *bench.History, r *Record) { h.Steps[2].Status, h.Steps[2].Got = 200, 2 }, "was promised 2 times"},
		{"a reader saw the past", func(h *bench.History, r *Record) { h.Steps[3].Got = 1 }, "in no order"},
		{"one was refused before anybody was first", func(h *bench.History, r *Record) {
			h.Steps[2].Sent, h.Steps[2].Done = 11, 15
		}, "in no order"},
		{"an answer was an error", func(h *bench.History, r *Record) { h.Steps[3].Status = 404 }, "was answered 404"},
		{"a press without an answer may have happened", func(h *bench.History, r *Record) {
			h.Steps[1].Status = 0
			h.Steps = append(h.Steps[:2], h.Steps[3:]...)
		}, ""},
		{"the house did something by itself", func(h *bench.History, r *Record) {
			r.Events["m"] = append(r.Events["m"], Event{"m", "miss", "clock", 3, 0})
			h.Steps[3].Got = 3
		}, ""},
	} {
		h, r := told()
		lie.tell(h, r)
		found := strings.Join(Check(h, r), "\n")
		if lie.want == "" && found != "" || !strings.Contains(found, lie.want) {
			t.Errorf("%s: %q", lie.name, found)
		}
	}
}
