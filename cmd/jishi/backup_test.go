package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/words"
	"jishi/demo"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/schema"
	"jishi/work/matter"
)

// house opens a system with the offices of the demonstration and no matters.
func house(t *testing.T, url string) *system {
	t.Helper()
	c := config{Data: t.TempDir(), Addr: "127.0.0.1:0"}
	if at, ok := strings.CutPrefix(url, "sqlite:"); ok {
		c.Data = filepath.Dir(at)
	} else {
		c.DB = url
	}
	s, err := open(t.Context(), c, slog.New(slog.NewTextHandler(io.Discard, nil)), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	content, err := demo.Load()
	if err != nil {
		t.Fatal(err)
	}
	land, err := demo.LandOf(division.DemoCounty)
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Settle(t.Context(), s.desk, content, land, time.Now()); err != nil {
		t.Fatal(err)
	}
	return s
}

// someone files the n-th petition, with an attachment now and then.
func someone(ctx context.Context, s *system, n int) (desk.Receipt, error) {
	f := desk.Filing{Class: "claim", Channel: "net", Who: demo.Citizen(n, "测试路一号"),
		With: map[string]string{"title": fmt.Sprintf("第%d件", n), "what": "楼道照明坏了三个月，一直没有人修。", "wants": "请修好。", "place": division.DemoCounty}}
	if n%5 == 0 {
		ref, err := s.desk.Blobs.Put(ctx, strings.NewReader(fmt.Sprintf("附件 %d", n)), 1<<20)
		if err != nil {
			return desk.Receipt{}, err
		}
		f.Files = []matter.File{{Hash: ref.Hash, Name: "说明.txt", Type: "text/plain", Size: ref.Size}}
	}
	return s.desk.File(ctx, actor.Nobody(words.ZH), f)
}

// TestBackupWhilePeopleFile: an office that files all the time is backed up; the archive is restored into the other
// engine and into the same one; every receipt handed out before the backup began is there and opens with its query
// code, the identity can be read, and verify finds nothing.
func TestBackupWhilePeopleFile(t *testing.T) {
	for engine, url := range dbtest.URLs(t) {
		t.Run(engine, func(t *testing.T) {
			s := house(t, url)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			before, filers := filing(t, ctx, s)
			for end := time.Now().Add(time.Minute); len(before()) < 10 && time.Now().Before(end); { // however busy the machine is
				time.Sleep(50 * time.Millisecond)
			}
			sure := before() // whoever has these receipts must find their matter again
			archive := filepath.Join(t.TempDir(), "office.zip")
			var out, errs bytes.Buffer
			args := []string{archive, "--keys", "--data", s.Data}
			if s.DB != "" {
				args = append(args, "--db", s.DB)
			}
			if status := backupCommand(args, &out, &errs); status != 0 {
				t.Fatalf("backup: %s%s", out.String(), errs.String())
			}
			stop()
			filers.Wait()
			if len(sure) < 10 || len(before()) <= len(sure) {
				t.Fatalf("%d receipts before the backup and %d after: nobody filed meanwhile", len(sure), len(before()))
			}
			for target, to := range fresh(t) {
				t.Run("into "+target, func(t *testing.T) { restored(t, archive, to, sure) })
			}
		})
	}
}

// fresh are empty databases that were never migrated.
func fresh(t *testing.T) map[string]config {
	to := map[string]config{"sqlite": {Data: t.TempDir(), Addr: "127.0.0.1:0"}}
	if url, ok := dbtest.URLs(t)["postgres"]; ok {
		to["postgres"] = config{Data: t.TempDir(), DB: url, Addr: "127.0.0.1:0"}
	}
	return to
}

// filing lets four people file until ctx ends; the function gives the receipts so far.
func filing(t *testing.T, ctx context.Context, s *system) (sofar func() []desk.Receipt, all *sync.WaitGroup) {
	var mu sync.Mutex
	var receipts []desk.Receipt
	all = &sync.WaitGroup{}
	for who := range 4 {
		all.Go(func() {
			for n := who; ctx.Err() == nil; n += 4 {
				r, err := someone(context.WithoutCancel(ctx), s, n)
				if err != nil {
					t.Errorf("file: %v", err)
					return
				}
				mu.Lock()
				receipts = append(receipts, r)
				mu.Unlock()
			}
		})
	}
	return func() []desk.Receipt { mu.Lock(); defer mu.Unlock(); return slices.Clone(receipts) }, all
}

func restored(t *testing.T, archive string, c config, sure []desk.Receipt) {
	t.Helper()
	args := []string{"--data", c.Data}
	if c.DB != "" {
		args = append(args, "--db", c.DB)
	}
	var out, errs bytes.Buffer
	if status := restoreCommand(append([]string{archive}, args...), &out, &errs); status != 0 {
		t.Fatalf("restore: %s%s", out.String(), errs.String())
	}
	s, err := open(t.Context(), c, slog.New(slog.NewTextHandler(io.Discard, nil)), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range sure {
		m, err := s.desk.Matters.ByNumber(t.Context(), s.db, r.Number)
		if err != nil || m.ID != r.ID {
			t.Fatalf("receipt %s is not there: %v", r.Number, err)
		}
		if _, err := s.desk.Enter(t.Context(), r.Number, r.Code, "127.0.0.1", words.ZH); err != nil {
			t.Fatalf("receipt %s does not open with its query code: %v", r.Number, err)
		}
	}
	s.close()
	out.Reset()
	if status := verifyCommand(args, &out, &errs); status != 0 {
		t.Fatalf("verify: %s%s", out.String(), errs.String())
	}
	if !strings.Contains(out.String(), "no fault") || strings.Contains(out.String(), "\n0 attachments") {
		t.Errorf("verify said: %s", out.String())
	}
	out.Reset()
	if status := restoreCommand(append([]string{archive}, args...), &out, &errs); status == 0 || !strings.Contains(errs.String(), "not empty") {
		t.Errorf("a second restore over it was not refused: %s%s", out.String(), errs.String())
	}
}

// TestVerifyFindsWhatWasTamperedWith: each kind of tampering is told by name, with exit status 1.
func TestVerifyFindsWhatWasTamperedWith(t *testing.T) {
	for engine, url := range dbtest.URLs(t) {
		t.Run(engine, func(t *testing.T) {
			s := house(t, url)
			for n := range 6 {
				if _, err := someone(t.Context(), s, n); err != nil {
					t.Fatal(err)
				}
			}
			args := []string{"--data", s.Data}
			if s.DB != "" {
				args = append(args, "--db", s.DB)
			}
			check := func(want string) {
				t.Helper()
				var out, errs bytes.Buffer
				status := verifyCommand(args, &out, &errs)
				if want == "no fault" && status != 0 || want != "no fault" && status != 1 || !strings.Contains(out.String(), want) {
					t.Errorf("wanted %q, got status %d: %s%s", want, status, out.String(), errs.String())
				}
			}
			change := func(sql string) {
				t.Helper()
				err := s.db.Write(t.Context(), func(tx *db.Tx) error {
					n, err := tx.Exec(t.Context(), sql)
					if err == nil && n == 0 {
						err = fmt.Errorf("%s changed nothing", sql)
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			check("no fault")
			change(`UPDATE matter SET state = 'closed' WHERE id = (SELECT MIN(id) FROM matter)`)
			check("a column of the row is not what the fold says")
			change(`DELETE FROM event_waiting WHERE id = (SELECT MIN(id) FROM event_waiting)`)
			check("1 events have no position")
			change(`DELETE FROM matter WHERE id = (SELECT MAX(id) FROM matter)`)
			check("events without a row")
			blobs, _ := filepath.Glob(filepath.Join(s.Data, "blobs", "??", "*"))
			if len(blobs) == 0 {
				t.Fatal("no attachment was stored")
			}
			if err := os.WriteFile(blobs[0], []byte("changed"), 0o600); err != nil {
				t.Fatal(err)
			}
			check("FAULT attachment")
		})
	}
}

// TestTablesAreThoseOfTheMigrations: a table or column that the archive does not know would be lost in silence.
func TestTablesAreThoseOfTheMigrations(t *testing.T) {
	known, err := tables(schema.FS)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, k := range known {
		for _, c := range k.Columns {
			said = append(said, k.Name+"."+c.Name)
		}
	}
	slices.Sort(said)
	d := dbtest.SQLite(t)
	var real []string
	err = d.Each(t.Context(), `SELECT t.name || '.' || c.name FROM pragma_table_list t, pragma_table_info(t.name) c
		WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name <> 'goose_db_version'`, nil,
		func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			real = append(real, name)
			return err
		})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(real)
	if !slices.Equal(said, real) {
		t.Errorf("the migrations are read as\n%v\nbut the database has\n%v", said, real)
	}
}

// TestCommandsRefuseWithASentence: what an operator gets wrong is told, and nothing is made.
func TestCommandsRefuseWithASentence(t *testing.T) {
	empty := t.TempDir()
	for _, c := range []struct {
		run  func([]string, io.Writer, io.Writer) int
		args []string
		want string
	}{
		{verifyCommand, []string{"--data", empty}, "there is no database"},
		{backupCommand, []string{filepath.Join(empty, "x.zip"), "--data", empty}, "there is no database"},
		{backupCommand, []string{"--data", empty}, "name the archive"},
		{restoreCommand, []string{filepath.Join(empty, "none.zip"), "--data", empty}, "no such file"},
		{verifyCommand, []string{"--data", empty, "--db", "mysql://x"}, "postgres://"},
		{adminCommand, []string{"only-a-login"}, "give the login and the name"},
	} {
		var out, errs bytes.Buffer
		if status := c.run(c.args, &out, &errs); status == 0 || !strings.Contains(errs.String(), c.want) {
			t.Errorf("%v: status %d, said %q, wanted %q", c.args, status, errs.String(), c.want)
		}
		if left, _ := os.ReadDir(empty); len(left) != 0 {
			t.Errorf("%v left %v behind", c.args, left)
		}
	}
}

// TestFirstAdministrator: on an empty system one command makes somebody who can sign in and administer.
func TestFirstAdministrator(t *testing.T) {
	data := t.TempDir()
	t.Setenv("JISHI_PASSWORD", "一句 别人 猜不到 的话")
	var out, errs bytes.Buffer
	if status := adminCommand([]string{"wang.fang", "王芳", "--data", data}, &out, &errs); status != 0 {
		t.Fatal(errs.String())
	}
	d, err := db.Open(t.Context(), "sqlite:"+filepath.Join(data, "jishi.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	gate, err := actor.NewGate(d, bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	who, err := gate.SignIn(t.Context(), "wang.fang", "一句 别人 猜不到 的话", "127.0.0.1", time.Now())
	if err != nil || !who.HasAny(actor.Admin) || who.Name != "王芳" {
		t.Fatalf("%+v %v", who, err)
	}
	if day := calendar.DayOf(time.Now()); !who.Posts[0].On(day) {
		t.Errorf("the post is not held on %s", day)
	}
	t.Setenv("JISHI_PASSWORD", "short")
	if status := adminCommand([]string{"li.lei", "李雷", "--data", data}, &out, &errs); status == 0 {
		t.Error("a password of five characters was taken")
	}
}
