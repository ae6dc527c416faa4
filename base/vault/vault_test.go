package vault_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/vault"
	"jishi/base/words"
)

var (
	noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	// 11010519491231002X is the example printed in GB 11643-1999.
	li = vault.Identity{Name: "李秀英", Phone: "138 0013 8000", IDNumber: "11010519491231002x",
		Address: "浙江省杭州市西湖区文三路 90 号", Email: "Li.Xiuying@example.cn"}
	desk = vault.Look{By: "a1", Post: "p1", Body: "o1", Matter: "m1", Reason: "电话联系补充材料", At: noon}
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func keys(t *testing.T) (*vault.Vault, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys", "vault.json")
	v, err := vault.OpenKeys(path)
	must(t, err)
	return v, path
}

func seal(t *testing.T, v *vault.Vault, d *db.DB, id vault.Identity) (ref, commitment string) {
	t.Helper()
	must(t, d.Write(t.Context(), func(tx *db.Tx) (err error) {
		ref, commitment, err = v.Seal(t.Context(), tx, noon, id)
		return err
	}))
	return ref, commitment
}

func TestAnOfficerLooksWithAReasonAndThePersonCanSeeIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v, _ := keys(t)
		ref, commitment := seal(t, v, d, li)

		masked, err := v.Masked(t.Context(), d, ref)
		must(t, err)
		want := vault.Identity{Name: "李**", Phone: "138****8000", IDNumber: "1101************2X", Address: "浙江省杭州市***", Email: "l***@example.cn"}
		if masked != want {
			t.Errorf("masked: %+v", masked)
		}
		if looks, err := v.Looks(t.Context(), d, ref); err != nil || len(looks) != 0 {
			t.Errorf("before anybody looked: %v %v", looks, err)
		}
		blank := desk
		blank.Reason = " 　\n"
		_, err = v.Open(t.Context(), d, ref, blank)
		if r, ok := words.AsRefusal(err); !ok || r.Code != "reason-missing" || len(r.Fields) != 1 {
			t.Errorf("without a reason: %v", err)
		}
		got, err := v.Open(t.Context(), d, ref, desk)
		must(t, err)
		if got.Name != "李秀英" || got.Phone != "13800138000" || got.IDNumber != "11010519491231002X" || got.Email != "li.xiuying@example.cn" {
			t.Errorf("opened: %+v", got)
		}
		looks, err := v.Looks(t.Context(), d, ref)
		must(t, err)
		if !slices.Equal(looks, []vault.Look{desk}) {
			t.Errorf("looks: %+v", looks)
		}
		if ok, err := v.Proves(t.Context(), d, ref, commitment); !ok || err != nil {
			t.Errorf("the commitment does not hold: %v", err)
		}
		if _, err := v.Open(t.Context(), d, "nobody", desk); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("an unknown reference: %v", err)
		}
	})
}

func TestOnePersonIsFoundHoweverTheNumberIsWritten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v, _ := keys(t)
		first, c1 := seal(t, v, d, li)
		second, c2 := seal(t, v, d, vault.Identity{Name: "李秀英", Phone: "+86 138-0013-8000", IDNumber: li.IDNumber})
		seal(t, v, d, vault.Identity{Name: "无号"})
		if c1 == c2 || first == second {
			t.Error("two filings of one person can be told to be one by who sees only the case")
		}
		both := []string{first, second}
		slices.Sort(both)
		for _, written := range []string{"13800138000", "１３８００１３８０００", "0086-138 0013 8000"} {
			refs, err := v.FindPhone(t.Context(), d, written)
			if err != nil || !slices.Equal(refs, both) {
				t.Errorf("%s: %v %v", written, refs, err)
			}
		}
		if refs, err := v.FindIDNumber(t.Context(), d, " 11010519491231002X"); err != nil || len(refs) != 2 {
			t.Errorf("by ID number: %v %v", refs, err)
		}
		if refs, err := v.FindPhone(t.Context(), d, ""); err != nil || len(refs) != 0 {
			t.Errorf("an empty number found %v", refs)
		}
		other, _ := keys(t)
		if refs, _ := other.FindPhone(t.Context(), d, "13800138000"); len(refs) != 0 {
			t.Error("the hashes can be computed without the key file")
		}
	})
}

