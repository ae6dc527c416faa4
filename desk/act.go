package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"jishi/base/db"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/matter"
)

// Do takes an action on a matter for whoever may, and returns the matter as they see it then. A press with a
// token that was used before changes nothing and returns the matter as it is. It refuses with the cause, the
// article and the way out; with Stale, naming who acted, when somebody was first.
func (d *Desk) Do(ctx context.Context, who actor.Actor, id string, press Press) (*View, error) {
	if !who.SignedIn() {
		return nil, signIn()
	}
	at := d.Now()
	said := d.said256("do", id, press.Action, press.With, press.People, press.Files)
	var m *matter.Matter
	err := d.DB.Write(ctx, func(tx *db.Tx) error {
		if press.Token != "" {
			if err := claim(ctx, tx, press.Token, said, Receipt{ID: id, At: at}); err != nil {
				return err
			}
		}
		if err := d.namedIn(ctx, tx, who, id, &press); err != nil {
			return err
		}
		if err := d.stepNotTaken(ctx, tx, who, id, press); err != nil {
			return err
		}
		var err error
		m, err = d.Matters.Do(ctx, tx, id, press.Seq, matter.Press{Action: press.Action, With: press.With, Files: press.Files, By: who, At: at})
		return err
	})
	if errors.Is(err, errSecond) {
		return d.askToErase(ctx, who, id, press)
	}
	if err != nil && !errors.Is(err, errPressed) {
		return nil, err
	}
	d.Live.stir()
	v, err := d.Matter(ctx, who, id)
	// Having acted, one may have handed the matter on and no longer see it; that it was done must still be said.
	if r, ok := words.AsRefusal(err); ok && r.Kind == words.NotFound && m != nil {
		return &View{ID: m.ID, Number: m.Number, Title: d.title(m), Seq: m.Seq}, nil
	}
	return v, err
}

// namedIn seals those whom the press names. Who may not know of the matter learns nothing here: the step itself refuses.
func (d *Desk) namedIn(ctx context.Context, tx *db.Tx, who actor.Actor, id string, press *Press) error {
	m, err := d.Matters.Load(ctx, tx, id)
	if err != nil || !d.Matters.Sees(who, m) {
		return nil
	}
	p, err := d.Book.ByKey(m.Version)
	if err != nil {
		return err
	}
	a, people := p.Actions[press.Action], givenPeople(press.People)
	press.With = clone(press.With)
	if d.Matters.Closed(who, m, press.Action, d.Now()) == nil {
		if err := d.checkPeople(p, a.Needs, a.Asks, people); err != nil {
			return err
		}
	}
	return d.sealPeople(ctx, tx, p, press.With, people)
}

func clone(with map[string]string) map[string]string {
	own := map[string]string{}
	maps.Copy(own, with)
	return own
}

// Note writes an internal note, readable by the officers of the actor's own body who may see the matter.
func (d *Desk) Note(ctx context.Context, who actor.Actor, id, text string) error {
	if who.Kind != actor.Staff {
		return signIn()
	}
	if text = strings.TrimSpace(text); text == "" || len([]rune(text)) > 2000 {
		return words.Refuse(words.Invalid, "note", "内部备注要写1到2000字。").At("note", "写1到2000字。")
	}
	if _, err := d.load(ctx, who, id); err != nil {
		return err
	}
	err := d.DB.Write(ctx, func(tx *db.Tx) error {
		return tx.Put(ctx, `INSERT INTO matter_note (id, matter, org, author, at, text) VALUES ($1, $2, $3, $4, $5, $6)`,
			matter.NewID(), id, who.Acting, who.ID, d.Now().UnixMilli(), text)
	})
	if err != nil {
		return fmt.Errorf("desk.Note %s: %w", id, err)
	}
	return nil
}

// load reads a matter for somebody who may see it. What is hidden and what is not there take the same time, see
// TestTheTimeToAnswerTellsNothing and TestWhatIsNotThereIsAsMuchWork.
func (d *Desk) load(ctx context.Context, who actor.Actor, id string) (*matter.Matter, error) {
	m, err := d.Matters.LoadFrom(ctx, d.DB, id)
	if errors.Is(err, db.ErrNotFound) || err == nil && (!d.Matters.Sees(who, m) || m.ID != id) {
		return nil, matter.NotFound()
	}
	return m, err
}

// Newest is the letter of the matter that was made last; false where there is none yet.
func (d *Desk) Newest(ctx context.Context, who actor.Actor, id string) (Letter, bool, error) {
	m, err := d.load(ctx, who, id)
	if err != nil || len(m.Letters) == 0 {
		return Letter{}, false, err
	}
	p, err := d.Book.ByKey(m.Version)
	if err != nil {
		return Letter{}, false, err
	}
	return d.letterView(m.Letters[len(m.Letters)-1], p.Profile), true, nil
}

// Sweep does what missed clocks bring about; the server calls it every minute, scenarios and the demonstration
// at each of their days. It returns how many clocks it dealt with.
func (d *Desk) Sweep(ctx context.Context) (int, error) {
	total := 0
	for {
		n, err := d.Matters.Sweep(ctx, d.DB, d.Now(), 200)
		total += n
		if err != nil || n < 200 {
			return total, err
		}
	}
}
