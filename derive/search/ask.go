package search

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/people/division"
)

// most words of one question; more than anybody means, and each is one more pass over the text.
const mostWords = 10

// Ask is a question to the index. Its zero value asks for everything.
type Ask struct {
	Words   []string // folded; a matter must hold each of them
	Partial bool     // only the newest are looked through: see Weigh

	said  []string   // tokens of the words
	must  []string   // facets it must have
	alt   [][]string // it must have all of one of these
	any   [][]string // of each of these it must have one token
	few   []int64    // all that have the words, when they are few
	is    bool       // they are few
	floor int64      // look at no older ones
	asked bool       // the index proposes; otherwise it is left out and the text alone decides
}

// Parse takes what somebody typed: words parted by blanks, each of them meant. It refuses a single Chinese
// character, which would find nearly everything, unless another word or a filter narrows the search.
func (a *Ask) Parse(text string, narrowed bool) error {
	for _, word := range strings.Fields(Fold(text)) {
		if !slices.Contains(a.Words, word) {
			a.Words = append(a.Words, word)
		}
	}
	if len(a.Words) > mostWords {
		return words.Refuse(words.Invalid, "too-many-words", "一次最多找{n}个词。", "n", mostWords).Try("请去掉几个不要紧的词再找。")
	}
	for _, word := range a.Words {
		a.said = append(a.said, cover(word)...)
	}
	if len(a.said) == 0 && len(a.Words) > 0 && !narrowed {
		return words.Refuse(words.Invalid, "one-character", "只有一个字“{word}”，找到的会太多。", "word", a.Words[0]).
			Try("请再加一个字，或者同时选择类别、状态、地点或者时间。")
	}
	return nil
}

// Either asks for matters that hold one of the words, without looking into the text whether it stands there as such.
func (a *Ask) Either(words []string) {
	for _, word := range words {
		if t := cover(Fold(word)); len(t) > 0 {
			a.alt = append(a.alt, t)
		}
	}
}

// cover are tokens enough to propose a word: of a Chinese one every second pair and the last, because each
// more is one more list to read and the text is checked in any case.
func cover(word string) []string {
	r := []rune(word)
	if len(r) < 4 || slices.ContainsFunc(r, func(c rune) bool { return !paired(c) }) {
		return tokens(word)
	}
	var list []string
	for i := 0; i < len(r)-1; i += 2 {
		list = append(list, string(r[i:i+2]))
	}
	if len(r)%2 == 1 {
		list = append(list, string(r[len(r)-2:]))
	}
	return list
}

// Number is the text as a matter's number, "" when it cannot be one.
func Number(text string) string {
	n := strings.ToUpper(strings.TrimSpace(norm.NFKC.String(text)))
	n = strings.NewReplacer("–", "-", "—", "-", "−", "-", "‐", "-", "‑", "-").Replace(n)
	if len(n) > 60 || !strings.ContainsAny(n, "0123456789") || strings.ContainsAny(n, " \t\n") {
		return ""
	}
	return n
}

// Procedure, Class, State and Place narrow the question to matters that had them when they were indexed. The
// caller repeats the filter on the matter's own row, which may have moved on since.
func (a *Ask) Procedure(id string) { a.must = append(a.must, ofProcedure(id).token()) }
func (a *Ask) Class(id string)     { a.must = append(a.must, ofClass(id).token()) }
func (a *Ask) State(id string)     { a.must = append(a.must, ofState(id).token()) }

// Place is the place of the code and all beneath it.
func (a *Ask) Place(code string) { a.must = append(a.must, ofPlace(division.Prefix(code)).token()) }

// Days narrows to matters opened in the months of the days; either may be "". More than four years are not
// narrowed: the index would have to join as many lists.
func (a *Ask) Days(from, to calendar.Day) {
	if from == "" || to == "" || to < from || to.Sub(from) > 4*366 {
		return
	}
	var months []string
	for d := from; string(d)[:7] <= string(to)[:7]; d = d.Add(32 - dayOfMonth(d)) {
		months = append(months, ofMonth(d).token())
	}
	a.any = append(a.any, months)
}

