package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"jishi/base/blob"
	"jishi/base/db"
	"jishi/base/sheet"
	"jishi/base/words"
	"jishi/module/collect"
	"jishi/people/actor"
	"jishi/people/org"
	"jishi/rules"
)

// matching keeps the matcher until the catalogue or what was learnt changes.
type matching struct {
	mu       sync.Mutex
	stamp    string
	matcher  *collect.Matcher
	elements map[string]collect.Element
}

var matchingWords = sync.OnceValues(func() (*collect.Words, error) { return collect.LoadWords(rules.FS) })

const catalogueStamp = `SELECT (SELECT COUNT(*) FROM element), (SELECT COALESCE(MAX(at), 0) FROM element), (SELECT COUNT(*) FROM learned),
	(SELECT COALESCE(MAX(at), 0) + COALESCE(MAX(undone_at), 0) FROM learned)`

// catalogue is the matcher with the elements in force today.
func (d *Desk) catalogue(ctx context.Context) (*collect.Matcher, map[string]collect.Element, error) {
	var n, at, learnt, lastLearnt int64
	if err := d.DB.Row(ctx, catalogueStamp, nil, &n, &at, &learnt, &lastLearnt); err != nil {
		return nil, nil, fmt.Errorf("desk.catalogue: %w", err)
	}
	stamp := fmt.Sprint(n, at, learnt, lastLearnt, d.Today())
	d.matching.mu.Lock()
	defer d.matching.mu.Unlock()
	if d.matching.stamp == stamp {
		return d.matching.matcher, d.matching.elements, nil
	}
	w, err := matchingWords()
	if err != nil {
		return nil, nil, err
	}
	elements, err := collect.Elements(ctx, d.DB, d.Today())
	if err != nil {
		return nil, nil, err
	}
	lessons, err := collect.Lessons(ctx, d.DB)
	if err != nil {
		return nil, nil, err
	}
	byID := map[string]collect.Element{}
	for _, e := range elements {
		byID[e.ID] = e
	}
	m := collect.NewMatcher(w, elements, collect.Learned(lessons))
	d.matching.stamp, d.matching.matcher, d.matching.elements = stamp, m, byID
	return m, byID, nil
}

// collects reports whether the actor may bring forms for the body they act for.
func (d *Desk) collects(who actor.Actor) error {
	if who.Kind != actor.Staff {
		return signIn()
	}
	if !who.Has(who.Acting, actor.Handle) && !who.Has(who.Acting, actor.Head) && !who.Has(who.Acting, actor.Register) && !who.HasAny(actor.Admin) {
		return words.Refuse(words.Forbidden, "no-form-duty", "报表由单位的经办人、登记人或者负责人来登记。")
	}
	return nil
}

// KeepsCatalogue reports whether the actor works for the data authority: the office that keeps the catalogue.
func (d *Desk) KeepsCatalogue(who actor.Actor) bool {
	o, ok := d.Offices.Tree().Get(who.Acting)
	return who.Kind == actor.Staff && (ok && o.Line == DataLine || who.Has(who.Acting, actor.Admin))
}

// SeesAllForms reports whether the actor sees the forms of every body: the data authority and the social work department.
func (d *Desk) SeesAllForms(who actor.Actor) bool {
	o, ok := d.Offices.Tree().Get(who.Acting)
	return d.KeepsCatalogue(who) || who.Kind == actor.Staff && ok && o.Kind == org.SocialWork
}

// DataLine is the line of work of the data authority.
const DataLine = "政数"

func notKeeper() error {
	return words.Refuse(words.Forbidden, "not-the-data-office", "数据元目录由数据主管部门维护。").Try("请把要改的内容告诉数据主管部门。")
}

// Catalogue is the elements in force, of one theme or all, that the words occur in. Any member of staff may read it.
func (d *Desk) Catalogue(ctx context.Context, who actor.Actor, theme, text string) (list []collect.Element, themes []string, err error) {
	if who.Kind != actor.Staff {
		return nil, nil, signIn()
	}
	all, err := collect.Elements(ctx, d.DB, d.Today())
	if err != nil {
		return nil, nil, err
	}
	text = strings.TrimSpace(text)
	for _, e := range all {
		if !slices.Contains(themes, e.Theme) {
			themes = append(themes, e.Theme)
		}
		if theme != "" && e.Theme != theme {
			continue
		}
		if text == "" || strings.Contains(e.ID+e.Title+e.En+e.Definition+strings.Join(e.Synonyms, " "), text) {
			list = append(list, e)
		}
	}
	return list, themes, nil
}

// ElementView is one element with its versions, the forms that ask for it, and what the matcher learnt of it.
type ElementView struct {
	Versions []collect.Element
	Source   Body
	Forms    []collect.Form
}

// Element is one element of the catalogue. Any member of staff may read it.
func (d *Desk) Element(ctx context.Context, who actor.Actor, id string) (*ElementView, error) {
	if who.Kind != actor.Staff {
		return nil, signIn()
	}
	versions, err := collect.Versions(ctx, d.DB, id)
	if err != nil {
		return nil, err
	}
	if len(versions) == 0 {
		return nil, words.Refuse(words.NotFound, "no-such-element", "目录里没有“{id}”。", "id", id)
	}
	v := &ElementView{Versions: versions, Source: d.Body(versions[0].Source)}
	all, err := collect.Forms(ctx, d.DB, "", collect.Listed, true)
	if err != nil {
		return nil, err
	}
	for _, f := range all {
		if slices.ContainsFunc(f.Fields, func(x collect.Field) bool { return x.Element == id }) {
			v.Forms = append(v.Forms, f)
		}
	}
	return v, nil
}

