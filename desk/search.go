package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/derive/search"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/work/matter"
)

// SearchQuery is what somebody looks for among the matters they may see.
type SearchQuery struct {
	Text      string // words parted by blanks, each of them meant; or a number
	Procedure string
	Class     string
	State     string
	Place     string       // code of a place: it and all beneath it
	From, To  calendar.Day // of the day it was brought in, both included; "" is open
	Cursor    string
	Limit     int // of a page; 20 when it is not 1 to 100
}

func (q SearchQuery) narrowed() bool {
	return q.Procedure+q.Class+q.State+q.Place != "" || q.From != "" || q.To != ""
}

// SearchPage is part of what was found, the newest first. It is never counted: counting what a third of all
// matters hold would cost more than anybody learns from the number.
type SearchPage struct {
	Rows []Found
	Next string // cursor of the next page, "" at the end
	// Partial says that a single character was looked for among the newest 5,000 matters that the filters leave,
	// and that there are older ones: another character or a shorter period finds them.
	Partial bool
}

// Found is one matter with the words marked: in its title, and where else most of them stand.
type Found struct {
	Row
	Marked  []search.Piece
	Excerpt []search.Piece
}

// Search finds matters that the actor may see by what is said in them, in their letters, their number and their
// place. It refuses a single character without another filter. What was done in the last moments may be
// missing: the index follows the journal.
func (d *Desk) Search(ctx context.Context, who actor.Actor, s SearchQuery) (SearchPage, error) {
	if !who.SignedIn() {
		return SearchPage{}, signIn()
	}
	if s.Limit < 1 || s.Limit > 100 {
		s.Limit = 20
	}
	if page, err := d.numbered(ctx, who, s); err != nil || len(page.Rows) > 0 {
		return page, err
	}
	ask := &search.Ask{}
	if err := ask.Parse(s.Text, s.narrowed()); err != nil {
		return SearchPage{}, err
	}
	if len(ask.Words) == 0 && !s.narrowed() {
		return SearchPage{}, words.Refuse(words.Invalid, "nothing-asked", "请输入要找的词或者编号。").Try("多个词用空格分开。")
	}
	q := &query{}
	where, err := d.searchFilters(q, ask, s)
	if err != nil {
		return SearchPage{}, err
	}
	return d.found(ctx, who, q, ask, where, s)
}

// numbered is the one matter whose number the text is, if the actor may see it.
func (d *Desk) numbered(ctx context.Context, who actor.Actor, s SearchQuery) (SearchPage, error) {
	number := search.Number(s.Text)
	if number == "" || s.Cursor != "" || s.narrowed() {
		return SearchPage{}, nil
	}
	q := &query{}
	where := "m.number = " + q.arg(number)
	scope, args := d.Matters.Scope(who, len(q.args)+1)
	q.args = append(q.args, args...)
	q.sql = "SELECT " + foundColumns + " FROM matter m WHERE " + where + " AND " + scope
	return d.foundRows(ctx, q, strings.Fields(search.Fold(s.Text)), nil, 1)
}

// searchFilters puts the filters into the question to the index and, exactly, on the matter's row.
func (d *Desk) searchFilters(q *query, ask *search.Ask, s SearchQuery) ([]string, error) {
	var where []string
	for _, f := range []struct {
		column, value string
		narrow        func(string)
	}{{"m.procedure", s.Procedure, ask.Procedure}, {"m.class", s.Class, ask.Class}, {"m.state", s.State, ask.State}} {
		if f.value != "" {
			f.narrow(f.value)
			where = append(where, f.column+" = "+q.arg(f.value))
		}
	}
	if s.Place != "" {
		if division.KindOf(s.Place) == "" {
			return nil, words.Refuse(words.Invalid, "place", "没有这个地点，请从列表里选择。")
		}
		ask.Place(s.Place)
		from, to := division.Span(s.Place)
		where = append(where, "m.place >= "+q.arg(from)+" AND m.place < "+q.arg(to))
	}
	for _, f := range []struct {
		day    calendar.Day
		column string
		at     func(calendar.Day) int64
	}{{s.From, "m.opened >= ", func(d calendar.Day) int64 { return d.Start().UnixMilli() }},
		{s.To, "m.opened < ", func(d calendar.Day) int64 { return d.End().UnixMilli() }}} {
		if f.day == "" {
			continue
		}
		if _, err := calendar.ParseDay(string(f.day)); err != nil {
			return nil, words.Refuse(words.Invalid, "day", "日期要写成 2026-01-31 这样。")
		}
		where = append(where, f.column+q.arg(f.at(f.day)))
	}
	if s.From != "" && s.To != "" && s.To < s.From {
		return nil, words.Refuse(words.Invalid, "period", "开始的日期在结束的日期之后。")
	}
	ask.Days(s.From, or(s.To, d.Today()))
	return where, nil
}

