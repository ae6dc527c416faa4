// Package table keeps the one table 一表通 of each village: what is known, where it is from and how old it is.
//
// A cell is one value of one element about one subject in one period. Everything that is ever written into it is
// kept as an event. A value that was written without seeing the one that stands never replaces it: it waits beside
// it until a person decides. Who may write what is for the desk to say; this package keeps what was said.
package table

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/vault"
	"jishi/base/words"
	"jishi/module/collect"
)

// Key names a cell. Subject "" is the place itself; Period "" holds until changed.
type Key struct{ Place, Subject, Element, Period string }

// Cell is a cell as it stands. The value of a sealed cell is in the vault under Sealed.
type Cell struct {
	Key
	Value, Sealed string
	Source        string       // the body that the value is from
	AsOf          calendar.Day // the day that the value describes
	Act           Act          // how it came
	By, Org       string
	At            time.Time
	Checked       calendar.Day // when somebody last said that it is right
	Seq, Stands   int64        // of the newest event, and of the one whose value it is
	Open          int          // other values that wait for a person
}

// Known reports whether there is a value.
func (c Cell) Known() bool { return c.Stands > 0 }

// Act is what a person, a body or a program did to a cell.
type Act string

const (
	Fill    Act = "fill"    // 填写
	Confirm Act = "confirm" // 核对无误: the same value, seen and said to be right
	Correct Act = "correct" // 更正
	Roll    Act = "roll"    // 沿用上期
	Given   Act = "share"   // 数源共享
	Import  Act = "import"  // 导入
	Contest Act = "contest" // 提出异议: what stands is said to be wrong; its source decides
	Settle  Act = "settle"  // 裁定: a person chose among the values
)

// Title is the act in Chinese.
func (a Act) Title() string {
	return map[Act]string{Fill: "填写", Confirm: "核对无误", Correct: "更正", Roll: "沿用上期", Given: "数源共享", Import: "导入",
		Contest: "提出异议", Settle: "裁定"}[a]
}

// Outcome is what became of what was written.
type Outcome string

const (
	Stands   Outcome = "stands"   // it is the value now
	Agrees   Outcome = "agrees"   // it was the value already
	Contends Outcome = "contends" // it waits beside the value that stands
)

// Entry is one thing written into a cell. Token is one-time: the same one again writes nothing.
type Entry struct {
	Key
	Act       Act
	Value     string // in the form that Clean gives
	Source    string
	AsOf      calendar.Day
	Base      int64 // Seq of the cell that the writer had seen
	Reason    string
	Form      string // for which form it was filled
	Device    string
	Token     string
	By, Org   string
	At        time.Time
	Decides   string       // of a contest: the body that decides it
	Due       calendar.Day // of a contest: the last day of its period
	Sensitive bool         // the value goes to the vault
	Numeric   bool
}

// Written is what an entry led to. Seq is its own number in the cell: a device that wrote it has seen the cell that far.
// Again is true where the token had been used: Outcome and Seq are what it led to then, Cell is how it is now.
type Written struct {
	Outcome Outcome
	Seq     int64
	Again   bool
	Cell    Cell
}

// ErrToken says that a one-time token was used for another cell.
var ErrToken = errors.New("table: this token belongs to another cell")

// Store keeps the cells.
type Store struct{ Vault *vault.Vault }

const columns = `place, subject, element, period, value, sealed, source, as_of, act, by_person, org, at, checked, seq, stands, open`

