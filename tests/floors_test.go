// Package tests looks at the house from outside: which floor imports which, and what a visitor meets.
package tests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A floor is a folder at the top of the tree. It may import the floors that it stands on, and nothing else of ours.
type floor struct {
	name string
	on   []string
	why  string // said when a package of this floor imports what it must not
}

var floors = []floor{
	{"rules", nil, "rules/ is what a jurist reads and signs; it holds no Go but the embed"},
	{"schema", nil, "schema/ is the migrations and their embed"},
	{"base", nil, "base/ knows nothing of government: whoever reads it must not need to know what a petition or an office is"},
	{"people", []string{"base"}, "people/ says who, where and on whose behalf; what they do stands above it"},
	{"work", []string{"base", "people", "rules"}, "work/ is the engine; it must not know who asks (desk), what is shown (web) or what follows (derive)"},
	{"derive", []string{"base", "people", "work", "rules"}, "derive/ follows the journal and may be dropped and rebuilt; nothing that answers a person may be needed for that"},
	{"module", []string{"base", "people", "work", "derive", "rules"}, "module/ holds what data cannot say; pages and desk stand above it"},
	{"desk", []string{"base", "people", "work", "derive", "module", "rules"}, "desk/ has one method for each thing a person can ask; it must not know whether a page or a program asked"},
	{"demo", []string{"base", "people", "work", "derive", "module", "desk", "rules", "schema"}, "demo/ plays a county through the desk; pages and API show what it played"},
	{"web", []string{"base", "people", "work", "derive", "module", "desk", "rules"}, "web/ asks the desk and renders; it stands beside api/, not on it"},
	{"api", []string{"base", "people", "work", "derive", "module", "desk", "rules"}, "api/ asks the desk and answers in JSON; it stands beside web/, not on it"},
	{"bench", []string{"base", "people", "work", "derive", "module", "desk", "web", "api", "demo", "rules", "schema"}, "bench/ measures what stands"},
	{"cmd", []string{"base", "people", "work", "derive", "module", "desk", "web", "api", "demo", "bench", "rules", "schema"}, "cmd/ puts everything together"},
}

// The order inside base: a package imports only those to the left of it.
var baseOrder = []string{"words", "db", "calendar", "ical", "law", "blob", "vault", "paper", "sheet"}

// doors are modules that only one place may import.
var doors = []struct{ module, only, why string }{
	{"database/sql", "base/db", "SQL has one door: the differences between two engines, their errors and the group commit live there"},
	{"github.com/jackc/pgx", "base/db", "SQL has one door: a second one would know PostgreSQL, and then the file of a small office no longer works"},
	{"modernc.org/sqlite", "base/db", "SQL has one door: the check of the SQLite version and the single writer stand in it"},
	{"github.com/pressly/goose", "base/db", "migrations run through the door, under its lock"},
	{"github.com/danielgtaylor/huma", "api", "huma is the API's; a page or the desk that knows it cannot outlive it"},
	{"github.com/a-h/templ", "web", "templ is how pages are written; whoever else needs it is writing a page"},
	{"github.com/chromedp", "tests", "a browser belongs to the tests"},
	{"github.com/prometheus", "cmd/jishi", "figures for the operator are gathered where the program is put together"},
	{"pgregory.net/rapid", "", "random stories belong to tests"},
}

// source is one Go file of the tree, parsed.
type source struct {
	name string // path from the root, with slashes
	file *ast.File
	set  *token.FileSet
	text []byte
}

func (s source) test() bool { return strings.HasSuffix(s.name, "_test.go") }

// at is where in the tree a node stands.
func (s source) at(pos token.Pos) string {
	return s.name + ":" + strconv.Itoa(s.set.Position(pos).Line)
}

// tree is every Go file that is part of the program or its tests.
func tree(t *testing.T) []source {
	t.Helper()
	root := os.DirFS("..")
	var all []source
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"node_modules", "testdata", "data", "dist", "bin"}, d.Name())) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, text, parser.ParseComments)
		if err != nil {
			return err
		}
		all = append(all, source{name, file, set, text})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("only %d Go files found: the test looks at the wrong place", len(all))
	}
	return all
}

func imports(s source) map[string]token.Pos {
	found := map[string]token.Pos{}
	for _, spec := range s.file.Imports {
		name, _ := strconv.Unquote(spec.Path.Value)
		found[name] = spec.Pos()
	}
	return found
}

// TestFloors: a package imports only from floors below its own, and base keeps its order.
func TestFloors(t *testing.T) {
	for _, s := range tree(t) {
		for name, pos := range imports(s) {
			if why := forbidden(s.name, name); why != "" {
				t.Errorf("%s imports %s: %s", s.at(pos), name, why)
			}
		}
	}
}

// forbidden says why file must not import name, or "".
func forbidden(file, name string) string {
	if why := throughTheDoor(file, name); why != "" {
		return why
	}
	target, ours := strings.CutPrefix(name, "jishi/")
	top, _, _ := strings.Cut(file, "/")
	// Tests and the tools that make data may reach for anything of ours; dbtest is a test that others import.
	if !ours || top == "tests" || top == "tools" || top == "torture" || strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "base/db/dbtest/") {
		return ""
	}
	to, _, _ := strings.Cut(target, "/")
	i := slices.IndexFunc(floors, func(f floor) bool { return f.name == top })
	switch {
	case i < 0:
		return "the folder " + top + " is on no floor: say in tests/floors_test.go what it stands on"
	case strings.HasPrefix(target, "base/db/dbtest"):
		return "dbtest starts databases for tests; the program must not"
	case top == "base" && to == "base":
		return baseUpward(file, target)
	case to == top || slices.Contains(floors[i].on, to):
		return ""
	}
	return floors[i].why
}

