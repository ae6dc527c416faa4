// Package law holds statutes as data: which article says what, from which day to which, and how surely
// we know it. It holds no statute's text: each article has one line in our own words.
package law

import (
	"jishi/base/calendar"
)

// Grade is how well a text is founded: A read in full, B in part, C second hand, D our own setting and not law.
type Grade string

// Status is what a statute is worth today.
type Status string

const (
	InForce    Status = "in-force"
	Historic   Status = "historic" // replaced; cited only for matters of its time
	Legacy     Status = "legacy"   // older than the national text it must agree with; its force is not confirmed
	Procedural Status = "working"  // a working rule of a department, below statute
)

// Law is one version of one statute.
type Law struct {
	ID       string       `yaml:"id"`     // our short key, "XF"
	Title    string       `yaml:"title"`  // the statute's own name, as it is cited
	En       string       `yaml:"en"`     // our English for the title
	Issuer   string       `yaml:"issuer"` // who issued it, in Chinese; "" where our source does not say
	Issued   calendar.Day `yaml:"issued"` // "" where our source does not say
	Number   string       `yaml:"number"` // the document's number, where it has one
	Region   string       `yaml:"region"` // division code of a local statute; "" for the whole country
	From     calendar.Day `yaml:"from"`   // first day in force
	To       calendar.Day `yaml:"to"`     // last day in force; "" while it is
	Status   Status       `yaml:"status"`
	Grade    Grade        `yaml:"grade"`
	Verify   bool         `yaml:"verify"` // to be confirmed against the official text before anyone relies on it
	Note     string       `yaml:"note"`   // what must be confirmed, or what a reader should know, in Chinese
	Gist     string       `yaml:"gist"`   // of the whole, where the article of what we know is not known
	GistEn   string       `yaml:"gist-en"`
	GistIs   Grade        `yaml:"gist-grade"` // how surely the gist of the whole is known; Grade when empty
	Articles []Article    `yaml:"articles"`
}

// Article is one article, paragraph or item, told in one line of our own.
type Article struct {
	N      string `yaml:"n"`    // 第二十三条第三款
	Gist   string `yaml:"gist"` // Chinese
	En     string `yaml:"en"`   // English
	Grade  Grade  `yaml:"grade"`
	Verify bool   `yaml:"verify"`
	Note   string `yaml:"note"`
}

// On reports whether the statute is in force on the day.
func (l *Law) On(day calendar.Day) bool {
	return l.From <= day && (l.To == "" || day <= l.To)
}

// find looks for the article as cited, then for its paragraph, then for the article alone.
func (l *Law) find(article string) (Article, bool) {
	for n := article; n != ""; n = parent(n) {
		for _, a := range l.Articles {
			if a.N == n {
				return a, true
			}
		}
	}
	return Article{}, false
}