// bodyNamed finds a body that stands by its full or its short name; of several the county's.
func (d *Desk) bodyNamed(name string) (string, bool) {
	found := ""
	for _, o := range d.Offices.Tree().All() {
		if name != "" && o.To == "" && (o.Name == name || o.Label() == name) && (found == "" || o.Level == org.County) {
			found = o.ID
		}
	}
	return found, found != ""
}

// rowsAtOnce of one transaction, so that others can write between.
const rowsAtOnce = 2000

// PutElements stores elements in force from today. The program's own seed and imports call it; it asks no permission.
func (d *Desk) PutElements(ctx context.Context, list []collect.Element, by string) (changed int, err error) {
	now, today := d.Now(), d.Today()
	for chunk := range slices.Chunk(list, rowsAtOnce) {
		n := 0
		err := d.DB.Write(ctx, func(tx *db.Tx) error {
			n = 0
			for _, e := range chunk {
				did, err := collect.PutElement(ctx, tx, e, today, by, now.UnixMilli())
				if err != nil {
					return err
				}
				if did {
					n++
				}
			}
			return nil
		})
		if err != nil {
			return changed, fmt.Errorf("desk.PutElements: %w", err)
		}
		changed += n
	}
	return changed, nil
}

// bytesOf are the bytes of a spreadsheet in the store, with a parcel's random ones behind them.
func (d *Desk) bytesOf(name string) ([]byte, error) {
	f, err := d.Blobs.Open(name)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, words.Refuse(words.NotFound, "no-such-file", "没有找到这个文件。")
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, sheet.Office.Bytes+behind))
}

// Lessons are what the matcher learnt from confirmations, those taken back too. Any member of staff may read them.
func (d *Desk) Lessons(ctx context.Context, who actor.Actor) ([]collect.Lesson, error) {
	if who.Kind != actor.Staff {
		return nil, signIn()
	}
	return collect.Lessons(ctx, d.DB)
}

// Unlearn takes one lesson back. Only the data authority may.
func (d *Desk) Unlearn(ctx context.Context, who actor.Actor, id string) error {
	if !d.KeepsCatalogue(who) {
		return notKeeper()
	}
	var found bool
	err := d.DB.Write(ctx, func(tx *db.Tx) (err error) {
		found, err = collect.UnlearnOne(ctx, tx, id, who.ID, d.Now().UnixMilli())
		return err
	})
	if err == nil && !found {
		err = words.Refuse(words.NotFound, "no-such-lesson", "没有这一条，或者已经撤销。")
	}
	return err
}

// MatchLabels suggests elements for labels, without storing anything. Any member of staff may ask.
func (d *Desk) MatchLabels(ctx context.Context, who actor.Actor, asks []collect.Ask) ([][]collect.Suggestion, error) {
	if who.Kind != actor.Staff {
		return nil, signIn()
	}
	m, _, err := d.catalogue(ctx)
	if err != nil {
		return nil, err
	}
	list := make([][]collect.Suggestion, len(asks))
	for i, a := range asks {
		list[i] = m.Match(a)
	}
	return list, nil
}

// FollowForms brings forms up to what happened in the matters of their admission. The program calls it every little while
// and before each report, so that a list never shows what the desks have decided otherwise.
func (d *Desk) FollowForms(ctx context.Context) error {
	type change struct{ id, state string }
	var list []change
	err := d.DB.Each(ctx, `SELECT f.id, m.state FROM form f JOIN matter m ON m.id = f.matter
		WHERE (f.state = 'checked' AND m.state <> 'checked') OR (f.state = 'listed' AND m.state = 'ended')`, nil, func(scan func(...any) error) error {
		var c change
		err := scan(&c.id, &c.state)
		list = append(list, c)
		return err
	})
	if err != nil || len(list) == 0 {
		return err
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		for _, c := range list {
			state := collect.Listed
			switch c.state {
			case "rejected":
				state = collect.Refused
			case "withdrawn", "ended":
				state = collect.Ended
			}
			_, err := tx.Exec(ctx, `UPDATE form SET state = $1, listed_at = CASE WHEN $1 = 'listed' THEN $2 ELSE listed_at END, seq = seq + 1 WHERE id = $3 AND state <> $1`,
				state, d.Now().UnixMilli(), c.id)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// form is a form that the actor may see: of their body, any for the two desks, and what is on the list for all staff.
func (d *Desk) form(ctx context.Context, who actor.Actor, id string) (collect.Form, error) {
	if who.Kind != actor.Staff {
		return collect.Form{}, signIn()
	}
	f, err := collect.GetForm(ctx, d.DB, id)
	if errors.Is(err, db.ErrNotFound) || err == nil && f.Org != who.Acting && f.State != collect.Listed && !d.SeesAllForms(who) {
		return f, words.Refuse(words.NotFound, "no-such-form", "没有找到这张表。")
	}
	return f, err
}

// formPlaces are the bodies of the places that answer the form.
func (d *Desk) formPlaces(f collect.Form) []org.Org {
	kind := org.Village
	if f.Level == "township" {
		kind = org.StreetTownship
	}
	return d.Offices.Tree().In(strings.TrimRight(f.Place, "0"), kind)
}
