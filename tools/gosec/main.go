// Command gosec looks through the program for what reviews of security look for, with the rules of securego/gosec. It is
// gosec's library and not its command, because the command brings three companies' language models to suggest mendings,
// and takes minutes to build.
//
//	go run ./tools/gosec
//
// A finding that is none is told so, with the reason, in tools/gosec/explained.tsv.
package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/securego/gosec/v2"
	"github.com/securego/gosec/v2/analyzers"
	"github.com/securego/gosec/v2/issue"
	"github.com/securego/gosec/v2/rules"
	"golang.org/x/tools/go/packages"
)

// left are rules for which something else of this house stands in.
var left = []string{
	"G104", // an error that is not looked at: staticcheck and review; most are the Close of what was read to its end
	"G115", // a number that may not fit: nearly all are a len() or a count of rows
}

func main() {
	told, err := readExplained("tools/gosec/explained.tsv")
	if err == nil {
		err = run(os.Stdout, told)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gosec:", err)
		os.Exit(1)
	}
}

// explained says of the findings of one rule in one file or folder why they are none.
type explained struct {
	rule, where, why string
	used             bool
}

func readExplained(name string) ([]*explained, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var list []*explained
	for n, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 3 || strings.TrimSpace(f[2]) == "" {
			return nil, fmt.Errorf("%s:%d is not rule, place and reason", name, n+1)
		}
		list = append(list, &explained{rule: f[0], where: f[1], why: f[2]})
	}
	return list, nil
}

// run writes the findings that nobody explained, and refuses when there are any, or explanations of nothing.
func run(w io.Writer, told []*explained) error {
	found, err := look()
	if err != nil {
		return err
	}
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	n := 0
	for _, f := range found {
		name, err := filepath.Rel(here, f.File)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(told, func(e *explained) bool { return e.rule == f.RuleID && covers(e.where, name) }); i >= 0 {
			told[i].used = true
			continue
		}
		n++
		fmt.Fprintf(w, "%s:%s: %s (%s)\n", name, f.Line, f.What, f.RuleID)
	}
	for _, e := range told {
		if !e.used && !strings.HasPrefix(e.rule, "G7") { // how far a flow is followed differs from run to run
			n++
			fmt.Fprintf(w, "%s in %s is explained and is not there any more: take the line out\n", e.rule, e.where)
		}
	}
	if n > 0 {
		return fmt.Errorf("%d findings", n)
	}
	fmt.Fprintf(w, "%d findings, each explained\n", len(found))
	return nil
}

func covers(where, name string) bool {
	return name == where || strings.HasSuffix(where, "/") && strings.HasPrefix(name, where)
}

// look is what gosec finds in the program and the tools; tests may do what they like.
func look() ([]*issue.Issue, error) {
	pkgs, err := packages.Load(&packages.Config{Mode: gosec.LoadMode}, "./...")
	if err != nil {
		return nil, err
	}
	a := gosec.NewAnalyzer(gosec.NewConfig(), false, true, false, 2, log.New(io.Discard, "", 0))
	a.LoadRules(rules.Generate(false, rules.NewRuleFilter(true, left...)).RulesInfo())
	a.LoadAnalyzers(analyzers.Generate(false, analyzers.NewAnalyzerFilter(true, left...)).AnalyzersInfo())
	for _, p := range pkgs {
		for _, e := range p.Errors {
			return nil, e
		}
		if len(p.Syntax) > 0 { // the rest holds only tests
			a.CheckRules(p)
			a.CheckAnalyzers(p)
		}
	}
	found, seen, faults := a.Report()
	if len(faults) > 0 {
		return nil, fmt.Errorf("it could not look at everything: %v", faults)
	}
	if seen.NumFiles < 50 {
		return nil, fmt.Errorf("only %d files: it looks at the wrong place", seen.NumFiles)
	}
	slices.SortFunc(found, func(a, b *issue.Issue) int { return strings.Compare(a.File+a.Line, b.File+b.Line) })
	return found, nil
}
