package demo

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"jishi/people/division"
)

// Land is the county of the demonstration with what is above and inside it.
type Land struct {
	Province, City, County division.Division
	Towns                  []Town
}

// Town is a township, town or sub-district with its villages.
type Town struct {
	division.Division
	Villages []division.Division
}

// LandOf reads the county from the published tree, and its villages from the list embedded beside it.
// Zones that are no place of government (type codes 400 to 599) are left out.
func LandOf(county string) (Land, error) {
	tree := division.Embedded()
	path := tree.Path(county)
	if len(path) != 3 {
		return Land{}, fmt.Errorf("demo.LandOf %s: not a county", county)
	}
	land := Land{Province: path[0], City: path[1], County: path[2]}
	villages, err := villagesOf(county)
	if err != nil {
		return Land{}, fmt.Errorf("demo.LandOf %s: %w", county, err)
	}
	for _, d := range tree.Children(county) {
		if kind, _ := strconv.Atoi(d.Code[6:9]); kind >= 400 {
			continue
		}
		land.Towns = append(land.Towns, Town{Division: d, Villages: villages[d.Code[:9]]})
	}
	return land, nil
}

// villagesOf are the villages of the county by the first nine digits of their code.
func villagesOf(county string) (map[string][]division.Division, error) {
	rows, err := csv.NewReader(division.DemoVillages()).ReadAll()
	if err != nil {
		return nil, err
	}
	villages := map[string][]division.Division{}
	for _, row := range rows {
		if code := row[0]; strings.HasPrefix(code, division.Prefix(county)) && len(code) == 12 {
			villages[code[:9]] = append(villages[code[:9]], division.Division{Code: code, Name: row[1]})
		}
	}
	return villages, nil
}

// place is the code that a petition's "2/1" means here; indexes wrap, so that texts fit every county.
func (l Land) place(at string) (town int, code string) {
	t, v, _ := strings.Cut(at, "/")
	ti, _ := strconv.Atoi(t)
	vi, _ := strconv.Atoi(v)
	town = ti % len(l.Towns)
	if vs := l.Towns[town].Villages; len(vs) > 0 {
		return town, vs[vi%len(vs)].Code
	}
	return town, l.Towns[town].Code
}

// villageName is how people call it: "七星社区居委会" is 七星社区, "金不村村委会" is 金不村.
func villageName(full string) string {
	for _, tail := range []string{"居民委员会", "村民委员会", "居委会", "村委会"} {
		if s, ok := strings.CutSuffix(full, tail); ok {
			return s
		}
	}
	return full
}