func or(day, other calendar.Day) calendar.Day {
	if day == "" {
		return other
	}
	return day
}

// newest stands behind every matter of the index.
const newest = math.MaxInt64

// searchCursor is where the last matter of the page before stands in the index. A cursor is that matter's ID:
// a number of the journal would tell how much happens that the actor may not know of.
func (d *Desk) searchCursor(ctx context.Context, who actor.Actor, id string) (int64, error) {
	if id == "" {
		return newest, nil
	}
	q := &query{}
	where := "m.id = " + q.arg(id)
	scope, args := d.Matters.Scope(who, len(q.args)+1)
	q.args = append(q.args, args...)
	var at int64
	err := d.DB.Row(ctx, "SELECT s.doc FROM matter m JOIN search_doc s ON s.matter = m.id WHERE "+where+" AND "+scope, q.args, &at)
	if errors.Is(err, db.ErrNotFound) || errors.Is(err, db.ErrText) {
		return 0, words.Refuse(words.Invalid, "cursor", "翻页的位置不对，请重新查找。")
	}
	if err != nil {
		return 0, fmt.Errorf("desk.Search cursor: %w", err)
	}
	return at, nil
}

// openToCitizens leaves procedures in which something is said apart out of what a citizen searches: an excerpt could
// show one side what the other told the mediator alone. Their page shows what is theirs to read.
func (d *Desk) openToCitizens() string {
	sql := ""
	for _, p := range d.Book.Procedures() {
		if (p.Private || p.Open.Apart) && !strings.Contains(sql, "'"+p.ID+"'") { // an ID is a slug of the rules
			sql += "m.procedure <> '" + p.ID + "' AND "
		}
	}
	return sql
}

// searchSource is the FROM of a search by the actor, what it is ordered by, and the conditions of the index.
// A citizen's few matters are looked through one by one; an officer's are proposed by the index.
func (d *Desk) searchSource(ctx context.Context, q *query, who actor.Actor, ask *search.Ask, below int64) (from, order string, index []string, err error) {
	if who.Kind == actor.Citizen {
		own := "" + d.openToCitizens() + "m.id IN (SELECT " + q.arg(who.Matter) + " UNION SELECT n.matter FROM matter_entry n WHERE " + q.in("n.person", who.Persons()) + ")"
		return "matter m JOIN search_doc s ON s.matter = m.id", "s.doc", []string{own, "s.doc < " + q.arg(below)}, nil
	}
	if who.Kind == actor.Staff {
		var areas []string
		for _, body := range who.With(actor.Supervise) {
			if o, ok := d.Offices.Tree().Get(body); ok {
				areas = append(areas, o.Division)
			}
		}
		ask.Seen(who.Orgs(), areas)
	}
	if err := ask.Weigh(ctx, d.DB, d.DB.Engine(), below); err != nil {
		return "", "", nil, err
	}
	from, order = ask.Source(d.DB.Engine())
	index = []string{ask.Where(d.DB.Engine(), q.arg)}
	if below != newest {
		index = append(index, order+" < "+q.arg(below))
	}
	return from, order, index, nil
}

// found asks the index and the scope in one statement.
func (d *Desk) found(ctx context.Context, who actor.Actor, q *query, ask *search.Ask, where []string, s SearchQuery) (SearchPage, error) {
	below, err := d.searchCursor(ctx, who, s.Cursor)
	if err != nil {
		return SearchPage{}, err
	}
	from, order, index, err := d.searchSource(ctx, q, who, ask, below)
	if err != nil {
		return SearchPage{}, err
	}
	q.sql = "SELECT " + foundColumns + " FROM " + from + " WHERE " + d.scoped(q, who, ask, index, where) +
		" ORDER BY " + order + " DESC LIMIT " + q.arg(s.Limit+1)
	var held []string
	if d.DB.Engine() == db.PostgreSQL {
		held = ask.Told()
	}
	page, err := d.foundRows(ctx, q, ask.Words, held, s.Limit)
	page.Partial = ask.Partial
	return page, err
}

// scoped are the conditions of the index, then those on the matter with the scope of the actor.
func (d *Desk) scoped(q *query, who actor.Actor, ask *search.Ask, index, where []string) string {
	scope, args := d.Matters.Scope(who, len(q.args)+1)
	q.args = append(q.args, args...)
	return strings.Join(append(index, ask.Check(q.arg, append(where, scope)...)), " AND ")
}

// foundColumns are a line of a list and the whole of the matter.
const foundColumns = rowColumns + ", m.fold"

