// Package suggest is the public pages of calls and suggestions: what is asked, what came of it, and how to propose
// something. Nobody signs in for them.
package suggest

import (
	"jishi/desk"
	"jishi/web/look"
)

// A View is the first page: the calls that are open, and what became of earlier suggestions.
type View struct {
	Open, Ended []desk.PublicCall
	Changed     []desk.Idea // the latest that were carried out
	Ideas       []desk.Idea
	Outcome     string // of the ideas: one of desk.IdeaOutcomes, "" all
	Next        string // address of the next page, "" at the end
}

// A Call is one call with its public suggestions.
type Call struct {
	desk.PublicCall
	Ideas   []desk.Idea
	Next    string
	Officer string // address of all its answers, for an officer of the organ that called
}

// A Draft is a suggestion being written: where it goes, and what was said so far.
type Draft struct {
	Call  *desk.PublicCall
	Form  look.Form
	Asks  []look.Field
	Alike []desk.Idea
	Files []File
}

// A File is an attachment that has arrived.
type File struct{ Ref, Name, Size string }

// carried are the fields that a later step brings back unseen.
var carried = []string{"call", "title", "what", "wants", "suggestion-kind", "place", "body", "urgent", "join", "file"}

// word says what became of a suggestion, with a shape that needs no colour.
func word(p look.Page, x desk.Idea) (class, shape, text string) {
	switch x.Outcome {
	case "converted":
		return "ok", "●", p.Say("已经落实")
	case "adopted":
		return "ok", "◑", p.Say("已采纳")
	case "partly":
		return "ok", "◔", p.Say("部分采纳")
	case "no":
		return "off", "○", p.Say("没有采纳")
	case "reference":
		return "off", "○", p.Say("留作参考")
	case "not-carried-out":
		return "late", "■", p.Say("采纳后未能落实")
	}
	return "", "◌", p.Say("研究中")
}

// Word says what became of a suggestion, for those who see no page.
func Word(p look.Page, x desk.Idea) string {
	_, _, text := word(p, x)
	return text
}

// filters are the groups of outcomes with their words.
func filters(p look.Page) []look.Link {
	return []look.Link{{Title: p.Say("全部"), To: "/suggest"}, {Title: p.Say("已经落实"), To: "/suggest?outcome=converted"},
		{Title: p.Say("已采纳"), To: "/suggest?outcome=adopted"}, {Title: p.Say("没有采纳"), To: "/suggest?outcome=declined"},
		{Title: p.Say("研究中"), To: "/suggest?outcome=waiting"}}
}

// first is the beginning of a text, for a list.
func first(text string, most int) string {
	r := []rune(text)
	if len(r) <= most {
		return text
	}
	return string(r[:most]) + "……"
}

// left is how much time a call has.
func left(p look.Page, c desk.PublicCall) (class, text string) {
	switch n := c.Period.Left; {
	case n <= 0:
		return "soon", p.Say("今天截止")
	case n <= 3:
		return "soon", p.Say("还剩 {n} 天", "n", n)
	default:
		return "ok", p.Say("还剩 {n} 天", "n", n)
	}
}
