package procedure_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"jishi/base/calendar"
	"jishi/base/law"
	"jishi/rules"
	"jishi/work/procedure"
)

// FuzzRules: whatever stands in an office's own rule file, it is loaded or refused with its faults; never a crash.
func FuzzRules(f *testing.F) {
	laws, err := law.Load(rules.FS)
	if err != nil {
		f.Fatal(err)
	}
	cal, err := calendar.Load(rules.FS)
	if err != nil {
		f.Fatal(err)
	}
	letter, err := os.ReadFile("testdata/good/letters/answer.yaml")
	if err != nil {
		f.Fatal(err)
	}
	seeds, _ := filepath.Glob("testdata/*/procedures/*.yaml")
	more, _ := filepath.Glob("testdata/bad/*.yaml")
	for _, name := range append(seeds, more...) {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("id: a\n<<: &x [*x]\n"))
	f.Add([]byte("actions: {a: {from: [any], to: same, by: [anyone]}}\nstates: {s: }\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		files := fstest.MapFS{"procedures/inquiry@2022-05-01.yaml": {Data: text}, "letters/answer.yaml": {Data: letter}}
		for _, fault := range procedure.CheckFiles(files, laws, cal) {
			if fault.String() == "" {
				t.Fatal("a fault that says nothing")
			}
		}
	})
}
