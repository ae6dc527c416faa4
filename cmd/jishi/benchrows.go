package main

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"time"

	"jishi/base/db"
	"jishi/base/vault"
	"jishi/demo"
	"jishi/desk"
	"jishi/module/collect"
	cells "jishi/module/table"
	"jishi/people/actor"
	"jishi/people/division"
)

// rowsTogether are the rows that the limit writes in one transaction, as the reader of a file does.
const rowsTogether = 200

// persons measures how long a file of b.n persons takes into the one table of a village, two to a household, each with a
// plain and a sealed value. The limit is the bare reading of the same XLSX and the same database rows written raw,
// statement by statement, in transactions of as many rows.
func (b *benchmark) persons(ctx context.Context, s *system) error {
	content, land, err := county()
	if err != nil {
		return err
	}
	if err := demo.Settle(ctx, s.desk, content, land, time.Now()); err != nil {
		return err
	}
	if err := s.db.Write(ctx, func(tx *db.Tx) error { return personForm(ctx, tx) }); err != nil {
		return err
	}
	who, err := s.desk.Staff(ctx, "village-1-1-officer")
	if err != nil {
		return err
	}
	file, err := collect.Spreadsheet(manyPersons(b.n))
	if err != nil {
		return err
	}
	limit, err := rawPersons(ctx, s, file, b.n)
	if err != nil {
		return err
	}
	runtime.GC()
	stop := make(chan struct{})
	peak := watchHeap(stop)
	start := time.Now()
	got, err := brought(ctx, s, who, file)
	spent := time.Since(start)
	close(stop)
	if err != nil {
		return err
	}
	if got.Good != b.n || got.Changed != 2*b.n || got.Bad != 0 {
		return fmt.Errorf("of %d persons %d were taken with %d values: %v", b.n, got.Good, got.Changed, got.Faults)
	}
	return json.NewEncoder(b.stdout).Encode(rowsTook{took{Op: "rows", N: b.n, MS: spent.Milliseconds(), Of: "reading the same XLSX bare, and the same rows written raw",
		Limit: limit.Milliseconds(), PeakMB: <-peak}, s.db.Engine().String(), int64(float64(b.n) / spent.Seconds()), limit.Seconds() / spent.Seconds()})
}

// rowsTook is a measurement of rows that came in, with how many a second and the limit by it.
type rowsTook struct {
	took
	DB    string  `json:"db"`
	RPS   int64   `json:"rows_per_s"`
	Ratio float64 `json:"ratio"`
}

// brought brings the file and waits for its end as the program does that reads behind.
func brought(ctx context.Context, s *system, who actor.Actor, file []byte) (*desk.Brought, error) {
	id, err := s.desk.BringRows(ctx, who, desk.Bringing{Name: "bench.xlsx", Data: file, Form: "PEOPLE"})
	if err != nil {
		return nil, err
	}
	if err := s.desk.ReadFiles(ctx); err != nil {
		return nil, err
	}
	b, err := s.desk.BroughtFile(ctx, who, id)
	if err == nil && !b.Ended {
		err = fmt.Errorf("the file stands at row %d of %d", b.Done, b.Total)
	}
	return b, err
}

// manyPersons are rows of persons who are nobody: the numbers begin with an area that is none.
func manyPersons(n int) [][]any {
	rows := [][]any{{"户", "姓名", "身份证号码", "测量的数", "测量的密"}}
	for i := range n {
		who := demo.Citizen(i, "")
		day := time.Date(1950, 1, 1+i/900, 0, 0, 0, 0, time.UTC)
		number := fmt.Sprintf("110101%s%03d", day.Format("20060102"), i%900)
		rows = append(rows, []any{fmt.Sprintf("%d组%d号", i/200+1, i/2%100+1), who.Name, number + string(vault.CheckCharacter(number)), fmt.Sprint(i % 97), fmt.Sprint("说明", i%89)})
	}
	return rows
}

// rawPersons is the limit.
func rawPersons(ctx context.Context, s *system, file []byte, n int) (time.Duration, error) {
	start := time.Now()
	if err := bare(file); err != nil {
		return 0, err
	}
	for from := 0; from < n; from += rowsTogether {
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			for i := from; i < min(n, from+rowsTogether); i++ {
				if err := rawPerson(ctx, tx, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}

func rawPerson(ctx context.Context, tx *db.Tx, i int) error {
	const place = "900000000001"
	ref, now := fmt.Sprintf("raw%023d", i), time.UnixMilli(0)
	if i%2 == 0 {
		if err := cells.PutSubject(ctx, tx, cells.Subject{Place: place, ID: "h" + ref, Kind: cells.Household, Label: ref, From: "2020-01-01"}, "x", now); err != nil {
			return err
		}
	}
	if err := cells.PutSubject(ctx, tx, cells.Subject{Place: place, ID: ref, Kind: cells.Person, Home: "h" + ref, Label: "李**", Ref: ref, From: "2020-01-01"}, "x", now); err != nil {
		return err
	}
	body := make([]byte, 256+16+12)
	if err := tx.Put(ctx, `INSERT INTO vault (ref, commitment, key_id, data_key, body, phone_hash, id_hash, at, erased_at) VALUES ($1, $1, 'raw', $2, $3, '', $1, 0, 1)`, ref, body[:60], body); err != nil {
		return err
	}
	if err := tx.Put(ctx, `INSERT INTO vault_text (ref, key_id, data_key, body, at, erased_at) VALUES ($1, 'raw', $2, $3, 0, 1)`, ref, body[:60], body[:92]); err != nil {
		return err
	}
	for _, e := range []string{"people.n", "people.s"} {
		if err := rawRows(ctx, tx, place, ref, e, int64(i)); err != nil {
			return err
		}
	}
	return nil
}

// personForm is a form on the list that asks two things of each person, one of them sensitive.
func personForm(ctx context.Context, tx *db.Tx) error {
	if err := tx.Put(ctx, `INSERT INTO form (id, org, title, basis, purpose, level, period, place, state, why, twin, matter, layout, layout_name, seq, by_person, at, listed_at)
		VALUES ('PEOPLE', 'county-agriculture', '人员情况表', '', '', 'village', 'once', $1, 'listed', '', '', '', '', '', 1, 'x', 0, 1)`, division.DemoCounty); err != nil {
		return err
	}
	for i, x := range [][4]string{{"people.n", "测量的数", "int", "personal"}, {"people.s", "测量的密", "text", "sensitive"}} {
		if err := tx.Put(ctx, `INSERT INTO element (id, from_day, to_day, title, en, definition, type, codes, unit, period, subject, source, share, sensitivity, synonyms,
			theme, grade, by_person, at) VALUES ($1, '2020-01-01', '', $2, $2, '', $3, '[]', '', '', 'person', '', 'free', $4, '[]', '', 'D', 'x', 0)`, x[0], x[1], x[2], x[3]); err != nil {
			return err
		}
		if err := tx.Put(ctx, `INSERT INTO form_field (form, n, label, element, kind, type, unit, sheet, line, col, below, samples, note, decided, decided_at)
			VALUES ('PEOPLE', $1, $2, $3, 'new', $4, '', '', 0, 0, FALSE, '[]', '', 'x', 1)`, i+1, x[1], x[0], x[2]); err != nil {
			return err
		}
	}
	return nil
}
