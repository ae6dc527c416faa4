package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"jishi/base/calendar"
)

// run is one matter of the demonstration: a petition, the way it goes, and when.
type run struct {
	index    int // in the plan
	n        int // whose it is: the nth citizen
	story    story
	petition Petition
	steps    []step
	at       []time.Time // of the filing and of each step
	town     int         // index in Land.Towns
	place    string      // code of the village
	body     string      // where it is brought to
	handler  string      // who is competent
	linked   *run        // the matter it repeats

	id, number, code string
	said             map[string]int // how often a kind of phrase was taken, so that none is said twice in one matter
}

// planner deals petitions to stories. Everything it draws comes from one seed: the same day gives the same county.
type planner struct {
	c     *Content
	land  Land
	cal   *calendar.Calendar
	now   time.Time
	rand  *rand.Rand // of days and hours
	cards *rand.Rand // of petitions: what is told does not depend on the day
	decks map[string][]Petition
	used  map[string]int
	runs  []*run

	repeats map[string]int // how many originals each kind of retelling has taken
}

// plan makes about n matters, in the proportions of the story table.
func plan(c *Content, land Land, cal *calendar.Calendar, now time.Time, n int) ([]*run, error) {
	p := &planner{c: c, land: land, cal: cal, now: now, rand: rand.New(rand.NewPCG(20220501, 36)), cards: rand.New(rand.NewPCG(20220501, 35)),
		decks: map[string][]Petition{}, used: map[string]int{}, repeats: map[string]int{}}
	total := 0
	for _, s := range stories {
		total += s.n
	}
	for _, s := range stories {
		count := max(1, int(math.Round(float64(s.n)*float64(n)/float64(total))))
		for range count {
			r, err := p.make(s)
			if err != nil {
				return nil, err
			}
			p.runs = append(p.runs, r)
		}
	}
	return p.runs, nil
}

func (p *planner) make(s story) (*run, error) {
	steps, err := s.parse()
	if err != nil {
		return nil, err
	}
	r := &run{index: len(p.runs), n: len(p.runs), story: s, steps: steps, said: map[string]int{}}
	switch s.kind {
	case "merge", "superior", "repeat":
		return r, p.retell(r)
	}
	r.petition, err = p.deal(s)
	if err != nil {
		return nil, err
	}
	p.settle(r)
	return r, p.backwards(r)
}

// settle says where it happened, who is competent and where it is brought to.
func (p *planner) settle(r *run) {
	r.town, r.place = p.land.place(r.petition.At)
	r.handler = "county-" + r.petition.Field
	switch {
	case r.petition.To == "town" || r.petition.Field == "town":
		r.handler = fmt.Sprintf("town-%d", r.town+1)
	case r.petition.Field == "legal":
		r.handler = "county-court"
	}
	switch r.story.at {
	case "":
		r.body = "county-petition"
	case "handler":
		r.body = r.handler
	case "city-line":
		r.body = "city-" + r.petition.Field
	default:
		r.body = r.story.at
	}
}

// fits reports whether the petition can go the way of the story's kind.
func fits(kind string, s story, p Petition) bool {
	special := p.Field == "legal" || p.Divert != "" || p.Duty || p.Simple || p.Mixed || p.Joint > 0 || p.Same != "" || p.Anonymous
	switch kind {
	case "claim":
		return p.Class == "claim" && !special && (s.at != "city-line" || p.Field != "town")
	case "supported":
		return p.Class == "claim" && !special && p.Outcome == "supported"
	case "suggestion":
		return p.Class == "suggestion" && !p.Simple
	case "report":
		return p.Class == "report"
	case "divert":
		return p.Divert != ""
	case "duty":
		return p.Duty
	case "legal":
		return p.Field == "legal" && p.Channel != "visit"
	case "visit":
		return p.Field == "legal" && p.Channel == "visit"
	case "mixed":
		return p.Mixed
	case "simple":
		return p.Simple && p.Class == "claim"
	case "joint":
		return p.Joint > 0 && p.Channel == "visit"
	case "anonymous":
		return p.Anonymous
	}
	return false
}

// deal takes the next petition of the kind that was told least often; a second telling is another person's,
// elsewhere in the county.
func (p *planner) deal(s story) (Petition, error) {
	deck := p.decks[s.kind+s.at]
	if deck == nil {
		for _, x := range p.c.Petitions {
			if fits(s.kind, s, x) {
				deck = append(deck, x)
			}
		}
		p.cards.Shuffle(len(deck), func(i, j int) { deck[i], deck[j] = deck[j], deck[i] })
		p.decks[s.kind+s.at] = deck
	}
	if len(deck) == 0 {
		return Petition{}, fmt.Errorf("demo: story %q: no petition of kind %s", s.name, s.kind)
	}
	least := slices.MinFunc(deck, func(a, b Petition) int { return p.used[a.ID] - p.used[b.ID] })
	told := p.used[least.ID]
	p.used[least.ID]++
	return least.again(told), nil
}

// openers begin a story that somebody else tells as well.
var openers = []string{
	"", "我们这边也有这样的事，想请你们一起看看。", "我不太会写，把事情照实说一遍。", "这件事拖了一阵子，我还是决定写下来。",
	"家里人商量了，由我出面来说。", "先谢谢你们抽时间看。", "我是头一回反映问题，说得不周到请多担待。",
}

// again is the nth other telling of the petition.
func (p Petition) again(n int) Petition {
	if n == 0 {
		return p
	}
	p.Title = p.asked(n)
	p.Text = openers[n%len(openers)] + p.Text
	town, village, _ := strings.Cut(p.At, "/")
	var t int
	fmt.Sscan(town, &t)
	p.At = fmt.Sprintf("%d/%s", t+3*n, village)
	return p
}

