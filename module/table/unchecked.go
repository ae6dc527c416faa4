package table

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"jishi/base/db"
)

// Unchecked is a number whose check digit is wrong and that was taken nevertheless: who says that it is right, why, and
// the scan that shows it. Element "" is the number by which a person is known.
type Unchecked struct {
	ID                      string
	Place, Subject, Element string
	Scan, ScanName, Reason  string
	By, Org                 string
	At                      time.Time
}

// PutUnchecked keeps one.
func PutUnchecked(ctx context.Context, tx *db.Tx, x Unchecked) error {
	return tx.Put(ctx, `INSERT INTO unchecked (id, place, subject, element, scan, scan_name, reason, by_person, org, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		uuid.Must(uuid.NewV7()).String(), x.Place, x.Subject, x.Element, x.Scan, x.ScanName, x.Reason, x.By, x.Org, x.At.UnixMilli())
}

// UncheckedOf are those of the subject, the newest first.
func UncheckedOf(ctx context.Context, r db.Reader, place, subject string) ([]Unchecked, error) {
	var list []Unchecked
	err := r.Each(ctx, `SELECT id, place, subject, element, scan, scan_name, reason, by_person, org, at FROM unchecked WHERE place = $1 AND subject = $2 ORDER BY at DESC, id DESC`, []any{place, subject}, func(scan func(...any) error) error {
		var x Unchecked
		var at int64
		err := scan(&x.ID, &x.Place, &x.Subject, &x.Element, &x.Scan, &x.ScanName, &x.Reason, &x.By, &x.Org, &at)
		x.At = time.UnixMilli(at)
		list = append(list, x)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("table.UncheckedOf: %w", err)
	}
	return list, nil
}