func baseUpward(file, target string) string {
	from, to := strings.Split(file, "/")[1], strings.Split(target, "/")[1]
	a, b := slices.Index(baseOrder, from), slices.Index(baseOrder, to)
	switch {
	case from == to:
		return ""
	case a < 0 || b < 0:
		return "base/" + from + " or base/" + to + " has no place in the order of base: give it one in tests/floors_test.go"
	case b >= a:
		return "inside base a package imports only those before it: " + strings.Join(baseOrder, ", ")
	}
	return ""
}

func throughTheDoor(file, name string) string {
	if strings.HasSuffix(file, "_test.go") {
		return ""
	}
	for _, d := range doors {
		if name != d.module && !strings.HasPrefix(name, d.module+"/") {
			continue
		}
		// The measurements write the same rows past the door, to know what the door costs.
		if d.only == "base/db" && strings.HasPrefix(file, "bench/") {
			continue
		}
		if d.only == "" || file != d.only && !strings.HasPrefix(file, d.only+"/") {
			return d.why
		}
	}
	return ""
}

// TestForbiddenSaysWhy: the rule itself refuses what it is there to refuse.
func TestForbiddenSaysWhy(t *testing.T) {
	for _, c := range []struct{ file, name string }{
		{"base/db/x.go", "jishi/work/matter"},
		{"base/words/x.go", "jishi/base/db"},
		{"base/new/x.go", "jishi/base/words"},
		{"work/matter/x.go", "jishi/desk"},
		{"desk/x.go", "jishi/web"},
		{"web/x.go", "jishi/api"},
		{"api/x.go", "jishi/web/look"},
		{"desk/x.go", "github.com/jackc/pgx/v5"},
		{"work/matter/x.go", "database/sql"},
		{"cmd/jishi/x.go", "modernc.org/sqlite"},
		{"desk/x.go", "jishi/base/db/dbtest"},
		{"somewhere/x.go", "jishi/base/words"},
	} {
		if forbidden(c.file, c.name) == "" {
			t.Errorf("%s may import %s, and must not", c.file, c.name)
		}
	}
	for _, c := range []struct{ file, name string }{
		{"desk/x.go", "jishi/work/matter"}, {"base/vault/x.go", "jishi/base/words"}, {"base/db/x.go", "database/sql"},
		{"work/matter/x_test.go", "jishi/rules"}, {"web/follow/x.go", "jishi/web/look"}, {"cmd/jishi/x.go", "jishi/api"},
	} {
		if why := forbidden(c.file, c.name); why != "" {
			t.Errorf("%s must be free to import %s, but: %s", c.file, c.name, why)
		}
	}
}

// TestEngineHasNoOpinions: no procedure's own word occurs in work/, neither as a name, nor in a comment or a string,
// in neither language; nor does an article: what a refusal is founded on stands in the rules.
// (A petitioner is a relation to a matter, which every procedure has; a petition is one procedure of many.)
func TestEngineHasNoOpinions(t *testing.T) {
	word := regexp.MustCompile(`(?i)(\b|_)(petition|whistle|hotline|mediation|suggestion)s?(\b|_)|(?-i:(Petition|Whistle|Hotline|Mediation|Suggestion)s?(\b|[A-Z_]))|` +
		`信访|检举|控告|吹哨|报到|工单|调解|人民建议|复查|复核|听证`)
	article := regexp.MustCompile(`(Under|Cite)\("[^"]*第`)
	for _, s := range tree(t) {
		if !strings.HasPrefix(s.name, "work/") || s.test() {
			continue
		}
		for n, line := range strings.Split(string(s.text), "\n") {
			if word.MatchString(line) || article.MatchString(line) {
				t.Errorf("%s:%d speaks of one procedure: the engine must run any procedure, so this belongs into rules/ or above work/\n\t%s", s.name, n+1, strings.TrimSpace(line))
			}
		}
	}
}

// TestClock: only the desk and the commands read the clock; everyone else is told the time, so that a test can
// be any day and a day can be proved afterwards.
func TestClock(t *testing.T) {
	free := []string{"desk", "cmd", "tests", "tools", "bench", "torture"}
	for _, s := range tree(t) {
		top, _, _ := strings.Cut(s.name, "/")
		if s.test() || slices.Contains(free, top) || strings.HasPrefix(s.name, "base/db/dbtest/") {
			continue
		}
		clock := ""
		for name := range imports(s) {
			if name == "time" {
				clock = "time"
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && clock != "" && x.Name == clock && (sel.Sel.Name == "Now" || sel.Sel.Name == "Since" || sel.Sel.Name == "Until") {
				t.Errorf("%s reads the clock: time is an argument everywhere but in desk/ and cmd/", s.at(n.Pos()))
			}
			return true
		})
	}
}

// TestNamesAreSubjects: a package is named for what it is about.
func TestNamesAreSubjects(t *testing.T) {
	vague := []string{"utils", "util", "common", "helpers", "helper", "service", "services", "repository", "manager", "managers", "misc", "shared"}
	for _, s := range tree(t) {
		if slices.Contains(vague, s.file.Name.Name) || slices.Contains(vague, path.Base(path.Dir(s.name))) {
			t.Errorf("%s: %s says nothing about its subject", s.name, s.file.Name.Name)
		}
	}
}