func dayOfMonth(d calendar.Day) int { n, _ := strconv.Atoi(string(d)[8:]); return n }

// Seen narrows to what bodies have a part in, or supervise by the place (area: codes of places). It only makes
// the search fast; the scope decides. Nobody is asked for with nothing: such an actor sees no matter.
func (a *Ask) Seen(orgs, areas []string) {
	var list []string
	for _, id := range orgs {
		list = append(list, ofOrg(id).token())
	}
	for _, code := range areas {
		list = append(list, ofArea(division.Prefix(code)).token())
	}
	a.any = append(a.any, list)
}

// How many matters are few, so that each is looked at, and how many of the newest are looked through for a
// single character, which the index does not have.
const (
	fewDocs  = 200
	mostDocs = 5000
)

// Weigh looks how frequent the words are, before position below, and chooses the way: it is called once, when
// the question is complete.
//
// Rare words are better met without the facets: SQLite would read a list of half of all matters to join three,
// and PostgreSQL would walk through them from the newest, because it guesses that there are more. A single
// character is looked for among the newest that the facets propose, and Partial tells.
func (a *Ask) Weigh(ctx context.Context, r db.Reader, engine db.Engine, below int64) error {
	a.asked = true
	switch {
	case len(a.said) == 0 && len(a.Words) == 0:
		return nil
	case len(a.said) == 0:
		return a.newest(ctx, r, engine, below)
	}
	sql := `SELECT g.rowid FROM search_gram g WHERE g.search_gram MATCH $3 AND g.rowid < $1 ORDER BY g.rowid DESC LIMIT $2`
	args := []any{below, fewDocs, match(a.said, nil)}
	if engine == db.PostgreSQL {
		sql, args = "SELECT s.doc FROM search_doc s WHERE s.grams @> '"+array(a.said)+"'::int4[] AND s.doc < $1 LIMIT $2", args[:2]
	}
	docs, err := positions(ctx, r, sql, args...)
	if err != nil {
		return err
	}
	if len(docs) < fewDocs {
		a.few, a.is = docs, true
	}
	return nil
}

func (a *Ask) newest(ctx context.Context, r db.Reader, engine db.Engine, below int64) error {
	sql := "SELECT s.doc FROM search_doc s WHERE s.doc < $1"
	args := []any{below}
	if engine == db.PostgreSQL {
		sql += " AND " + a.held() + " ORDER BY s.doc DESC"
	} else if m := match(a.must, a.any); m != "" {
		sql = "SELECT g.rowid AS doc FROM search_gram g WHERE g.rowid < $1 AND g.search_gram MATCH $2 ORDER BY g.rowid DESC"
		args = append(args, m)
	} else {
		sql += " ORDER BY s.doc DESC"
	}
	var n int
	err := r.Row(ctx, "SELECT COUNT(*), COALESCE(MIN(doc), 0) FROM ("+sql+" LIMIT "+strconv.Itoa(mostDocs)+") c", args, &n, &a.floor)
	if err != nil {
		return fmt.Errorf("search.Weigh: %w", err)
	}
	a.Partial = n == mostDocs
	return nil
}

