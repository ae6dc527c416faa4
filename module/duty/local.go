package duty

import (
	"fmt"
	"io/fs"
	"strings"

	"go.yaml.in/yaml/v3"

	"jishi/people/division"
)

// Referral says who holds what a village need not certify, and what a resident shows instead.
type Referral struct {
	Holder   string `yaml:"holder"`
	HolderEn string `yaml:"holder-en"`
	Show     string `yaml:"show"`
	ShowEn   string `yaml:"show-en"`
}

// Cap is how many plaques a place lets a village show, by the text of that place.
type Cap struct {
	Region  string `yaml:"region"`
	Outside int    `yaml:"outside"`
	Inside  int    `yaml:"inside"`
	Cite    string `yaml:"cite"`
	Grade   string `yaml:"grade"`
}

// Local is what rules/lists holds: it can be read and changed without reading Go.
type Local struct {
	Referrals map[string]Referral // by the class of the certificate
	Grade     string              // of the referrals
	Caps      []Cap
}

// LoadLocal reads rules/lists strictly.
func LoadLocal(files fs.FS) (Local, error) {
	var c struct {
		Grade     string              `yaml:"grade"`
		Referrals map[string]Referral `yaml:"referrals"`
	}
	var p struct {
		Places []Cap `yaml:"places"`
	}
	for name, into := range map[string]any{"lists/certificates.yaml": &c, "lists/plaques.yaml": &p} {
		f, err := files.Open(name)
		if err != nil {
			return Local{}, fmt.Errorf("duty.LoadLocal: %w", err)
		}
		dec := yaml.NewDecoder(f)
		dec.KnownFields(true)
		err = dec.Decode(into)
		f.Close()
		if err != nil {
			return Local{}, fmt.Errorf("duty.LoadLocal %s: %w", name, err)
		}
	}
	return Local{Referrals: c.Referrals, Grade: c.Grade, Caps: p.Places}, nil
}

// Cap is the one that holds for the place; ok is false where no text gives a number, and then none is invented.
func (l Local) Cap(place string) (c Cap, ok bool) {
	for _, x := range l.Caps {
		if strings.HasPrefix(place, division.Prefix(x.Region)) && len(division.Prefix(x.Region)) >= len(division.Prefix(c.Region)) {
			c, ok = x, true
		}
	}
	return c, ok
}

// Over are the spots at which more plaques hang than the cap allows.
func (c Cap) Over(list []Tally) (over []Tally) {
	for _, t := range list {
		if t.Kind == "plaque" && (t.Spot == "outside" && t.N > c.Outside || t.Spot == "inside" && t.N > c.Inside) {
			over = append(over, t)
		}
	}
	return over
}
