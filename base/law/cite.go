package law

import (
	"errors"
	"fmt"

	"jishi/base/calendar"
	"jishi/base/words"
)

// What may be wrong with a citation; ask with errors.Is.
var (
	ErrForm       = errors.New("law: not a citation like 信访工作条例第三十四条")
	ErrNoLaw      = errors.New("law: no such statute")
	ErrNotInForce = errors.New("law: not in force on that day")
	ErrNoArticle  = errors.New("law: no such article")
)

// Citation is an article as it stood on a day.
type Citation struct {
	Law     string // id
	Title   string
	TitleEn string
	Article string // as asked, in Chinese numerals: 第二十三条第三款
	Found   string // the entry that answered: Article itself, or what holds it
	Gist    string // Chinese, in our own words
	GistEn  string
	Grade   Grade
	Status  Status
	Verify  bool
	Note    string
}

// String is 信访工作条例第二十三条第三款, or the bare title of a statute cited as a whole.
func (c Citation) String() string { return c.Title + c.Article }

// Say is the citation in the reader's language: "Regulations on Petition Work, art. 23, para. 3".
func (c Citation) Say(l words.Lang) string {
	if l != words.EN {
		return c.String()
	}
	n, err := parseNumber(c.Article)
	if err != nil {
		return c.TitleEn
	}
	return c.TitleEn + ", " + n.english()
}

// GistIn is the gist in the reader's language.
func (c Citation) GistIn(l words.Lang) string {
	if l == words.EN {
		return c.GistEn
	}
	return c.Gist
}

// ParseCite parts 信访工作条例第三十四条, 《信访工作条例》第34条 or XF第三十四条 into the statute's title or id, and the
// article in Chinese numerals. A bare 第三十四条 has an empty law: the caller knows which one is meant.
// A statute cited as a whole must stand in its marks, 《信访事项简易办理办法》, and has an empty article.
func ParseCite(s string) (law, article string, err error) {
	if m := wholePattern.FindStringSubmatch(s); m != nil {
		return m[1], "", nil
	}
	m := citePattern.FindStringSubmatch(s)
	if m == nil {
		return "", "", fmt.Errorf("%w: %q", ErrForm, s)
	}
	n, err := parseNumber(m[3])
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrForm, err)
	}
	return m[1] + m[2], n.String(), nil
}

// Cite finds an article of the statute named by its id or title, as it stood on a day. Where the paragraph or
// item is not listed, what holds it answers, and Found says so. An empty article cites the statute as a whole,
// which only one with a gist of its own allows.
func (b *Library) Cite(law, article string, on calendar.Day) (Citation, error) {
	versions := b.byName[law]
	if len(versions) == 0 {
		return Citation{}, fmt.Errorf("%w: %q", ErrNoLaw, law)
	}
	l := inForce(versions, on)
	if l == nil {
		return Citation{}, fmt.Errorf("%w: %s on %s", ErrNotInForce, law, on)
	}
	if article == "" {
		if l.Gist == "" {
			return Citation{}, fmt.Errorf("%w: %s is cited by its articles", ErrNoArticle, l.Title)
		}
		return l.citation("", Article{Gist: l.Gist, En: l.GistEn, Grade: l.GistIs}), nil
	}
	n, err := parseNumber(article)
	if err != nil {
		return Citation{}, fmt.Errorf("%w: %w", ErrForm, err)
	}
	article = n.String()
	a, ok := l.find(article)
	if !ok {
		return Citation{}, fmt.Errorf("%w: %s%s", ErrNoArticle, l.Title, article)
	}
	return l.citation(article, a), nil
}

// Resolve is Cite of a whole citation, 信访工作条例第三十四条.
func (b *Library) Resolve(cite string, on calendar.Day) (Citation, error) {
	law, article, err := ParseCite(cite)
	if err != nil {
		return Citation{}, err
	}
	return b.Cite(law, article, on)
}

func inForce(versions []*Law, on calendar.Day) *Law {
	for _, l := range versions {
		if l.On(on) {
			return l
		}
	}
	return nil
}

// citation carries the doubts of the statute into each of its articles.
func (l *Law) citation(article string, a Article) Citation {
	c := Citation{
		Law: l.ID, Title: l.Title, TitleEn: l.En, Article: article, Found: a.N,
		Gist: a.Gist, GistEn: a.En, Grade: l.Grade, Status: l.Status,
		Verify: l.Verify || a.Verify, Note: l.Note,
	}
	if a.Grade != "" {
		c.Grade = a.Grade
	}
	if a.Note != "" {
		c.Note = a.Note
	}
	return c
}