// foundRows are the rows with the wanted words marked; those that do not hold the words of held are left out.
func (d *Desk) foundRows(ctx context.Context, q *query, wanted, held []string, limit int) (SearchPage, error) {
	type found struct {
		line
		whole string
	}
	var lines []found // read to the end before a place is looked up, as in List
	err := d.DB.Each(ctx, q.sql, q.args, func(scan func(...any) error) error {
		var f found
		var err error
		f.line, err = readLine(func(dest ...any) error { return scan(append(dest, &f.whole)...) })
		lines = append(lines, f)
		return err
	})
	if errors.Is(err, db.ErrText) { // a filter that no text can hold
		return SearchPage{}, nil
	}
	if err != nil {
		return SearchPage{}, fmt.Errorf("desk.Search: %w", err)
	}
	var page SearchPage
	for i, l := range lines {
		if i == limit {
			page.Next = lines[limit-1].ID
			break
		}
		f, err := d.foundRow(ctx, &l.line, l.whole, wanted, held)
		if err != nil {
			return SearchPage{}, err
		}
		if f != nil {
			page.Rows = append(page.Rows, *f)
		}
	}
	return page, nil
}

// foundRow is nil when the matter does not hold the words of held.
func (d *Desk) foundRow(ctx context.Context, l *line, whole string, wanted, held []string) (*Found, error) {
	m, err := matter.DecodeSaid(whole)
	if err != nil {
		return nil, err
	}
	p, err := d.Book.ByKey(l.Version)
	if err != nil {
		return nil, err
	}
	texts := search.Texts(p, m, d.path(ctx, l.place))
	if !search.Holds(texts, held) {
		return nil, nil
	}
	row, err := d.row(ctx, l)
	// What is shown is read by everybody who may find the matter, a supervisor as well.
	return &Found{Row: row, Marked: search.Marked(d.bare(texts[0]), wanted), Excerpt: search.Excerpt(texts[1:], wanted, d.bare)}, err
}

// How alike matters must be to be shown as perhaps the same, and how many of each kind are looked at: the
// newest ones, which are what a second filing repeats.
const (
	alikeHere      = 0.3 // share of pairs of characters in common, at the same place
	alikeAnywhere  = 0.5
	alikeLooked    = 60
	alikeProposed  = 100 // of the index, before anybody's scope
	alikeRead      = 120 // characters of the account that are compared
	alikeText      = 600 // characters of what the other matter holds, its title and account first
	alikeShown     = 5
	alikeWithin    = 365 // days, at the same place
	alikeElsewhere = 92
	alikeBehind    = 1000 // events that the index may be behind
)

// Similar are matters that may be the same as one that is being written or registered, with the reason: at the
// same place with like words, opened within a year, or with nearly the same title elsewhere, opened within a quarter;
// among those that the actor may see.
func (d *Desk) Similar(ctx context.Context, who actor.Actor, title, what, place string) ([]Duplicate, error) {
	if !who.SignedIn() {
		return nil, signIn()
	}
	return d.similar(ctx, who, like{title: title, what: what, place: place})
}

// like is what a matter is compared with.
type like struct {
	title, what, place string
	except             string // the matter itself
	here               bool   // only at the same place
}

func (d *Desk) similar(ctx context.Context, who actor.Actor, l like) ([]Duplicate, error) {
	parts := search.Stretches(l.title)
	if len(parts) == 0 {
		parts = search.Stretches(l.what)
	}
	if len(parts) == 0 {
		return nil, nil
	}
	found := map[string]Duplicate{}
	if division.KindOf(l.place) != "" {
		if err := d.alikeHere(ctx, who, l, found); err != nil {
			return nil, err
		}
	}
	if !l.here && len(found) <= alikeShown { // one of them may be the matter itself
		if err := d.alikeAnywhere(ctx, who, parts, l, found); err != nil {
			return nil, err
		}
	}
	delete(found, l.except)
	list := make([]Duplicate, 0, len(found))
	for _, x := range found {
		list = append(list, x)
	}
	slices.SortFunc(list, func(a, b Duplicate) int {
		return cmp.Or(cmp.Compare(b.Likeness, a.Likeness), cmp.Compare(b.ID, a.ID))
	})
	return list[:min(len(list), alikeShown)], nil
}

// alikeTo are those like a matter that is being registered. Until the index has caught up, its place alone is asked.
func (d *Desk) alikeTo(ctx context.Context, who actor.Actor, m *matter.Matter) ([]Duplicate, error) {
	behind, err := search.Behind(ctx, d.DB)
	if err != nil {
		return nil, err
	}
	return d.similar(ctx, who, like{title: m.Fields["title"], what: m.Fields["what"], place: m.Fields["place"], except: m.ID, here: behind > alikeBehind})
}

// start is the beginning of a text, n characters at most.
func start(text string, n int) string {
	for i := range text {
		if n--; n < 0 {
			return text[:i]
		}
	}
	return text
}