// asked makes a title of what the petition asks for, as another person would have put it.
func (p Petition) asked(n int) string {
	whole := strings.TrimRight(p.Wants, "。")
	title, _, _ := strings.Cut(whole, "；")
	if n%2 == 0 || len([]rune(title)) > 26 {
		title, _, _ = strings.Cut(whole, "，")
	}
	for _, verb := range []string{"请求", "请", "要求"} {
		title = strings.TrimPrefix(title, verb)
	}
	return "请求" + title
}

// backwards dates the steps from the last one back to the filing: however long the story, it ends as long ago
// as it says.
func (p *planner) backwards(r *run) error {
	low, high, err := span(r.story.since)
	if err != nil {
		return fmt.Errorf("demo: story %q: since: %w", r.story.name, err)
	}
	day := calendar.DayOf(p.now).Add(-p.between(low, high))
	later := p.now
	r.at = make([]time.Time, len(r.steps)+1)
	for i := len(r.steps); i >= 0; i-- {
		who := "citizen"
		if i > 0 {
			who = r.steps[i-1].who
		} else if r.petition.Channel != "net" {
			who = "receiver"
		}
		last := i == len(r.steps)
		if who != "citizen" && !(last && r.story.exact()) {
			for !p.cal.Workday(day) {
				day = day.Add(-1)
			}
		}
		r.at[i] = p.moment(day, who, later)
		later = r.at[i]
		day = calendar.DayOf(later)
		if i > 0 {
			day = day.Add(-p.between(r.steps[i-1].min, r.steps[i-1].max))
		}
	}
	return nil
}

// moment is a time of that day at which somebody might act, before what came later.
func (p *planner) moment(day calendar.Day, who string, later time.Time) time.Time {
	from, minutes := 9*60, 8*60 // offices
	if who == "citizen" {
		from, minutes = 7*60, 14*60
	}
	at := day.Start().Add(time.Duration(from+p.rand.IntN(minutes)) * time.Minute)
	if !at.Before(later) {
		at = later.Add(-time.Duration(3+p.rand.IntN(40)) * time.Minute)
	}
	return at.Truncate(time.Second)
}

func (p *planner) between(low, high int) int { return low + p.rand.IntN(high-low+1) }

// retell makes a matter that repeats another: brought to the bureau by a neighbour and merged, brought by the
// same person to a superior while the first is being handled, or brought again when all is decided.
func (p *planner) retell(r *run) error {
	first, day := p.original(r.story.kind)
	if first == nil {
		return fmt.Errorf("demo: story %q: nothing to repeat", r.story.name)
	}
	r.linked, r.petition, r.town, r.place, r.handler, r.body = first, first.petition, first.town, first.place, first.handler, "county-petition"
	r.petition.Channel = "net"
	switch r.story.kind {
	case "merge":
		r.petition.Title, r.petition.Text = "同一件事："+first.petition.Title, "我也来说同一件事，不止他一家这样。"+first.petition.Text
		for _, x := range p.c.Petitions {
			if x.Same == first.petition.ID {
				r.petition = x
			}
		}
	case "superior":
		r.n, r.body = first.n, strings.Replace(first.handler, "county-", "city-", 1)
		r.petition.Title, r.petition.Text = "请上级过问："+first.petition.Title, "这件事县里已经在办，我等不及，向上级再反映一次。"+first.petition.Text
	case "repeat":
		r.n = first.n
		r.petition.Title, r.petition.Text = "再次反映："+first.petition.Title, "复核意见我收到了，还是不服，再反映一次。"+first.petition.Text
	}
	return p.forwards(r, day)
}

// original is the next matter that a story of the kind can repeat, and the day on which it does.
func (p *planner) original(kind string) (*run, calendar.Day) {
	var found []*run
	today := calendar.DayOf(p.now)
	for _, r := range p.runs {
		last := calendar.DayOf(r.at[len(r.at)-1])
		fit := map[string]bool{
			"merge":    r.story.name == "handling" && today.Sub(last) > 8,
			"superior": r.story.name == "handling, soon due" && !strings.HasPrefix(r.handler, "town-"),
			"repeat":   strings.HasPrefix(r.story.name, "final") && today.Sub(last) > 20,
		}
		if fit[kind] {
			found = append(found, r)
		}
	}
	// Those of whom somebody else's telling was written come first.
	slices.SortStableFunc(found, func(a, b *run) int { return p.retold(b) - p.retold(a) })
	if len(found) == 0 {
		return nil, ""
	}
	r := found[(p.repeats[kind])%len(found)]
	p.repeats[kind]++
	return r, calendar.DayOf(r.at[len(r.at)-1]).Add(p.between(3, 6))
}

func (p *planner) retold(r *run) int {
	for _, x := range p.c.Petitions {
		if x.Same != "" && x.Same == r.petition.ID {
			return 1
		}
	}
	return 0
}

// forwards dates the steps from the filing on.
func (p *planner) forwards(r *run, day calendar.Day) error {
	at := p.moment(day, "citizen", p.now)
	r.at = []time.Time{at}
	for _, s := range r.steps {
		day = day.Add(p.between(s.min, s.max))
		for !p.cal.Workday(day) {
			day = day.Add(1)
		}
		next := p.moment(day, s.who, p.now)
		if !next.After(at) {
			next = at.Add(time.Hour)
		}
		if next.After(p.now) {
			return fmt.Errorf("demo: story %q ends after today", r.story.name)
		}
		r.at, at = append(r.at, next), next
	}
	return nil
}