// Newest are the positions of the n newest that the index proposes. The words are left out of it: it is for Either and the
// filters.
//
// PostgreSQL's index of words knows no order: to find the newest it reads the row of each that holds them. So it is asked
// for the newest fiftieth first, which it meets with the index of positions before it reads a row, and then as much further
// back as is missing: of six thousand in a million that was five hundred pages instead of six thousand. A greater part costs
// more than it saves: a twentieth was fifty thousand positions, half of the whole time. Where very many hold them it walks
// from the newest.
func (a *Ask) Newest(ctx context.Context, r db.Reader, engine db.Engine, n int) ([]int64, error) {
	if engine != db.PostgreSQL {
		return positions(ctx, r, `SELECT g.rowid AS doc FROM search_gram g WHERE g.search_gram MATCH $1 ORDER BY g.rowid DESC LIMIT $2`,
			match(a.must, a.any, a.alt...), n)
	}
	often, err := a.often(ctx, r, n)
	if err != nil {
		return nil, err
	}
	if often {
		return positions(ctx, r, "SELECT s.doc FROM search_doc s WHERE "+a.held()+" ORDER BY s.doc DESC LIMIT "+strconv.Itoa(n))
	}
	var last int64
	if err := r.Row(ctx, `SELECT COALESCE(MAX(doc), 0) FROM search_doc`, nil, &last); err != nil {
		return nil, fmt.Errorf("search.Newest: %w", err)
	}
	for part := 0.02; ; {
		floor := last - int64(part*float64(last))
		where := a.held()
		if part >= 1 {
			floor = 0
		} else {
			where += " AND s.doc > " + strconv.FormatInt(floor, 10) // in the statement: the planner must see how few are left
		}
		// An order that no index has: by the index of words, then sorted.
		docs, err := positions(ctx, r, "SELECT s.doc FROM search_doc s WHERE "+where+" ORDER BY s.doc + 0 DESC LIMIT "+strconv.Itoa(n))
		if err != nil || len(docs) == n || floor == 0 {
			return docs, err
		}
		if part *= 2 * float64(n) / float64(max(1, len(docs))); part > 0.5 {
			part = 1
		}
	}
}