// alikeHere adds those of the same place: of its newest, whoever may see them, those that this actor may. A place with
// thousands of matters costs no more than one with a hundred.
func (d *Desk) alikeHere(ctx context.Context, who actor.Actor, l like, found map[string]Duplicate) error {
	q := &query{}
	near := "SELECT n.id, n.number, n.title, n.version, n.state, n.ended, n.sealed, n.area, n.holder, n.opened FROM matter n WHERE n.place = " + q.arg(l.place) +
		" AND n.opened > " + q.arg(d.alikeSince()) + " ORDER BY n.opened DESC, n.id DESC LIMIT " + strconv.Itoa(alikeLooked)
	where := d.scope(q, who)
	q.sql = "SELECT m.id, m.number, m.title, m.version, m.state, m.ended, COALESCE((SELECT substr(s.text, 1, " + strconv.Itoa(alikeText) +
		") FROM search_doc s WHERE s.matter = m.id), '') FROM (" + near + ") m WHERE " + where
	said := pairs(search.Fold(l.title + " " + start(l.what, alikeRead)))
	return d.alike(ctx, q, found, func(x *Duplicate, text string) bool {
		return judge(x, true, likeness(search.Fold(l.title), search.Fold(x.Title)), held(said, text))
	})
}

// alikeAnywhere adds those that hold a stretch of the title, opened within a quarter: of the newest that the index
// proposes, whoever may see them, those that this actor may. However many hold a stretch, so many are looked at and no
// more. The index is not asked for the months: its lists of a month are the longest that it has, and the newest come first.
func (d *Desk) alikeAnywhere(ctx context.Context, who actor.Actor, parts []string, l like, found map[string]Duplicate) error {
	ask := &search.Ask{}
	ask.Either(parts)
	docs, err := ask.Newest(ctx, d.DB, d.DB.Engine(), alikeProposed)
	if err != nil || len(docs) == 0 {
		return err
	}
	q := &query{}
	q.sql = "SELECT m.id, m.number, m.title, m.version, m.state, m.ended, '' FROM search_doc s CROSS JOIN matter m WHERE " +
		search.Among(d.DB.Engine(), q.arg, docs) + " AND m.id = s.matter AND m.opened > " +
		q.arg(d.Now().AddDate(0, 0, -alikeElsewhere).UnixMilli()) + " AND " + d.openTo(who) + d.scope(q, who) +
		" ORDER BY s.doc DESC LIMIT " + strconv.Itoa(alikeLooked)
	return d.alike(ctx, q, found, func(x *Duplicate, _ string) bool {
		return judge(x, false, likeness(search.Fold(l.title), search.Fold(x.Title)), 0)
	})
}

// openTo leaves out what a citizen does not search.
func (d *Desk) openTo(who actor.Actor) string {
	if who.Kind == actor.Citizen {
		return d.openToCitizens()
	}
	return ""
}

// alikeSince is how old a matter may be to be shown as perhaps the same.
func (d *Desk) alikeSince() int64 { return d.Now().AddDate(0, 0, -alikeWithin).UnixMilli() }

// alike adds the rows that are like enough.
func (d *Desk) alike(ctx context.Context, q *query, found map[string]Duplicate, enough func(x *Duplicate, text string) bool) error {
	err := d.DB.Each(ctx, q.sql, q.args, func(scan func(...any) error) error {
		var x Duplicate
		var version, state, text string
		if err := scan(&x.ID, &x.Number, &x.Title, &version, &state, &x.Ended, &text); err != nil {
			return err
		}
		if _, ok := found[x.ID]; ok || !enough(&x, text) {
			return nil
		}
		x.Title = d.bare(x.Title)
		if p, err := d.Book.ByKey(version); err == nil {
			x.StateTitle, x.StateEn, x.Procedure = p.States[state].Title, p.States[state].En, p.ID
		}
		found[x.ID] = x
		return nil
	})
	if err != nil {
		return fmt.Errorf("desk.Similar: %w", err)
	}
	return nil
}

// judge says whether a matter is like enough, and why.
func judge(x *Duplicate, here bool, titles, texts float64) bool {
	x.Likeness = max(titles, texts)
	switch {
	case here && titles >= alikeHere:
		x.Why = "同一地点，标题用词相近"
	case here && texts >= alikeAnywhere:
		x.Why = "同一地点，内容用词相近"
	case titles >= alikeAnywhere:
		x.Why = "标题用词相近"
	default:
		return false
	}
	x.WhyEn = words.Say(words.EN, x.Why)
	return true
}

// held is the share of the pairs that the text holds.
func held(pairs map[string]bool, text string) float64 {
	if len(pairs) == 0 {
		return 0
	}
	found := map[string]bool{}
	before := 0 // where the character before began
	for i, r := range text {
		if pair := text[before:min(len(text), i+utf8.RuneLen(r))]; pairs[pair] {
			found[pair] = true
		}
		before = i
	}
	return float64(len(found)) / float64(len(pairs))
}
