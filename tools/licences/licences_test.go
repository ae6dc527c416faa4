package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
)

// allowed are the licences under which the program may be handed on together with its own; tests and tools, which are not
// handed on, may besides stand under MPL-2.0.
var allowed = []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"}

// TestEachModuleStandsUnderALicenceWeMayUse: the table that the program carries is what the module cache says today, and
// nothing is built in whose licence we could not keep.
func TestEachModuleStandsUnderALicenceWeMayUse(t *testing.T) {
	list, err := modules("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 20 {
		t.Fatalf("only %d modules found: the test looks at the wrong place", len(list))
	}
	for _, m := range list {
		if why := refuse(m); why != "" {
			t.Errorf("%s: %s", m.path, why)
		}
	}
	was, err := os.ReadFile("../../cmd/jishi/licences.tsv")
	if err != nil {
		t.Fatal(err)
	}
	if now := table(list); !bytes.Equal(was, now) {
		t.Errorf("cmd/jishi/licences.tsv is not what the modules say: run go run ./tools/licences\n%s", now)
	}
}

func refuse(m module) string {
	if m.licence == "" {
		return "no licence that is known here: read it, and say in marks how it is known"
	}
	for _, kind := range strings.Split(m.licence, " AND ") {
		if !slices.Contains(allowed, kind) && !(kind == "MPL-2.0" && m.part == tests) {
			return "is under " + kind + ", under which the " + m.part + " may not stand"
		}
	}
	return ""
}

// TestALicenceThatWeMayNotUseIsRefused: the rule can fail.
func TestALicenceThatWeMayNotUseIsRefused(t *testing.T) {
	for _, text := range []string{"GNU GENERAL PUBLIC LICENSE\n  Version 3", "GNU AFFERO GENERAL\nPUBLIC LICENSE\n Version 3", "All rights reserved.", "Mozilla Public License Version 2.0"} {
		m := module{path: "example.org/x", part: program, licence: strings.Join(recognise(text), " AND ")}
		if refuse(m) == "" {
			t.Errorf("%q is taken for %q and allowed", text, m.licence)
		}
	}
}
