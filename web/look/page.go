// Package look is how Jishi looks: the frame of every page and the shapes that pages are made of.
// It knows neither matters nor bodies; pages hand it words, days and links.
package look

import (
	"maps"
	"net/url"
	"slices"

	"jishi/base/calendar"
	"jishi/base/words"
)

// A Page is what every page knows about its reader.
type Page struct {
	Lang   words.Lang
	Title  string       // of this page, already in the reader's language
	Site   string       // 基石 · 清河县
	Path   string       // where the reader is, to come back to after a change of language
	Large  bool         // 长辈版
	Desk   bool         // an officer's page: denser, with the rail
	Wide   bool         // a table needs the room
	Today  calendar.Day // of the reader's look
	Who    *Who         // the officer who is signed in
	Folk   bool         // a citizen is signed in
	Demo   bool         // a demonstration: says so on every page
	Rail   []Group      // the officer's rail
	Flash  string       // one sentence about what was just done
	Forget string       // drafts under this key were sent and need not be kept
	Token  string       // one-time token of the forms on this page
	Again  url.Values   // what brings this page back where its address alone does not; nil where it does

	Cited func(cite string) string // spells a citation in the reader's language; nil leaves it as it is
}

// Who is the person at the desk.
type Who struct{ Name, Post, Body string }

// A Group is a part of the rail.
type Group struct {
	Title string
	Links []Link
}

// A Link leads somewhere; Count is shown beside it when it is not negative.
type Link struct {
	Title, To string
	Count     int
	On        bool
}

// Say is the sentence in the reader's language.
func (p Page) Say(zh string, args ...any) string { return words.Say(p.Lang, zh, args...) }

// En reports whether the page is in English.
func (p Page) En() bool { return p.Lang == words.EN }

// Titled is the page under another title.
func (p Page) Titled(zh string, args ...any) Page {
	p.Title = p.Say(zh, args...)
	return p
}

// Either picks the text in the reader's language, the Chinese where there is no English.
func (p Page) Either(zh, en string) string {
	if p.En() && en != "" {
		return en
	}
	return zh
}

// Law is a citation in the reader's language: 信访工作条例第三十四条, or Regulations on Petition Work, art. 34.
func (p Page) Law(cite string) string {
	if cite == "" || !p.En() || p.Cited == nil {
		return cite
	}
	return p.Cited(cite)
}

// Cite is the citation in the brackets of the language.
func (p Page) Cite(cite string) string {
	switch {
	case cite == "":
		return ""
	case p.En():
		return " (" + p.Law(cite) + ")"
	}
	return "（" + cite + "）"
}

// Back is the page with what a change of language or of print sends again, so that nothing typed is lost over it: the
// form as it came, with what sets apart the page that is shown. Nothing is done a second time by it.
func (p Page) Back(sent url.Values, set ...string) Page {
	p.Again = maps.Clone(sent)
	if p.Again == nil {
		p.Again = url.Values{}
	}
	for i := 0; i+1 < len(set); i += 2 {
		p.Again.Set(set[i], set[i+1])
	}
	return p
}

func (p Page) class() string {
	c := ""
	if p.Desk {
		c = "desk"
	}
	if p.Large {
		c += " large"
	}
	return c
}

func (p Page) prefer(key, value string) string {
	q := url.Values{key: {value}, "back": {p.Path}}
	return "/prefer?" + q.Encode()
}

// anew is where the page is asked for again by what was sent, in another language or print.
func (p Page) anew(key, value string) string { return p.Path + "?" + url.Values{key: {value}}.Encode() }

// sent are the names of what is sent again, in a fixed order.
func (p Page) sent() []string { return slices.Sorted(maps.Keys(p.Again)) }

func (p Page) otherLang() (string, string) {
	if p.En() {
		return "zh-CN", "中文"
	}
	return "en", "English"
}