// positions reads numbers of documents.
func positions(ctx context.Context, r db.Reader, sql string, args ...any) ([]int64, error) {
	docs := []int64{}
	err := r.Each(ctx, sql, args, func(scan func(...any) error) error {
		var doc int64
		err := scan(&doc)
		docs = append(docs, doc)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return docs, nil
}

// Among is the condition that the row of search_doc is one of the positions.
func Among(engine db.Engine, arg func(any) string, docs []int64) string {
	list, _ := json.Marshal(docs) // numbers: it cannot fail
	if engine == db.PostgreSQL {
		return "s.doc = ANY (translate(" + arg(string(list)) + "::text, '[]', '{}')::bigint[])"
	}
	return "s.doc IN (SELECT j.value FROM json_each(" + arg(string(list)) + ") j)"
}

// walkedRow is what a row costs PostgreSQL that is walked over, by one that the index of words found.
const walkedRow = 4

// often asks PostgreSQL how many matters it believes to hold what Newest looks for, and of how many: whether walking from
// the newest until there are n costs less than what the index of words has to read. Left to itself it walks from some 3,000
// on, over half a million rows where it guessed wrong, which took five seconds; never walking took seven for words of a fifth
// of a million matters, and two for those of four fifths of twenty thousand.
func (a *Ask) often(ctx context.Context, r db.Reader, n int) (bool, error) {
	var text string
	var told []struct {
		Plan struct {
			Plans []struct {
				Rows float64 `json:"Plan Rows"`
			}
		}
	}
	err := r.Row(ctx, "EXPLAIN (FORMAT JSON) SELECT 1 FROM search_doc s WHERE "+a.held()+" UNION ALL SELECT 1 FROM search_doc a", nil, &text)
	if err == nil {
		err = json.Unmarshal([]byte(text), &told)
	}
	if err != nil || len(told) == 0 || len(told[0].Plan.Plans) != 2 {
		return false, fmt.Errorf("search.Newest: %q: %w", text, err)
	}
	hold, all := told[0].Plan.Plans[0].Rows, told[0].Plan.Plans[1].Rows
	return hold*hold > walkedRow*float64(n)*all, nil
}

// Source is the FROM of the question: the aliases s (search_doc) and m (matter). Order is what sorts the newest
// first when descended, and what a cursor compares with.
func (a *Ask) Source(engine db.Engine) (from, order string) {
	switch {
	case engine == db.PostgreSQL:
		return "search_doc s JOIN matter m ON m.id = s.matter", "s.doc"
	case a.is || len(a.said)+len(a.must)+len(a.any) == 0:
		return "search_doc s CROSS JOIN matter m ON m.id = s.matter", "s.doc"
	}
	// CROSS JOIN is SQLite's way to say: in this order. The full-text table yields the newest first.
	return "search_gram g CROSS JOIN search_doc s ON s.doc = g.rowid CROSS JOIN matter m ON m.id = s.matter", "g.rowid"
}

// Where is the condition on the index; arg adds a value to the statement and returns its mark.
func (a *Ask) Where(engine db.Engine, arg func(any) string) string {
	_, key := a.Source(engine)
	where := []string{key + " >= " + arg(a.floor)}
	switch {
	case a.is:
		where = append(where, Among(engine, arg, a.few))
	case engine == db.PostgreSQL:
		where = append(where, a.held())
	default:
		if m := match(slices.Concat(a.said, a.must), a.any); m != "" {
			where = append(where, "g.search_gram MATCH "+arg(m))
		}
	}
	return strings.Join(where, " AND ")
}

// Told are the words that are tokens themselves, of two Chinese characters or of another script: a matter that the index
// proposes for one holds it, and its text need not be read again to say so, which was a third of the pages of a search. But
// PostgreSQL's index keeps hashes, and once in a hundred million another word has the same: there the caller looks whether
// what it shows Holds them.
func (a *Ask) Told() []string {
	var list []string
	for _, word := range a.Words {
		if t := cover(word); a.asked && len(t) == 1 && t[0] == word {
			list = append(list, word)
		}
	}
	return list
}

// Holds reports whether each word stands in one of the texts. Most stand there as they are: folding first, of twenty matters
// found, was two fifths of what we did for a search.
func Holds(texts, words []string) bool {
	return !slices.ContainsFunc(words, func(word string) bool {
		has := func(text string) bool { return strings.Contains(text, word) }
		return !slices.ContainsFunc(texts, has) && !slices.ContainsFunc(texts, func(text string) bool { return has(Fold(text)) })
	})
}

// Check is what the index only proposes, made exact: each word that is not Told stands in the text as it was typed, and
// the caller's own conditions on the matter hold. It is wrapped so that the planner of PostgreSQL does not take it
// for one more narrowing: the facets have said the same already, and it would think that next to nothing is left.
func (a *Ask) Check(arg func(any) string, more ...string) string {
	var all []string
	told := a.Told()
	for _, word := range a.Words { // Fold leaves no sign in a word that LIKE would read
		if slices.Contains(told, word) {
			continue
		}
		all = append(all, "s.text LIKE '%' || "+arg(word)+" || '%'") // a bound pattern would make SQLite plan anew
	}
	return "CASE WHEN " + strings.Join(append(all, more...), " AND ") + " THEN TRUE ELSE FALSE END"
}

// held is the question in PostgreSQL's arrays. The numbers stand in the statement itself: the planner must see
// them to know how frequent they are.
func (a *Ask) held() string {
	where := []string{"TRUE"}
	if must := slices.Concat(a.said, a.must); len(must) > 0 {
		where = append(where, "s.grams @> '"+array(must)+"'::int4[]")
	}
	for _, any := range a.any {
		where = append(where, "s.grams && '"+array(any)+"'::int4[]")
	}
	var either []string
	for _, all := range a.alt {
		either = append(either, "s.grams @> '"+array(all)+"'::int4[]")
	}
	if len(either) > 0 {
		where = append(where, "("+strings.Join(either, " OR ")+")")
	}
	return strings.Join(where, " AND ")
}

// match is the question in the grammar of FTS5, "" when it asks for everything.
func match(must []string, groups [][]string, alternatives ...[]string) string {
	var and, either []string
	for _, all := range alternatives {
		either = append(either, "("+match(all, nil)+")")
	}
	if len(either) > 0 {
		and = append(and, "("+strings.Join(either, " OR ")+")")
	}
	for _, t := range must {
		and = append(and, quote(t))
	}
	for _, any := range groups {
		or := make([]string, len(any))
		for i, t := range any {
			or[i] = quote(t)
		}
		if len(or) == 0 {
			or = []string{quote(facet("nobody").token())}
		}
		and = append(and, "("+strings.Join(or, " OR ")+")")
	}
	return strings.Join(and, " AND ")
}

// quote makes one token of FTS5: words hold letters, numbers and marks alone, facets ASCII.
func quote(t string) string { return `"` + t + `"` }
