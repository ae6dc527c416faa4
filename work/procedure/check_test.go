package procedure_test

import (
	"testing"

	"jishi/base/calendar"
	"jishi/base/law"
	"jishi/rules"
	"jishi/work/procedure"
)

func shipped(t *testing.T) (*law.Library, *calendar.Calendar) {
	t.Helper()
	laws, err := law.Load(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	cal, err := calendar.Load(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	return laws, cal
}

func TestShippedRulesHaveNoFault(t *testing.T) {
	laws, cal := shipped(t)
	for _, f := range procedure.CheckFiles(rules.FS, laws, cal) {
		t.Error(f)
	}
}
