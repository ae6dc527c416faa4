package demo

import (
	"fmt"
	"strconv"
	"strings"
)

// story is one way that matters go: the steps, and how long ago the last of them was. Its name says where it
// leads on the day of the demonstration.
//
// A step is "who action days": who is a relation to the matter (handler), its body's head (handler-head), the
// citizen, or an officer by ID; days is how long after the step before, "2-5". "$name" stands for a beginning.
type story struct {
	name  string
	n     int    // how many of 300
	kind  string // which petitions fit: claim, suggestion, report, divert, duty, legal, visit, mixed, simple, joint, anonymous; or a retelling: merge, superior, repeat
	steps string
	since string // days since the last step, "1-40"; "=60" is that very day, whether or not it is a working day
	at    string // the body it is brought to, where that is not the county's petition bureau
}

// beginnings that stories share.
var beginnings = map[string]string{
	"$route":   "receiver register 0-1, receiver forward 0-2, handler receive 0-2",
	"$accept":  "$route, handler assign-officer 0-0, handler accept 1-4",
	"$inquire": "$accept, handler record-statement 4-12",
	"$opinion": "$inquire, handler serve-opinion 8-30",
	"$enforce": "$opinion, handler enforce 2-6",
	"$review":  "$opinion, citizen request-review 5-22",
	"$served":  "$review, reviewer serve-review 10-24",
	"$re":      "$served, citizen request-rereview 5-20",
	"$study":   "receiver register 0-1, receiver forward 0-2, handler receive 0-2, handler study 1-6",
	"$direct":  "receiver register 0-1, handler assign-officer 0-0, handler accept 1-6",
}

