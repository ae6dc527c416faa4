package procedure

import (
	"io/fs"
	"maps"
	"path"
	"slices"

	"jishi/base/calendar"
)

// Rates are the figures by which the bodies of one procedure are measured: rates/ID.yaml. They measure bodies,
// never a person. What is counted, what counts as met, and what is left out and why, all stands in the file; the
// program only counts.
type Rates struct {
	ID         string               `yaml:"id"`
	Title      string               `yaml:"title"`
	En         string               `yaml:"en"`
	Law        string               `yaml:"law"` // the statute that a bare 第…条 below means
	From       calendar.Day         `yaml:"from"`
	Procedure  string               `yaml:"procedure"`
	Body       string               `yaml:"body"`     // the relation whose body is measured
	Counts     []string             `yaml:"counts"`   // steps, each of which makes a case for whoever holds Body then
	Category   string               `yaml:"category"` // a choice that cases are told apart by; "" the class
	Asked      string               `yaml:"asked"`    // a choice: how the answer was asked for
	Public     bool                 `yaml:"public"`   // anyone may read the figures, though not the matters
	Least      int                  `yaml:"least"`    // what the public sees of fewer cases is only that they are fewer
	Order      []string             `yaml:"order"`    // of the rates
	Rates      map[string]Rate      `yaml:"rates"`
	Exclusions map[string]Exclusion `yaml:"exclusions"`
	Contest    *Contest             `yaml:"contest"`
	Weights    map[string]int       `yaml:"weights"` // of a composite; only a local profile sets them
	Cite       string               `yaml:"cite"`
	Grade      Grade                `yaml:"grade"`
	Note       string               `yaml:"note"`
	NoteEn     string               `yaml:"note-en"`
	WeightsBy  *Profile             `yaml:"-"` // the profile that set them
	Hash       string               `yaml:"-"`
}

// Rate is one share: of the cases for which Of is true, those for which Met is.
type Rate struct {
	Title   string   `yaml:"title"`
	En      string   `yaml:"en"`
	Formula string   `yaml:"formula"` // in words, for people
	FormEn  string   `yaml:"formula-en"`
	Body    string   `yaml:"body"`   // as in Rates, where it differs
	Counts  []string `yaml:"counts"` // as in Rates, where they differ
	Of      *Fact    `yaml:"of"`     // nil: every case
	Met     Fact     `yaml:"met"`
	Cite    string   `yaml:"cite"`
	Grade   Grade    `yaml:"grade"`
	Note    string   `yaml:"note"`
	NoteEn  string   `yaml:"note-en"`
}

// Fact is something that is or is not so of a case: a clock was stopped before its last day was over; a field was
// answered thus; a step was taken.
type Fact struct {
	Clock string   `yaml:"clock"`
	Field string   `yaml:"field"`
	In    []string `yaml:"in"` // answers; any answer where none are named
	On    []string `yaml:"on"` // the steps that stop the clock, in which it is answered, or that are taken; of a clock or a field any
}

// Exclusion is a reason for which a case is left out of the adjusted rate. The raw rate leaves nothing out.
type Exclusion struct {
	Title  string   `yaml:"title"`
	En     string   `yaml:"en"`
	On     []string `yaml:"on"`     // steps of the matter; only what was still undecided is left out by them
	Ground string   `yaml:"ground"` // the ground of an appeal that was upheld
	Rates  []string `yaml:"rates"`  // which rates; all where none are named
	Off    bool     `yaml:"off"`    // in a profile: this reason does not hold here
	Cite   string   `yaml:"cite"`
	Grade  Grade    `yaml:"grade"`
	Note   string   `yaml:"note"`
	NoteEn string   `yaml:"note-en"`
}

// Contest is how a body contests that a case counts against it: by a matter of its own that another body decides.
type Contest struct {
	Procedure string   `yaml:"procedure"`
	Link      string   `yaml:"link"`   // kind of the link from the appeal to the matter
	Body      string   `yaml:"body"`   // relation of the appeal: whose case it is
	Ground    string   `yaml:"ground"` // field of the appeal
	Upheld    []string `yaml:"upheld"` // states of the appeal
}

// RateOverlay is what a profile says of the rates: weights, and reasons of exclusion.
type RateOverlay struct {
	Weights    map[string]int       `yaml:"weights"`
	Exclusions map[string]Exclusion `yaml:"exclusions"`
	Cite       string               `yaml:"cite"`
	Grade      Grade                `yaml:"grade"`
}

// CountsOf are the steps that make a case for the rate.
func (s *Rates) CountsOf(rate string) []string {
	if own := s.Rates[rate].Counts; len(own) > 0 {
		return own
	}
	return s.Counts
}

// BodyOf is the relation whose body the rate measures.
func (s *Rates) BodyOf(rate string) string {
	if own := s.Rates[rate].Body; own != "" {
		return own
	}
	return s.Body
}

// RateIDs are the rates in the order in which people read them.
func (s *Rates) RateIDs() []string {
	if len(s.Order) > 0 {
		return s.Order
	}
	return keys(s.Rates)
}

// ExclusionIDs are the reasons in a fixed order.
func (s *Rates) ExclusionIDs() []string { return keys(s.Exclusions) }

// Spell spells a citation out: a bare 第…条 is of the rates' own law.
func (s *Rates) Spell(cite string) string { return (&Procedure{Law: s.Law}).Cite(cite) }

func (b *Book) readRates(files fs.FS) (faults Faults) {
	names, _ := fs.Glob(files, "rates/*.yaml")
	for _, name := range names {
		r := &Rates{}
		s, bad := decode(files, name, r)
		faults = append(faults, bad...)
		if s == nil {
			continue
		}
		r.Hash = hash(s.text)
		if path.Base(name) != r.ID+".yaml" {
			faults = append(faults, s.fault([]string{"id"}, "文件名与内容不符：文件应当叫 %s.yaml", r.ID))
		}
		b.rates[r.ID] = r
		b.sources["rates/"+r.ID] = s
	}
	return faults
}

// Rates are all rates as they stand in the profile, by id; profile "" is the national text.
func (b *Book) Rates(profile string) []*Rates {
	var list []*Rates
	for _, id := range keys(b.rates) {
		list = append(list, b.ratesIn(b.rates[id], profile))
	}
	return list
}

// ratesIn lays the profile's weights and reasons over the rates.
func (b *Book) ratesIn(r *Rates, profile string) *Rates {
	out := *r
	out.Exclusions = maps.Clone(r.Exclusions)
	for _, x := range b.chain(profile) {
		o, ok := x.Rates[r.ID]
		if !ok {
			continue
		}
		out.Hash = hash([]byte(out.Hash), b.sources["profiles/"+x.ID].text)
		if len(o.Weights) > 0 {
			out.Weights, out.WeightsBy = o.Weights, x
		}
		for id, e := range o.Exclusions {
			if out.Exclusions == nil {
				out.Exclusions = map[string]Exclusion{}
			}
			out.Exclusions[id] = e
			if e.Off {
				delete(out.Exclusions, id)
			}
		}
	}
	return &out
}

// Leaves reports whether the reason leaves cases out of the rate.
func (x Exclusion) Leaves(rate string) bool {
	return len(x.Rates) == 0 || slices.Contains(x.Rates, rate)
}
