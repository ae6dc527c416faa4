// Command licences reads under which licence each module stands that the program, its tests and its tools are built from,
// out of the module cache.
//
//	go run ./tools/licences          writes cmd/jishi/licences.tsv, which the program carries in itself
//	go run ./tools/licences -text    prints the licences themselves: whoever hands the program on must hand them on too
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// targets are the systems for which a release is built: each may bring modules of its own.
var targets = []string{"linux", "windows", "darwin"}

// Program and Tests say of what a module is a part.
const (
	program = "program"
	tests   = "tests"
)

type module struct {
	path, part, dir string
	licence         string // SPDX; " AND " between several
	texts           []string
}

func main() {
	text := flag.Bool("text", false, "print the licences of what the program is built from")
	flag.Parse()
	list, err := modules(".")
	if err == nil && *text {
		err = printTexts(list)
	} else if err == nil {
		err = os.WriteFile("cmd/jishi/licences.tsv", table(list), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

// modules are those of which a package is really compiled; what only stands in go.sum is not among them.
func modules(root string) ([]module, error) {
	found := map[string]module{}
	take := func(part, system string, args ...string) error {
		const line = `{{with .Module}}{{if not .Main}}{{.Path}}{{"\t"}}{{.Dir}}{{end}}{{end}}`
		cmd := exec.Command("go", append([]string{"list", "-deps", "-f", line}, args...)...)
		cmd.Dir, cmd.Env = root, append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		var said bytes.Buffer
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("go list for %s: %w\n%s", system, err, said.String())
		}
		for l := range strings.Lines(string(out)) {
			path, dir, ok := strings.Cut(strings.TrimSpace(l), "\t")
			if _, known := found[path]; ok && !known {
				found[path] = module{path: path, dir: dir, part: part}
			}
		}
		return nil
	}
	for _, system := range targets {
		if err := take(program, system, "./cmd/jishi"); err != nil {
			return nil, err
		}
	}
	if err := take(tests, targets[0], "-test", "./...", "tool"); err != nil {
		return nil, err
	}
	var list []module
	for _, m := range found {
		if err := m.read(); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b module) int { return strings.Compare(a.path, b.path) })
	return list, nil
}

// licenceFile is what the file with the licence is called; LICENSE-LOGO and its like speak of parts.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying)(\.txt|\.md)?$`)

func (m *module) read() error {
	files, err := os.ReadDir(m.dir)
	if err != nil {
		return fmt.Errorf("%s: %w", m.path, err)
	}
	var kinds []string
	for _, f := range files {
		upper := strings.ToUpper(f.Name())
		own := licenceFile.MatchString(f.Name())
		if f.IsDir() || !own && !strings.HasPrefix(upper, "NOTICE") && !strings.HasPrefix(upper, "LICENSE") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.dir, f.Name()))
		if err != nil {
			return fmt.Errorf("%s: %w", m.path, err)
		}
		m.texts = append(m.texts, string(text))
		if own {
			kinds = append(kinds, recognise(string(text))...)
		}
	}
	slices.Sort(kinds)
	m.licence = strings.Join(slices.Compact(kinds), " AND ")
	return nil
}

// marks are sentences by which a licence is known, as its own text has them; "Version" tells the GPL from a licence that
// only speaks of it.
var marks = []struct{ licence, sentence string }{
	{"Apache-2.0", "Apache License, Version 2.0"},
	{"Apache-2.0", "Apache License Version 2.0, January 2004"},
	{"MPL-2.0", "Mozilla Public License Version 2.0"},
	{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy"},
	{"ISC", "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee"},
	{"ISC", "Permission to use, copy, modify, and distribute this software for any purpose with or without fee"},
	{"GPL", "GNU GENERAL PUBLIC LICENSE Version"},
	{"LGPL", "GNU LESSER GENERAL PUBLIC LICENSE Version"},
	{"AGPL", "GNU AFFERO GENERAL PUBLIC LICENSE Version"},
}

func recognise(text string) (kinds []string) {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	has := func(s string) bool { return strings.Contains(text, strings.ToLower(s)) }
	for _, m := range marks {
		if has(m.sentence) {
			kinds = append(kinds, m.licence)
		}
	}
	switch {
	case !has("Redistribution and use in source and binary forms"):
	case has("Neither the name") || has("may not be used to endorse or promote"):
		kinds = append(kinds, "BSD-3-Clause")
	default:
		kinds = append(kinds, "BSD-2-Clause")
	}
	return kinds
}

func table(list []module) []byte {
	b := []byte("# Made by go run ./tools/licences: each module, its licence (SPDX), and whether the program is built from it or only tests and tools.\n")
	for _, m := range list {
		b = fmt.Appendf(b, "%s\t%s\t%s\n", m.path, m.licence, m.part)
	}
	return b
}

func printTexts(list []module) error {
	for _, m := range list {
		if m.part != program {
			continue
		}
		if _, err := fmt.Printf("%s\n%s (%s)\n\n%s\n\n", strings.Repeat("=", 80), m.path, m.licence, strings.Join(m.texts, "\n\n")); err != nil {
			return err
		}
	}
	return nil
}
