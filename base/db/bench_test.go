package db_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"jishi/base/db"
	"jishi/base/db/dbtest"
)

// BenchmarkWrite stores three rows durably per write, alone and with 16 and 64 at once.
//
//	go test -run - -bench Write ./base/db
func BenchmarkWrite(b *testing.B) {
	open := map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.PostgreSQL}
	for name, engine := range open {
		for _, clients := range []int{1, 16, 64} {
			b.Run(fmt.Sprintf("%s/%d", name, clients), func(b *testing.B) {
				d := engine(b)
				shelve(b, d)
				var n atomic.Int64
				body := make([]byte, 400)
				before := d.Stats()
				b.SetParallelism(max(1, clients/2)) // times GOMAXPROCS
				b.ResetTimer()
				b.RunParallel(func(p *testing.PB) {
					for p.Next() {
						i := n.Add(1)
						err := d.Write(b.Context(), func(tx *db.Tx) error {
							for _, k := range []string{"x", "y", "z"} {
								if err := tx.Put(b.Context(), insert, fmt.Sprint(k, i), "a", i, true, body); err != nil {
									return err
								}
							}
							return nil
						})
						if err != nil {
							b.Error(err)
						}
					}
				})
				s := d.Stats()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
				b.ReportMetric(float64(s.Writes-before.Writes)/float64(s.Commits-before.Commits), "tx/commit")
			})
		}
	}
}
