package procedure_test

import (
	"strings"
	"testing"

	"jishi/rules"
	"jishi/work/procedure"
)

func book(t *testing.T) *procedure.Book {
	t.Helper()
	laws, cal := shipped(t)
	b, err := procedure.Load(rules.FS, laws, cal)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestProfilesLieOver(t *testing.T) {
	b := book(t)
	national, _ := b.Procedure("petition", "2025-01-01", "")
	local, err := b.Procedure("petition", "2025-01-01", "zhejiang-legacy")
	if err != nil {
		t.Fatal(err)
	}
	again, _ := b.ByKey(local.Key())
	switch {
	case again != local:
		t.Error("laid twice")
	case local.Clocks["dispose"].Limit != "5个工作日" || national.Clocks["dispose"].Limit != "15日":
		t.Error("the limit is not changed in the profile alone")
	case len(local.Actions["name-representatives"].Guards) != 3 || len(national.Actions["name-representatives"].Guards) != 2:
		t.Error("the guard is not added in the profile alone")
	case local.Hash == national.Hash || b.Hash(local.Key()) != local.Hash || local.Key() != "petition@2022-05-01+zhejiang-legacy":
		t.Error("the version is not told apart")
	}
	if l, _ := b.Letter("opinion", "shandong-legacy"); !strings.Contains(strings.Join(l.Needs, " "), "reasons") {
		t.Error("Shandong's opinion does not need its reasons")
	}
	if _, err := b.Procedure("petition", "2022-04-30", ""); err == nil {
		t.Error("in force before its day")
	}
	if _, err := b.ByKey("petition@2022-05-01+moon"); err == nil {
		t.Error("an unknown profile was laid")
	}
}
