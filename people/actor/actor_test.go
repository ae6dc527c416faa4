package actor

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/words"
	"jishi/people/org"
)

var (
	key  = bytes.Repeat([]byte{7}, 32)
	noon = calendar.Day("2026-03-02").Start().Add(12 * time.Hour)
)

const passphrase = "春江水暖鸭先知 2026"

// bureau is an office with one clerk, 李四 (login lisi), who handles and registers in the petition bureau and
// headed the water bureau until February.
func bureau(t *testing.T, d *db.DB) {
	t.Helper()
	ctx := t.Context()
	s, err := org.Load(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Save(ctx, org.Org{ID: "petition", Name: "崇阳县信访局", Kind: org.PetitionBureau, Division: "421223000000"},
		org.Org{ID: "water", Name: "崇阳县水利和湖泊局", Kind: org.Department, Division: "421223000000"})
	if err != nil {
		t.Fatal(err)
	}
	hash, err := HashPassword(ctx, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	write(t, d, func(tx *db.Tx) error {
		if err := PutPerson(ctx, tx, Person{ID: "lisi", Name: "李四"}); err != nil {
			return err
		}
		if err := PutPost(ctx, tx, "lisi", Post{ID: "1", Org: "water", Title: "局长", Powers: []Power{Head}, From: "2024-01-01", To: "2026-02-28"}); err != nil {
			return err
		}
		if err := PutPost(ctx, tx, "lisi", Post{ID: "2", Org: "petition", Title: "科员", Powers: []Power{Handle, Register}, From: "2026-03-01"}); err != nil {
			return err
		}
		if err := PutAccount(ctx, tx, " LiSi ", "lisi", noon.UnixMilli()); err != nil {
			return err
		}
		return SetPassword(ctx, tx, "lisi", hash, 0)
	})
}

func write(t *testing.T, d *db.DB, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err error, kind words.Kind, code string) {
	t.Helper()
	r, ok := words.AsRefusal(err)
	if !ok || r.Kind != kind || r.Code != code {
		t.Errorf("got %v, want the refusal %s", err, code)
	}
}

func gate(t *testing.T, d *db.DB) *Gate {
	t.Helper()
	g, err := NewGate(d, key)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestAPostIsHeldForATime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		bureau(t, d)
		before, err := StaffOn(t.Context(), d, "lisi", "2026-02-28")
		if err != nil || !before.Has("water", Head) || before.In("petition") || before.Acting != "water" {
			t.Errorf("in February: %+v, %v", before, err)
		}
		after, err := StaffOn(t.Context(), d, "lisi", "2026-03-01")
		if err != nil || after.Has("water", Head) || !after.Has("petition", Register) || after.Has("petition", Head) {
			t.Errorf("in March: %+v, %v", after, err)
		}
		if !slices.Equal(after.With(Handle), []string{"petition"}) || !after.HasAny(Handle) || after.Has("", Handle) {
			t.Errorf("powers: %v", after.With(Handle))
		}
		if _, ok := after.For("water"); ok {
			t.Error("he acts for a body he left")
		}
		write(t, d, func(tx *db.Tx) error { return EndPost(t.Context(), tx, "2", "2026-04-30") })
		gone, err := StaffOn(t.Context(), d, "lisi", "2026-05-01")
		if err != nil || len(gone.Posts) != 0 || gone.Acting != "" {
			t.Errorf("after the last post: %+v, %v", gone, err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			return PutPost(t.Context(), tx, "lisi", Post{ID: "3", Org: "water", Powers: []Power{Admin, Audit, "king"}, From: "2026-02-01", To: "2026-01-01"})
		})
		if r, ok := words.AsRefusal(err); !ok || len(r.Fields) != 3 {
			t.Errorf("every fault of a post: %v", err)
		}
	})
}

func TestSigningInAndOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		bureau(t, d)
		g := gate(t, d)
		a, err := g.SignIn(ctx, "LISI", passphrase, "10.0.0.1", noon)
		if err != nil || a.Name != "李四" || a.Kind != Staff || a.Acting != "petition" {
			t.Fatalf("%+v, %v", a, err)
		}
		token, phone := NewToken(), NewToken()
		write(t, d, func(tx *db.Tx) error { return NewSession(ctx, tx, token, a, "办公室电脑", noon) })
		write(t, d, func(tx *db.Tx) error { return NewSession(ctx, tx, phone, a, "手机\x00\xff", noon) })
		got, s, err := Resume(ctx, d, token, noon.Add(time.Hour))
		if err != nil || got.Name != "李四" || got.Acting != "petition" || s.Device != "办公室电脑" || got.Scopes != nil {
			t.Fatalf("%+v %+v, %v", got, s, err)
		}
		list, err := Sessions(ctx, d, "lisi", noon.Add(time.Hour))
		if err != nil || len(list) != 2 {
			t.Fatalf("devices: %v, %v", list, err)
		}
		for _, s := range list {
			if s.Device == "手机" {
				write(t, d, func(tx *db.Tx) error { return Revoke(ctx, tx, "somebody-else", s.ID) })
				if _, _, err := Resume(ctx, d, phone, noon.Add(time.Hour)); err != nil {
					t.Errorf("another person revoked it: %v", err)
				}
				write(t, d, func(tx *db.Tx) error { return Revoke(ctx, tx, "lisi", s.ID) })
			}
		}
		_, _, err = Resume(ctx, d, phone, noon.Add(time.Hour))
		refused(t, err, words.SignIn, "sign-in")
		_, _, err = Resume(ctx, d, token, noon.Add(3*time.Hour)) // idle for two hours
		refused(t, err, words.SignIn, "sign-in")
		write(t, d, func(tx *db.Tx) error { return SignOut(ctx, tx, token) })
		for _, unknown := range []string{token, "", "\x00"} {
			_, _, err = Resume(ctx, d, unknown, noon.Add(time.Hour))
			refused(t, err, words.SignIn, "sign-in")
		}
		write(t, d, func(tx *db.Tx) error { return Sweep(ctx, tx, noon.Add(48*time.Hour)) })
	})
}

func TestACitizensSessionIsShorter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		token := NewToken()
		citizen := Actor{Kind: Citizen, Person: "vault-1", Matter: "m-1", Lang: words.EN}
		write(t, d, func(tx *db.Tx) error { return NewSession(ctx, tx, token, citizen, "", noon) })
		a, _, err := Resume(ctx, d, token, noon.Add(20*time.Minute))
		if err != nil || a.Kind != Citizen || a.Matter != "m-1" || a.Person != "vault-1" || a.Lang != words.EN || len(a.Posts) != 0 {
			t.Errorf("%+v, %v", a, err)
		}
		if _, _, err := Resume(ctx, d, token, noon.Add(45*time.Minute)); err != nil {
			t.Errorf("he was here 25 minutes ago: %v", err)
		}
		_, _, err = Resume(ctx, d, token, noon.Add(76*time.Minute))
		refused(t, err, words.SignIn, "sign-in")
		if err := d.Write(ctx, func(tx *db.Tx) error { return NewSession(ctx, tx, NewToken(), Nobody(words.ZH), "", noon) }); err == nil {
			t.Error("nobody got a session")
		}
	})
}

func TestWrongAndUnknownSoundAlike(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		bureau(t, d)
		g := gate(t, d)
		_, wrong := g.SignIn(ctx, "lisi", "wrong password", "a", noon)
		_, unknown := g.SignIn(ctx, "nobody", passphrase, "a", noon)
		_, odd := g.SignIn(ctx, "\x00' OR 1=1", strings.Repeat("x", 1<<20), "a", noon)
		refused(t, wrong, words.SignIn, "wrong-password")
		if wrong.Error() != unknown.Error() || wrong.Error() != odd.Error() {
			t.Errorf("%v / %v / %v", wrong, unknown, odd)
		}
		write(t, d, func(tx *db.Tx) error { return CloseAccount(ctx, tx, "lisi", noon.UnixMilli()) })
		if _, closed := g.SignIn(ctx, "lisi", passphrase, "a", noon); closed == nil || closed.Error() != wrong.Error() {
			t.Errorf("closed account: %v", closed)
		}
	})
}

func TestAnUnknownLoginTakesAsLongAsAWrongPassword(t *testing.T) {
	d := dbtest.SQLite(t)
	bureau(t, d)
	g := gate(t, d)
	known, unknown := time.Hour, time.Hour
	try := func(login string, i int) time.Duration {
		start := time.Now()
		g.SignIn(t.Context(), login, "wrong password", fmt.Sprint(login, i), noon)
		return time.Since(start)
	}
	for i := range 6 { // by turns: whatever else the machine does falls on both
		known, unknown = min(known, try("lisi", i)), min(unknown, try("nobody", i))
	}
	// Without the hash of an unknown user it would be some hundredths of the time.
	if unknown < known/3 {
		t.Errorf("unknown %v, known %v", unknown, known)
	}
}