// stories lead to every state of the petition procedure. Since the rules act by themselves when a limit is
// missed, how long ago the last step was is part of the story.
var stories = []story{
	{name: "handling", n: 26, kind: "claim", steps: "$inquire", since: "1-38"},
	{name: "handling, joint", n: 3, kind: "joint", steps: "receiver register 0-1, receiver name-representatives 0-0, receiver forward 0-2, handler receive 0-2, handler accept 1-4, handler record-statement 4-10", since: "2-30"},
	{name: "handling, soon due", n: 7, kind: "claim", steps: "$accept", since: "54-58"},
	{name: "handling, due tomorrow", n: 3, kind: "claim", steps: "$accept", since: "=59"},
	{name: "handling, due today", n: 3, kind: "claim", steps: "$accept", since: "=60"},
	{name: "handling, overdue", n: 9, kind: "claim", steps: "$accept", since: "62-84"},
	{name: "handling, extended", n: 7, kind: "claim", steps: "$inquire, handler-head extend 25-34", since: "1-24"},
	{name: "handling, deemed accepted", n: 4, kind: "claim", steps: "$route", since: "20-44"},
	{name: "handling, urgent", n: 2, kind: "claim", steps: "receiver register 0-0, receiver raise-urgent 0-0, receiver tell-urgent 0-0, receiver assign 0-0, handler receive 0-0, handler accept 0-1", since: "2-16"},
	{name: "handling, material added", n: 4, kind: "claim", steps: "$inquire, citizen add-material 2-6, handler note 0-2", since: "1-30"},
	{name: "handling, lodged at the department", n: 5, kind: "claim", steps: "$direct, handler record-statement 3-10", since: "1-36", at: "handler"},
	{name: "handling, after an objection", n: 3, kind: "claim", steps: "receiver register 0-1, receiver forward-wrong 0-2, handler receive 0-1, handler object 1-3, sender uphold-objection 1-2, receiver forward 0-1, handler receive 0-1, handler accept 1-4", since: "1-45"},
	{name: "handling, jurisdiction settled", n: 2, kind: "claim", steps: "$route, handler dispute-jurisdiction 1-2, arbiter settle-jurisdiction 2-5, handler accept 1-3", since: "1-40"},
	{name: "handling, assigned from above", n: 3, kind: "claim", steps: "receiver register 0-1, receiver assign-below 0-2, handler receive-below 0-1, receiver forward 0-1, handler receive 0-2, handler accept 1-4, handler record-statement 3-9", since: "1-12", at: "city-petition"},
	{name: "handling, decided above", n: 2, kind: "claim", steps: "receiver register 0-1, receiver report-up 0-1, decider decide-forward 1-4, handler receive 0-1, handler accept 1-3", since: "1-40"},
	{name: "handling, hearing held", n: 3, kind: "claim", steps: "$inquire, handler open-hearing 3-10, handler close-hearing 2-6", since: "1-22"},
	{name: "handling, set aside", n: 3, kind: "claim", steps: "$review, reviewer set-aside 10-20", since: "1-18"},
	{name: "handling, supervised by hand", n: 2, kind: "claim", steps: "$inquire, county-petition-chief supervise 20-28", since: "1-15"},
	{name: "handling, part split off", n: 2, kind: "mixed", steps: "receiver register 0-1, receiver split 0-0, receiver forward 0-2, handler receive 0-2, handler accept 1-4", since: "2-45"},
	{name: "handling, passed down", n: 2, kind: "claim", steps: "receiver register 0-1, receiver pass-down 0-3, handler receive 0-2, handler accept 1-4", since: "1-45", at: "city-line"},
	{name: "submitted", n: 8, kind: "claim", since: "0-7"},
	{name: "submitted, anonymous", n: 1, kind: "anonymous", since: "1-5"},
	{name: "submitted, suggestion", n: 2, kind: "suggestion", since: "0-5"},
	{name: "submitted, soon due", n: 2, kind: "claim", since: "=14"},
	{name: "submitted, overdue", n: 1, kind: "claim", since: "17-19"},
	{name: "registered", n: 6, kind: "claim", steps: "receiver register 0-2", since: "0-8"},
	{name: "registered, report", n: 2, kind: "report", steps: "receiver register 0-1", since: "0-3"},
	{name: "registered, at a township", n: 2, kind: "claim", steps: "receiver register 0-1", since: "0-8", at: "handler"},
	{name: "reported-up", n: 2, kind: "claim", steps: "receiver register 0-1, receiver report-up 0-2", since: "1-6"},
	{name: "forwarded", n: 6, kind: "claim", steps: "receiver register 0-1, receiver forward 0-2", since: "0-4"},
	{name: "forwarded, to the court", n: 1, kind: "legal", steps: "receiver register 0-1, receiver forward-legal 0-2", since: "1-4"},
	{name: "assigned", n: 4, kind: "claim", steps: "receiver register 0-1, receiver assign 0-2", since: "0-4"},
	{name: "at-competent", n: 7, kind: "claim", steps: "$route", since: "0-9"},
	{name: "at-competent, soon due", n: 3, kind: "claim", steps: "$route", since: "=14"},
	{name: "at-competent, due today", n: 2, kind: "claim", steps: "$route", since: "=15"},
	{name: "at-competent, objection rejected", n: 2, kind: "claim", steps: "$route, handler object 1-3, sender reject-objection 1-2", since: "0-4"},
	{name: "objected", n: 4, kind: "claim", steps: "receiver register 0-1, receiver forward-wrong 0-2, handler receive 0-1, handler object 1-3", since: "0-5"},
	{name: "jurisdiction-dispute", n: 2, kind: "claim", steps: "$route, handler dispute-jurisdiction 1-3", since: "0-5"},
	{name: "hearing", n: 4, kind: "claim", steps: "$inquire, handler open-hearing 4-12", since: "0-8"},
	{name: "mediating", n: 4, kind: "claim", steps: "$inquire, handler open-mediation 2-10", since: "0-14"},
	{name: "closed, mediated", n: 6, kind: "claim", steps: "$inquire, handler open-mediation 2-10, handler settle-by-mediation 4-14, citizen evaluate 1-6", since: "5-360"},
	{name: "diverted", n: 3, kind: "divert", steps: "$accept, handler divert 4-12", since: "1-60"},
	{name: "diverted, court", n: 1, kind: "legal", steps: "receiver register 0-1, receiver forward-legal 0-2, handler receive 0-2, handler divert 1-5", since: "2-30"},
	{name: "closed, diverted", n: 2, kind: "divert", steps: "$accept, handler divert 4-12, handler close 20-40", since: "5-200"},
	{name: "duty-reply", n: 2, kind: "duty", steps: "$accept, handler reply-duty 6-20", since: "1-30"},
	{name: "closed, duty done", n: 2, kind: "duty", steps: "$accept, handler reply-duty 6-20, handler close 10-25, citizen evaluate 1-5", since: "5-200"},
	{name: "suggestion-study", n: 7, kind: "suggestion", steps: "$study", since: "2-45"},
	{name: "suggestion-study, soon due", n: 2, kind: "suggestion", steps: "$study", since: "57-59"},
	{name: "closed, suggestion", n: 17, kind: "suggestion", steps: "$study, handler reply-suggestion 14-45, citizen evaluate 1-8", since: "2-330"},
	{name: "as-suggestion", n: 2, kind: "suggestion", steps: "receiver register 0-1, receiver to-suggestion 0-1", since: "1-12"},
	{name: "report-transferred", n: 7, kind: "report", steps: "receiver register 0-1, receiver transfer-report 0-2", since: "1-60"},
	{name: "closed, report", n: 3, kind: "report", steps: "receiver register 0-1, receiver transfer-report 0-2, discipline close 30-80", since: "5-250"},
	{name: "opinion-served", n: 10, kind: "claim", steps: "$opinion", since: "1-26"},
	{name: "opinion-served, rated", n: 5, kind: "claim", steps: "$opinion, citizen evaluate 1-6", since: "1-18"},
	{name: "opinion-served, last days", n: 3, kind: "claim", steps: "$opinion", since: "=29"},
	{name: "opinion-served, no proof of service", n: 2, kind: "claim", steps: "$inquire, handler serve-unproved 8-30", since: "2-20"},
	{name: "opinion-served, service corrected", n: 2, kind: "claim", steps: "$inquire, handler serve-unproved 8-30, handler correct-service 3-9", since: "2-20"},
	{name: "enforcing", n: 10, kind: "supported", steps: "$enforce", since: "3-70"},
	{name: "enforcing, supervised", n: 2, kind: "supported", steps: "$enforce, county-petition-chief supervise 90-130", since: "4-20"},
	{name: "closed", n: 46, kind: "supported", steps: "$enforce, handler close 40-70, citizen evaluate 1-8", since: "2-290"},
	{name: "closed, late", n: 5, kind: "supported", steps: "$accept, handler serve-opinion 62-80, handler enforce 2-6, handler close 40-60, citizen evaluate 1-8", since: "5-260"},
	{name: "closed, extended", n: 5, kind: "supported", steps: "$inquire, handler-head extend 25-34, handler serve-opinion 20-28, handler enforce 2-6, handler close 40-60, citizen evaluate 1-8", since: "5-260"},
	{name: "closed, joint", n: 2, kind: "joint", steps: "receiver register 0-1, receiver name-representatives 0-0, receiver forward 0-2, handler receive 0-2, handler accept 1-4, handler record-statement 4-10, handler serve-opinion 10-30, handler enforce 2-5, handler close 40-60, citizen evaluate 1-4", since: "5-150"},
	{name: "lapsed, simplified", n: 4, kind: "simple", steps: "receiver register 0-0, receiver forward 0-1, handler receive 0-0, handler simplify 0-0, handler accept 0-1, handler serve-opinion 1-4, citizen evaluate 1-3", since: "45-200"},
	{name: "opinion-served, simplified", n: 2, kind: "simple", steps: "receiver register 0-0, receiver forward 0-1, handler receive 0-0, handler simplify 0-0, handler accept 0-1, handler serve-opinion 1-4", since: "2-15"},
	{name: "lapsed", n: 20, kind: "claim", steps: "$opinion", since: "45-340"},
	{name: "lapsed, after review", n: 3, kind: "claim", steps: "$served", since: "42-200"},
	{name: "reviewing", n: 6, kind: "claim", steps: "$review", since: "1-24"},
	{name: "reviewing, overdue", n: 2, kind: "claim", steps: "$review", since: "32-40"},
	{name: "review-served", n: 5, kind: "claim", steps: "$served", since: "1-26"},
	{name: "rereviewing", n: 4, kind: "claim", steps: "$re", since: "1-22"},
	{name: "rereview-hearing", n: 3, kind: "claim", steps: "$re, rereviewer open-rereview-hearing 4-10", since: "1-8"},
	{name: "rereviewing, after the hearing", n: 1, kind: "claim", steps: "$re, rereviewer open-rereview-hearing 4-10, rereviewer close-rereview-hearing 3-7", since: "1-9"},
	{name: "final", n: 6, kind: "claim", steps: "$re, rereviewer serve-rereview 10-24", since: "30-200"},
	{name: "final, heard", n: 3, kind: "claim", steps: "$re, rereviewer open-rereview-hearing 4-10, rereviewer close-rereview-hearing 3-7, rereviewer serve-rereview 6-15, handler care-plan 4-12", since: "20-150"},
	{name: "redirected", n: 3, kind: "visit", steps: "receiver register 0-0, receiver redirect 0-1", since: "1-20"},
	{name: "closed, redirected", n: 2, kind: "visit", steps: "receiver register 0-0, receiver redirect 0-1, receiver close 5-15", since: "5-200"},
	{name: "withdrawn", n: 6, kind: "claim", steps: "$accept, citizen withdraw 5-30", since: "2-250"},
	{name: "closed, anonymous", n: 2, kind: "anonymous", steps: "$inquire, handler serve-opinion 8-30, handler enforce 2-6, handler close 40-60", since: "5-150"},
	{name: "merged", n: 4, kind: "merge", steps: "receiver merge 0-1"},
	{name: "not-accepted", n: 2, kind: "superior", steps: "receiver not-accept 1-3"},
	{name: "closed, not accepted", n: 1, kind: "superior", steps: "receiver not-accept 1-3, receiver close 2-4"},
	{name: "not-reaccepted", n: 2, kind: "repeat", steps: "receiver refuse-repeat 1-3"},
}

