// Command controls takes each control of the threat model out of a copy of the tree, one at a time, and demands that the
// test which is named for it fails. A control whose test still passes is guarded by nothing.
//
//	go run ./tools/controls              all of them; about half an hour
//	go run ./tools/controls CSP forms    those with these words in their name
//
// The list is tools/controls/controls.tsv: name, file, text, what stands in its place, package, test. In a text "\n" is
// a new line and "\t" a tab.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

type control struct{ name, file, from, to, pkg, test string }

func main() {
	list, err := read("tools/controls/controls.tsv", os.Args[1:])
	if err == nil {
		err = takeOut(list)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "controls:", err)
		os.Exit(1)
	}
}

func read(name string, words []string) (list []control, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	plain := strings.NewReplacer(`\n`, "\n", `\t`, "\t")
	for n, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 6 {
			return nil, fmt.Errorf("%s:%d has %d fields, not 6", name, n+1, len(f))
		}
		c := control{f[0], f[1], plain.Replace(f[2]), plain.Replace(f[3]), f[4], f[5]}
		if len(words) == 0 || slices.ContainsFunc(words, func(w string) bool { return strings.Contains(c.name, w) }) {
			list = append(list, c)
		}
	}
	return list, nil
}

// takeOut works in a copy of what is committed, so that breaking it off leaves the tree as it was.
func takeOut(list []control) error {
	dir, err := os.MkdirTemp("", "controls-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if out, err := exec.Command("sh", "-c", `git archive HEAD | tar xf - -C "$0"`, dir).CombinedOutput(); err != nil {
		return fmt.Errorf("copy: %w\n%s", err, out)
	}
	unguarded := 0
	for _, c := range list {
		began := time.Now()
		failed, err := without(dir, c)
		verdict, why := "guarded  ", ""
		switch {
		case err != nil: // the row itself is wrong, which says as little; the others are looked at all the same
			verdict, why, unguarded = "WRONG ROW", ": "+err.Error(), unguarded+1
		case !failed:
			verdict, unguarded = "UNGUARDED", unguarded+1
		}
		fmt.Printf("%s  %s: without it %s %s (%s)%s\n", verdict, c.name, c.pkg, c.test, time.Since(began).Round(time.Second), why)
	}
	fmt.Printf("%d passed, %d failed\n", len(list)-unguarded, unguarded)
	if unguarded > 0 {
		return fmt.Errorf("%d of %d controls are guarded by nothing", unguarded, len(list))
	}
	return nil
}

// without reports whether the test fails when the control is taken out. That it does not compile is no failure of the
// test: then the list is wrong.
func without(dir string, c control) (failed bool, err error) {
	name := filepath.Join(dir, c.file)
	whole, err := os.ReadFile(name)
	if err != nil {
		return false, err
	}
	if n := bytes.Count(whole, []byte(c.from)); n != 1 {
		return false, fmt.Errorf("the text stands %d times in %s, not once", n, c.file)
	}
	if err := os.WriteFile(name, bytes.Replace(whole, []byte(c.from), []byte(c.to), 1), 0o600); err != nil {
		return false, err
	}
	defer os.WriteFile(name, whole, 0o600)
	build := exec.Command("go", "test", "-run", "^$", c.pkg)
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		return false, fmt.Errorf("without it %s does not build:\n%s", c.pkg, out)
	}
	test := exec.Command("go", "test", "-count=1", "-run", "^"+c.test+"$", c.pkg)
	test.Dir = dir
	out, err := test.CombinedOutput()
	if err == nil && bytes.Contains(out, []byte("no tests to run")) {
		return false, fmt.Errorf("there is no test %s in %s", c.test, c.pkg)
	}
	if bytes.Contains(out, []byte("panic: test timed out")) {
		return false, fmt.Errorf("%s did not end: it says nothing", c.test)
	}
	return err != nil, nil
}
