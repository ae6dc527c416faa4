// Package look is how Jishi looks: the frame of every page and the shapes that pages are made of.
// It knows neither matters nor bodies; pages hand it words, days and links.
package look

import (
	"net/url"

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

func (p Page) otherLang() (string, string) {
	if p.En() {
		return "zh-CN", "中文"
	}
	return "en", "English"
}