// step is one act of a story.
type step struct {
	who, do  string
	min, max int // days after the step before
}

// parse reads the story's steps. The table is compiled in, so a fault in it is a fault of this build.
func (s story) parse() ([]step, error) {
	text := s.steps
	for range beginnings { // a beginning may begin with another
		for name, long := range beginnings {
			text = strings.Replace(text+",", name+",", long+",", 1)
			text = strings.TrimSuffix(text, ",")
		}
	}
	var steps []step
	for _, part := range strings.Split(text, ",") {
		f := strings.Fields(part)
		if len(f) == 0 {
			continue
		}
		if len(f) != 3 {
			return nil, fmt.Errorf("demo: story %q: step %q: want who, action, days", s.name, part)
		}
		low, high, err := span(f[2])
		if err != nil {
			return nil, fmt.Errorf("demo: story %q: step %q: %w", s.name, part, err)
		}
		steps = append(steps, step{f[0], f[1], low, high})
	}
	return steps, nil
}

// span reads "2-5"; "=60" is 60 and nothing else.
func span(s string) (low, high int, err error) {
	a, b, ok := strings.Cut(strings.TrimPrefix(s, "="), "-")
	if !ok {
		b = a
	}
	if low, err = strconv.Atoi(a); err != nil {
		return 0, 0, err
	}
	high, err = strconv.Atoi(b)
	return low, high, err
}

// exact: the day of the last step counts, so it is not moved to a working day.
func (s story) exact() bool { return strings.HasPrefix(s.since, "=") }