func TestGuessingIsSlowedAndTheOfficeIsNotShutOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		bureau(t, d)
		g := gate(t, d)
		for range freePair {
			_, err := g.SignIn(ctx, "lisi", "guess", "evil", noon)
			refused(t, err, words.SignIn, "wrong-password")
		}
		_, err := g.SignIn(ctx, "lisi", passphrase, "evil", noon)
		refused(t, err, words.TooMany, "too-many-tries")
		if _, err := g.SignIn(ctx, "lisi", passphrase, "office", noon); err != nil {
			t.Errorf("the owner at another address: %v", err)
		}
		if _, err := g.SignIn(ctx, "lisi", passphrase, "evil", noon.Add(2*time.Second)); err != nil {
			t.Errorf("after the wait: %v", err)
		}
		// Many addresses against one account: the owner waits a minute at most.
		for i := range 60 {
			g.Attempt(ctx, "login", "lisi", fmt.Sprint("bot", i), noon.Add(time.Duration(i)*time.Minute))
		}
		if _, err := g.SignIn(ctx, "lisi", passphrase, "office", noon.Add(60*time.Minute+time.Second)); err != nil {
			t.Errorf("the owner was locked out: %v", err)
		}
		// One address against many accounts: slowed to one in two seconds, not shut.
		heard := 0
		for i := range 120 {
			if g.Attempt(ctx, "login", fmt.Sprint("user", i), "nat", noon) == nil {
				heard++
			}
		}
		if heard != freeAddress {
			t.Errorf("heard %d at once from one address", heard)
		}
		if err := g.Attempt(ctx, "login", "zhangsan", "nat", noon.Add(pauseAddress)); err != nil {
			t.Errorf("the address is shut out: %v", err)
		}
	})
}

func TestGuessesAtOnceAreAllCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		g := gate(t, d)
		var heard, wg = make(chan bool, 40), sync.WaitGroup{}
		for range 40 {
			wg.Go(func() { heard <- g.Attempt(context.Background(), "login", "lisi", "evil", noon) == nil })
		}
		wg.Wait()
		close(heard)
		n := 0
		for ok := range heard {
			if ok {
				n++
			}
		}
		if n != freePair {
			t.Errorf("%d of 40 guesses at once were heard, want %d", n, freePair)
		}
	})
}

func TestANewPasswordEndsOldSessions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		bureau(t, d)
		a, _ := StaffOn(ctx, d, "lisi", calendar.DayOf(noon))
		token := NewToken()
		write(t, d, func(tx *db.Tx) error { return NewSession(ctx, tx, token, a, "", noon) })
		hash, err := HashPassword(ctx, "another long passphrase")
		if err != nil {
			t.Fatal(err)
		}
		write(t, d, func(tx *db.Tx) error { return SetPassword(ctx, tx, "lisi", hash, 0) })
		_, _, err = Resume(ctx, d, token, noon)
		refused(t, err, words.SignIn, "sign-in")
		g := gate(t, d)
		if _, err := g.SignIn(ctx, "lisi", passphrase, "a", noon); err == nil {
			t.Error("the old password still opens")
		}
		if _, err := g.SignIn(ctx, "lisi", "another long passphrase", "a", noon); err != nil {
			t.Error(err)
		}
	})
	for _, bad := range []string{"", "short", "aaaaaaaaaaaaaaa", "my-lisi-password", strings.Repeat("长密码", 100)} {
		if CheckNewPassword("lisi", bad) == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if err := CheckNewPassword("lisi", passphrase); err != nil {
		t.Error(err)
	}
}

func TestAnAPITokenMayNoMoreThanItsMaker(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		bureau(t, d)
		a, _ := StaffOn(ctx, d, "lisi", calendar.DayOf(noon))
		token := NewToken()
		month := noon.Add(30 * 24 * time.Hour)
		write(t, d, func(tx *db.Tx) error {
			return PutToken(ctx, tx, token, a, "报表", []string{"matter:read"}, month, noon)
		})
		got, err := ByToken(ctx, d, token, noon)
		if err != nil || !got.Allows("matter:read") || got.Allows("matter:write") || !got.Has("petition", Handle) {
			t.Fatalf("%+v, %v", got, err)
		}
		err = d.Write(ctx, func(tx *db.Tx) error {
			return PutToken(ctx, tx, NewToken(), got, "更多", []string{"matter:write"}, month, noon)
		})
		refused(t, err, words.Invalid, "bad-token")
		_, err = ByToken(ctx, d, token, month)
		refused(t, err, words.SignIn, "bad-api-token")
		list, err := Tokens(ctx, d, "lisi")
		if err != nil || len(list) != 1 || list[0].Name != "报表" {
			t.Fatalf("%v, %v", list, err)
		}
		write(t, d, func(tx *db.Tx) error { return RevokeToken(ctx, tx, "lisi", list[0].ID) })
		_, err = ByToken(ctx, d, token, noon)
		refused(t, err, words.SignIn, "bad-api-token")
	})
}