// Many who come in one file are each sealed for themselves, and found and opened like those who come alone.
func TestManyAreSealedAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v, _ := keys(t)
		var who []vault.Identity
		var texts []string
		for i := range 230 {
			who = append(who, vault.Identity{Name: fmt.Sprintf("王%d", i), Phone: fmt.Sprintf("1990000%04d", i), IDNumber: fmt.Sprintf("1101011949123%05d", i)})
			texts = append(texts, fmt.Sprintf("内容%d", i))
		}
		var refs, sealed []string
		must(t, d.Write(t.Context(), func(tx *db.Tx) (err error) {
			if refs, err = v.SealMany(t.Context(), tx, noon, who); err == nil {
				sealed, err = v.SealTexts(t.Context(), tx, noon, texts)
			}
			return err
		}))
		for _, i := range []int{0, 99, 100, 229} {
			found, err := v.FindPhone(t.Context(), d, who[i].Phone)
			got, err2 := v.Open(t.Context(), d, refs[i], vault.Look{By: "somebody", Reason: "核对", At: noon})
			text, err3 := v.OpenText(t.Context(), d, sealed[i])
			if errors.Join(err, err2, err3) != nil || !slices.Equal(found, refs[i:i+1]) || got != who[i] || text != texts[i] {
				t.Errorf("%d: %v %+v %q %v %v %v", i, found, got, text, err, err2, err3)
			}
		}
		byNumber, err := v.FindIDNumbers(t.Context(), d, []string{who[3].IDNumber, who[200].IDNumber, "110101194912309999"})
		if err != nil || len(byNumber) != 2 || byNumber[who[200].IDNumber][0] != refs[200] {
			t.Errorf("%v %v", byNumber, err)
		}
	})
}

func TestErasedIsGoneAndTheCommitmentStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v, _ := keys(t)
		ref, commitment := seal(t, v, d, li)
		_, err := v.Open(t.Context(), d, ref, desk)
		must(t, err)
		for range 2 {
			must(t, d.Write(t.Context(), func(tx *db.Tx) error { return v.Erase(t.Context(), tx, ref, noon.Add(time.Hour)) }))
		}
		_, err = v.Open(t.Context(), d, ref, desk)
		if r, ok := words.AsRefusal(err); !ok || r.Code != "identity-erased" {
			t.Errorf("opened after erasure: %v", err)
		}
		if _, err := v.Masked(t.Context(), d, ref); err == nil {
			t.Error("shown masked after erasure")
		}
		if refs, _ := v.FindPhone(t.Context(), d, li.Phone); len(refs) != 0 {
			t.Error("still found by phone")
		}
		var kept string
		var key, body []byte
		must(t, d.Row(t.Context(), "SELECT commitment, data_key, body FROM vault WHERE ref = $1", []any{ref}, &kept, &key, &body))
		if kept != commitment || len(key) != 0 || len(body) != 0 {
			t.Errorf("%s, %d and %d bytes left", kept, len(key), len(body))
		}
		if looks, _ := v.Looks(t.Context(), d, ref); len(looks) != 1 {
			t.Errorf("the record of looks: %v", looks)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error { return v.Erase(t.Context(), tx, "nobody", noon) })
		if !errors.Is(err, db.ErrNotFound) {
			t.Errorf("an unknown reference: %v", err)
		}
	})
}

func TestRotationRewrapsAndOldKeysMayThenGo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		old, path := keys(t)
		before, err := os.ReadFile(path)
		must(t, err)
		var refs []string
		for range 5 {
			ref, _ := seal(t, old, d, li)
			refs = append(refs, ref)
		}
		v, err := vault.Rotate(vault.Options{Path: path})
		must(t, err)
		n, err := v.Rewrap(t.Context(), d)
		must(t, err)
		again, err := v.Rewrap(t.Context(), d)
		must(t, err)
		if n != 5 || again != 0 {
			t.Errorf("rewrapped %d, then %d", n, again)
		}
		for _, ref := range refs {
			if id, err := v.Open(t.Context(), d, ref, desk); err != nil || id.Name != li.Name {
				t.Errorf("%s: %v", ref, err)
			}
			if id, err := old.Open(t.Context(), d, ref, desk); err != nil || id.Name != li.Name {
				t.Errorf("a node that was not started again cannot open what was brought under the new key: %v", err)
			}
		}
		must(t, v.Check(t.Context(), d))
		must(t, os.WriteFile(path, before, 0o600))
		stale, err := vault.OpenKeys(path)
		must(t, err)
		if err := stale.Check(t.Context(), d); err == nil || !strings.Contains(err.Error(), "restore the key file") {
			t.Errorf("a stale key file was accepted: %v", err)
		}
		if refs, _ := v.FindPhone(t.Context(), d, li.Phone); len(refs) != 5 {
			t.Errorf("after rotation the phone finds %d", len(refs))
		}
	})
}