const (
	lockCell = `INSERT INTO cell (` + columns + `, n) VALUES ($1, $2, $3, $4, '', '', '', '', '', '', '', 0, '', 0, 0, 0, 0)
		ON CONFLICT (place, element, period, subject) DO NOTHING`
	nextSeq = `UPDATE cell SET seq = seq + 1 WHERE place = $1 AND subject = $2 AND element = $3 AND period = $4
		RETURNING ` + columns
	selectCell  = `SELECT ` + columns + ` FROM cell WHERE place = $1 AND subject = $2 AND element = $3 AND period = $4 AND stands > 0`
	byToken     = `SELECT place, subject, element, period, outcome, seq FROM cell_event WHERE token = $1`
	insertEvent = `INSERT INTO cell_event (id, place, subject, element, period, seq, base, act, outcome, value, sealed, source, as_of,
		reason, form, by_person, org, device, token, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`
	putCell = `UPDATE cell SET value = $1, sealed = $2, n = $3, source = $4, as_of = $5, act = $6, by_person = $7, org = $8, at = $9,
		checked = $10, stands = $11 WHERE place = $12 AND subject = $13 AND element = $14 AND period = $15`
	checkCell = `UPDATE cell SET checked = $1 WHERE place = $2 AND subject = $3 AND element = $4 AND period = $5`
	countOpen = `UPDATE cell SET open = (SELECT COUNT(*) FROM cell_open o WHERE o.place = $1 AND o.subject = $2 AND o.element = $3 AND o.period = $4)
		WHERE place = $1 AND subject = $2 AND element = $3 AND period = $4`
	insertOpen = `INSERT INTO cell_open (event, place, subject, element, period, kind, decides, due, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	closeOpen = `DELETE FROM cell_open WHERE place = $1 AND subject = $2 AND element = $3 AND period = $4`
)

func scanCell(scan func(...any) error) (Cell, error) {
	var c Cell
	var at int64
	err := scan(&c.Place, &c.Subject, &c.Element, &c.Period, &c.Value, &c.Sealed, &c.Source, &c.AsOf, &c.Act, &c.By, &c.Org, &at, &c.Checked,
		&c.Seq, &c.Stands, &c.Open)
	c.At = time.UnixMilli(at)
	return c, err
}

// Cell reads one cell; the zero Cell with its key where nothing is known.
func (s *Store) Cell(ctx context.Context, r db.Reader, k Key) (Cell, error) {
	var c Cell
	err := r.Each(ctx, selectCell, []any{k.Place, k.Subject, k.Element, k.Period}, func(scan func(...any) error) (err error) {
		c, err = scanCell(scan)
		return err
	})
	if err != nil {
		return c, fmt.Errorf("table.Cell: %w", err)
	}
	c.Key = k
	return c, nil
}

// Write puts one entry into its cell. It refuses a settlement by somebody who has not seen every value (Stale), one
// where nothing is open (Closed), and a contest that says what stands already.
func (s *Store) Write(ctx context.Context, tx *db.Tx, e Entry) (Written, error) {
	key := []any{e.Place, e.Subject, e.Element, e.Period}
	if err := tx.Put(ctx, lockCell, key...); err != nil {
		return Written{}, fmt.Errorf("table.Write: %w", err)
	}
	// The row is locked from here on: whoever writes into the same cell waits, so the token is looked up behind it.
	var c Cell
	err := tx.Each(ctx, nextSeq, key, func(scan func(...any) error) (err error) {
		c, err = scanCell(scan)
		return err
	})
	if err != nil {
		return Written{}, fmt.Errorf("table.Write: %w", err)
	}
	was, err := s.again(ctx, tx, e)
	if err != nil {
		return Written{}, err
	}
	if was.Again {
		c.Seq--
		was.Cell = c
		return was, takeBack(ctx, tx, key)
	}
	return s.write(ctx, tx, c, e)
}

// takeBack gives the number back that a repeated entry took: numbers have no gaps.
func takeBack(ctx context.Context, tx *db.Tx, key []any) error {
	return tx.Put(ctx, `UPDATE cell SET seq = seq - 1 WHERE place = $1 AND subject = $2 AND element = $3 AND period = $4`, key...)
}

func (s *Store) again(ctx context.Context, tx *db.Tx, e Entry) (was Written, err error) {
	var k Key
	err = tx.Each(ctx, byToken, []any{e.Token}, func(scan func(...any) error) error {
		was.Again = true
		return scan(&k.Place, &k.Subject, &k.Element, &k.Period, &was.Outcome, &was.Seq)
	})
	if err == nil && was.Again && k != e.Key {
		err = ErrToken
	}
	return was, err
}

func (s *Store) write(ctx context.Context, tx *db.Tx, c Cell, e Entry) (Written, error) {
	same, err := s.Same(ctx, tx, c, e.Value)
	if err != nil {
		return Written{}, err
	}
	outcome, err := decide(c, e, same)
	if err != nil {
		return Written{}, err
	}
	id := uuid.Must(uuid.NewV7()).String()
	value, sealed := e.Value, ""
	if e.Sensitive && value != "" {
		value = ""
		if sealed, err = s.Vault.SealText(ctx, tx, e.At, e.Value); err != nil {
			return Written{}, fmt.Errorf("table.Write: %w", err)
		}
	}
	at := e.At.UnixMilli()
	err = tx.Put(ctx, insertEvent, id, e.Place, e.Subject, e.Element, e.Period, c.Seq, e.Base, string(e.Act), string(outcome), value, sealed,
		e.Source, string(e.AsOf), e.Reason, e.Form, e.By, e.Org, e.Device, e.Token, at)
	if err != nil {
		return Written{}, fmt.Errorf("table.Write: %w", err)
	}
	if err := s.apply(ctx, tx, &c, e, id, outcome, value, sealed); err != nil {
		return Written{}, fmt.Errorf("table.Write: %w", err)
	}
	return Written{Outcome: outcome, Seq: c.Seq, Cell: c}, nil
}

// decide says what becomes of the entry. c already carries the entry's own number.
func decide(c Cell, e Entry, same bool) (Outcome, error) {
	switch {
	case e.Act == Settle && c.Open == 0:
		return "", words.Refuse(words.Closed, "nothing-to-settle", "这一格没有需要裁定的不同数值，可能别人刚刚裁定过。").Try("请看这一格现在的数值。")
	case e.Act == Settle && e.Base != c.Seq-1:
		return "", words.Refuse(words.Stale, "cell-moved", "您打开以后，这一格又有了新的数值。").Try("请看过全部数值再裁定。")
	case e.Act == Settle:
		return Stands, nil
	case e.Act == Contest && same:
		return "", words.Refuse(words.Invalid, "contest-same", "提出异议的数值和现在的一样。").Try("请写您认为正确的数值；如果没有问题，请按“核对无误”。")
	case e.Act == Contest:
		return Contends, nil
	case same && c.Stands > 0:
		return Agrees, nil
	case c.Open > 0:
		// While a person has not decided, nothing moves the value: neither side can win by writing again.
		return Contends, nil
	case e.Base >= c.Stands:
		return Stands, nil
	}
	return Contends, nil
}

// apply brings the row to what the events say now.
func (s *Store) apply(ctx context.Context, tx *db.Tx, c *Cell, e Entry, id string, outcome Outcome, value, sealed string) error {
	key := []any{e.Place, e.Subject, e.Element, e.Period}
	day := calendar.DayOf(e.At)
	switch outcome {
	case Stands:
		n := int64(0)
		if e.Numeric && !e.Sensitive {
			n, _ = Scaled(e.Value)
		}
		c.Value, c.Sealed, c.Source, c.AsOf, c.Act, c.By, c.Org, c.At = value, sealed, e.Source, e.AsOf, e.Act, e.By, e.Org, e.At
		c.Checked, c.Stands = day, c.Seq
		if err := tx.Put(ctx, putCell, append([]any{value, sealed, n, e.Source, string(e.AsOf), string(e.Act), e.By, e.Org, e.At.UnixMilli(),
			string(day), c.Stands}, key...)...); err != nil {
			return err
		}
	case Agrees:
		c.Checked = day
		return tx.Put(ctx, checkCell, append([]any{string(day)}, key...)...)
	case Contends:
		kind := "conflict"
		if e.Act == Contest {
			kind = "contest"
		}
		c.Open++
		if err := tx.Put(ctx, insertOpen, id, e.Place, e.Subject, e.Element, e.Period, kind, e.Decides, string(e.Due), e.At.UnixMilli()); err != nil {
			return err
		}
	}
	if e.Act == Settle {
		c.Open = 0
		if _, err := tx.Exec(ctx, closeOpen, key...); err != nil {
			return err
		}
	}
	return tx.Put(ctx, countOpen, key...)
}

// Same reports whether the cell stands at the value.
func (s *Store) Same(ctx context.Context, r db.Reader, c Cell, value string) (bool, error) {
	if c.Stands == 0 {
		return false, nil
	}
	if c.Sealed == "" {
		return c.Value == value, nil
	}
	was, err := s.Vault.OpenText(ctx, r, c.Sealed)
	return was == value, err
}

// Numeric reports whether values of the element are numbers.
func Numeric(e collect.Element) bool { return e.Type == "int" || e.Type == "number" }

// Sensitive reports whether values of the element lie encrypted.
func Sensitive(e collect.Element) bool { return e.Sensitivity == "sensitive" }

// Refused gives the refusal of an entry in a batch, for the others go on; an error that is none goes up.
func Refused(err error) (*words.Refusal, error) {
	if errors.Is(err, ErrToken) {
		return words.Refuse(words.Invalid, "token-elsewhere", "这一次提交的编号已经用在别的格子上。").Try("请刷新页面再填一次。"), nil
	}
	if r, ok := words.AsRefusal(err); ok {
		return r, nil
	}
	return nil, err
}

func list(n, from int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", from+i)
	}
	return b.String()
}