// TestAClockThatWasAheadShutsNobodyOut: what was counted while the clock was a month ahead makes nobody wait for a month.
func TestAClockThatWasAheadShutsNobodyOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		bureau(t, d)
		g := gate(t, d)
		ahead := noon.Add(961 * time.Hour)
		for i := range 70 {
			g.Attempt(ctx, "login", "lisi", "office", ahead.Add(time.Duration(i)*3*time.Second))
		}
		if _, err := g.NewCode(ctx, "sign-in", "13800138000", ahead); err != nil {
			t.Fatal(err)
		}
		if _, err := g.SignIn(ctx, "lisi", passphrase, "office", noon); err != nil {
			t.Errorf("the clock is right again: %v", err)
		}
		if _, err := g.NewCode(ctx, "sign-in", "13800138000", noon); err != nil {
			t.Errorf("a code, when the clock is right again: %v", err)
		}
	})
}

func TestAOneTimeCodeOpensOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		g := gate(t, d)
		code, err := g.NewCode(ctx, "sign-in", "138 0013-8000", noon)
		if err != nil || !regexp.MustCompile(`^\d{6}$`).MatchString(code) {
			t.Fatalf("%q, %v", code, err)
		}
		_, err = g.NewCode(ctx, "sign-in", "+8613800138000", noon.Add(30*time.Second))
		refused(t, err, words.TooMany, "too-many-tries")
		refused(t, g.UseCode(ctx, "withdraw", "13800138000", code, noon), words.SignIn, "wrong-code")
		refused(t, g.UseCode(ctx, "sign-in", "13900139000", code, noon), words.SignIn, "wrong-code")
		refused(t, g.UseCode(ctx, "sign-in", "13800138000", code, noon.Add(CodeLife)), words.SignIn, "wrong-code")
		if err := g.UseCode(ctx, "sign-in", "13800138000", code[:3]+" "+code[3:], noon); err != nil {
			t.Errorf("the right code: %v", err)
		}
		refused(t, g.UseCode(ctx, "sign-in", "13800138000", code, noon), words.SignIn, "wrong-code")

		code, err = g.NewCode(ctx, "sign-in", "li@example.org", noon.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		for range codeTries {
			g.UseCode(ctx, "sign-in", "li@example.org", "x", noon.Add(time.Hour))
		}
		refused(t, g.UseCode(ctx, "sign-in", "li@example.org", code, noon.Add(time.Hour)), words.SignIn, "wrong-code")
		for _, bad := range []string{"", "  ", strings.Repeat("1", 300)} {
			_, err := g.NewCode(ctx, "sign-in", bad, noon)
			refused(t, err, words.Invalid, "bad-address")
		}
	})
}

func TestAQueryCodeIsReadAsPeopleTypeIt(t *testing.T) {
	code := NewQueryCode()
	if !regexp.MustCompile(`^[2-9A-HJKMNP-TV-Z]{5}-[2-9A-HJKMNP-TV-Z]{5}$`).MatchString(code) {
		t.Fatalf("%q", code)
	}
	hash := HashCode(key, "m-1", code)
	wide := strings.Map(func(r rune) rune { return r + '！' - '!' }, code)
	for _, typed := range []string{code, strings.ToLower(code), strings.ReplaceAll(code, "-", ""), " " + code[:3] + " " + code[3:], wide} {
		if !CheckCode(key, "m-1", typed, hash) {
			t.Errorf("%q was not taken for %q", typed, code)
		}
	}
	if CheckCode(key, "m-2", code, hash) || CheckCode(key, "m-1", NewQueryCode(), hash) || CheckCode(key, "m-1", "", "") ||
		CheckCode(bytes.Repeat([]byte{8}, 32), "m-1", code, hash) {
		t.Error("a wrong code, matter or key was taken")
	}
}

// Every Chinese sentence of these packages that a person may read has English.
func TestEverySentenceHasEnglish(t *testing.T) {
	quoted := regexp.MustCompile(`"((?:[^"\\]|\\.)*\p{Han}(?:[^"\\]|\\.)*)"`)
	for _, pattern := range []string{"*.go", "roster/*.go", "../org/store.go", "../division/import.go", "../division/places.go"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range strings.Split(string(text), "\n") {
				line, _, _ = strings.Cut(line, " // ")
				if strings.HasPrefix(strings.TrimSpace(line), "//") || strings.Contains(line, "data:") {
					continue
				}
				for _, m := range quoted.FindAllStringSubmatch(line, -1) {
					if strings.HasSuffix(m[1], "。") || strings.HasSuffix(m[1], "？") {
						if !words.Known(m[1]) {
							t.Errorf("%s: no English for %q", file, m[1])
						}
					}
				}
			}
		}
	}
	for _, p := range PowerTitles {
		if !words.Known(p.Title) {
			t.Errorf("no English for %s", p.Title)
		}
	}
}