// A stolen file must not help: not the database, not its log, nor one row put in another's place.
func TestNoPlaintextInTheDatabase(t *testing.T) {
	url := dbtest.URLs(t)["sqlite"]
	d := dbtest.Open(t, url)
	v, _ := keys(t)
	seal(t, v, d, li)
	path := strings.TrimPrefix(url, "sqlite:")
	for _, file := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(file)
		must(t, err)
		for _, secret := range []string{"李秀英", "13800138000", "8000", "11010519491231002", "文三路", "xiuying", "example"} {
			if bytes.Contains(bytes.ToLower(b), []byte(secret)) {
				t.Errorf("%q is in %s", secret, filepath.Base(file))
			}
		}
	}
	if b, _ := os.ReadFile(path + "-wal"); len(b) == 0 {
		t.Error("the log is empty: this test looked at nothing")
	}
}

func TestNoPlaintextInPostgres(t *testing.T) {
	d := dbtest.PostgreSQL(t)
	v, _ := keys(t)
	seal(t, v, d, li)
	var row string
	must(t, d.Row(t.Context(), "SELECT CAST(vault AS TEXT) FROM vault", nil, &row))
	for _, secret := range []string{"李秀英", "13800138000", "文三路"} {
		if strings.Contains(row, secret) || strings.Contains(row, hex.EncodeToString([]byte(secret))) {
			t.Errorf("%q is in the row", secret)
		}
	}
}

func TestARowPutInAnothersPlaceIsNoticed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v, _ := keys(t)
		a, _ := seal(t, v, d, li)
		b, _ := seal(t, v, d, vault.Identity{Name: "王建国"})
		must(t, d.Write(t.Context(), func(tx *db.Tx) error {
			return tx.Put(t.Context(), `UPDATE vault SET body = (SELECT o.body FROM vault o WHERE o.ref = $1),
				data_key = (SELECT o.data_key FROM vault o WHERE o.ref = $1) WHERE ref = $2`, b, a)
		}))
		if id, err := v.Open(t.Context(), d, a, desk); err == nil {
			t.Errorf("opened as %s", id.Name)
		}
		if looks, _ := v.Looks(t.Context(), d, a); len(looks) != 0 {
			t.Error("a look was recorded though nothing was shown")
		}
	})
}

func TestTheKeyFileIsForItsOwnerAlone(t *testing.T) {
	_, path := keys(t)
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("made with mode %v", info.Mode())
	}
	must(t, os.Chmod(path, 0o640))
	if _, err := vault.OpenKeys(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a readable key file was taken: %v", err)
	}
	must(t, os.Chmod(path, 0o600))
	must(t, os.WriteFile(path, []byte("{}"), 0o600))
	if _, err := vault.OpenKeys(path); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("an empty key file was taken: %v", err)
	}
}

func TestShapes(t *testing.T) {
	const today = calendar.Day("2026-03-02")
	for number, fine := range map[string]bool{
		"11010519491231002X": true, "11010519491231002x": true, "440524188001010014": true, " 1101 0519 4912 31002Ｘ": true,
		"110105194912310021": false, "11010519490231002X": false, "110105204912310029": false, "110105491231002": false,
		"": false, "01010519491231002X": false, "1101051949123100XX": false,
	} {
		f := vault.CheckIDNumber("id", number, today)
		if (f == nil) != fine || f != nil && (f.Field != "id" || !words.Known(f.Text)) {
			t.Errorf("ID number %q: %+v", number, f)
		}
	}
	for phone, fine := range map[string]bool{
		"13800138000": true, "138-0013-8000": true, "+8613800138000": true, "0571-12345678": true, "（010）12345678": true,
		"+86 571 12345678": true, "+852 2345 6789": true, "0085223456789": true, "１３９００００００００": true,
		"12345678901": false, "1380013800": false, "110": false, "": false, "电话": false, "138001380001": false,
	} {
		f := vault.CheckPhone("phone", phone)
		if (f == nil) != fine || f != nil && !words.Known(f.Text) {
			t.Errorf("phone %q: %+v", phone, f)
		}
	}
	for from, to := range map[vault.Identity]vault.Identity{
		{Name: "李四", Phone: "110"}:      {Name: "李*", Phone: "***"},
		{Name: "李"}:                     {Name: "*"},
		{Name: "阿不都热依木", Email: "无"}:    {Name: "阿**", Email: "***"},
		{Address: "某", Email: "李@a.cn"}: {Address: "***", Email: "李***@a.cn"},
	} {
		if got := from.Masked(); got != to {
			t.Errorf("%+v: %+v", from, got)
		}
	}
}
