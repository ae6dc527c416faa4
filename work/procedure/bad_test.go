package procedure_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"jishi/rules"
	"jishi/work/procedure"
)

// wants are the faults that a deliberately bad file names in its first lines.
func wants(text []byte) (list []string) {
	for _, line := range strings.Split(string(text), "\n") {
		if want, ok := strings.CutPrefix(line, "# want: "); ok {
			list = append(list, want)
		}
	}
	return list
}

// good is the small procedure of the tests, which has no fault.
func good(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"procedures/inquiry@2022-05-01.yaml", "letters/answer.yaml"} {
		text, err := os.ReadFile(filepath.Join("testdata/good", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	return files
}

func TestTheGoodOneIsGood(t *testing.T) {
	laws, cal := shipped(t)
	for _, f := range procedure.CheckFiles(good(t), laws, cal) {
		t.Error(f)
	}
}

// testdata/bad is a folder of rules in which nearly every file is bad: checked once, the faults found are exactly
// those that each file names, and each stands at a line.
func TestEveryBadFileIsToldExactly(t *testing.T) {
	laws, cal := shipped(t)
	found := map[string][]procedure.Fault{}
	for _, f := range procedure.CheckFiles(os.DirFS("testdata/bad"), laws, cal) {
		found[f.File] = append(found[f.File], f)
	}
	names, _ := filepath.Glob("testdata/bad/*/*.yaml")
	bad := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want := wants(text)
		if len(want) > 0 {
			bad++
		}
		file, _ := filepath.Rel("testdata/bad", name)
		t.Run(file, func(t *testing.T) { compare(t, want, found[file]) })
	}
	if bad < 90 {
		t.Errorf("only %d bad files were found", bad)
	}
}

func compare(t *testing.T, want []string, found []procedure.Fault) {
	t.Helper()
	left := append([]procedure.Fault(nil), found...)
	for _, w := range want {
		at := -1
		for i, f := range left {
			if strings.Contains(f.Text, w) {
				at = i
				break
			}
		}
		if at < 0 {
			t.Errorf("not told: %s", w)
			continue
		}
		left = append(left[:at], left[at+1:]...)
	}
	for _, f := range left {
		t.Errorf("told, but not wanted: %s", f)
	}
	for _, f := range found {
		if f.Line == 0 && !strings.Contains(f.Text, "一份内容") {
			t.Errorf("no line: %s", f)
		}
	}
}

// What three provinces once wrote is refused as a rule of today, and the refusal says why.
func TestHarsherProfilesAreRefused(t *testing.T) {
	laws, cal := shipped(t)
	names, _ := filepath.Glob("testdata/harsher/*.yaml")
	if len(names) != 3 {
		t.Fatalf("found %d", len(names))
	}
	for _, name := range names {
		text, _ := os.ReadFile(name)
		files := withFile{rules.FS, "profiles/" + filepath.Base(name), text}
		_, err := procedure.Load(files, laws, cal)
		if err == nil {
			t.Fatalf("%s was loaded", name)
		}
		for _, w := range wants(text) {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v, want %s", name, err, w)
			}
		}
	}
}

// withFile is the shipped rules with one file more.
type withFile struct {
	fs.FS
	name string
	text []byte
}

func (w withFile) Open(name string) (fs.File, error) {
	if name == w.name {
		return fstest.MapFS{name: &fstest.MapFile{Data: w.text}}.Open(name)
	}
	return w.FS.Open(name)
}

func (w withFile) Glob(pattern string) ([]string, error) {
	names, err := fs.Glob(w.FS, pattern)
	if ok, _ := filepath.Match(pattern, w.name); ok {
		names = append(names, w.name)
	}
	return names, err
}
