// Package actor knows who acts, through which post, and on whose behalf.
//
// A person acts for a body only through a post held on that day; the program itself and the citizen
// are actors too. An Actor is a value: whoever authorises receives it as an argument and asks it.
package actor

import (
	"slices"
	"strings"

	"jishi/base/calendar"
	"jishi/base/words"
)

// Kind says which sort of party acts.
type Kind string

const (
	Citizen   Kind = "citizen"   // signed in by matter number and query code, or by a one-time code
	Staff     Kind = "staff"     // signed in with an account; acts through posts
	System    Kind = "system"    // the program itself: clocks, imports
	Anonymous Kind = "anonymous" // nobody signed in
)

// Power is what a post may do in its body. What that means for one matter the relation decides.
type Power string

const (
	Handle     Power = "handle"     // 经办
	Head       Power = "head"       // 本机关负责人
	Register   Power = "register"   // 登记
	Supervise  Power = "supervise"  // 督办
	Lead       Power = "lead"       // 领导看板
	Discipline Power = "discipline" // 纪检承办
	Admin      Power = "admin"      // 系统管理
	Security   Power = "security"   // 安全管理
	Audit      Power = "audit"      // 审计
)

// PowerTitles are the powers in Chinese, as rosters write them and lists show them.
var PowerTitles = []struct {
	Power Power
	Title string
}{
	{Handle, "经办"}, {Head, "负责人"}, {Register, "登记"}, {Supervise, "督办"}, {Lead, "领导看板"},
	{Discipline, "纪检承办"}, {Admin, "系统管理"}, {Security, "安全管理"}, {Audit, "审计"},
}

// Title is the power in Chinese, "" when there is no such power.
func (p Power) Title() string {
	for _, t := range PowerTitles {
		if t.Power == p {
			return t.Title
		}
	}
	return ""
}

// PowerOf finds a power by its Chinese title or its slug.
func PowerOf(text string) (Power, bool) {
	for _, t := range PowerTitles {
		if text == t.Title || text == string(t.Power) {
			return t.Power, true
		}
	}
	return "", false
}

// Post is a place held in a body for a time. The zero To means still held.
type Post struct {
	ID       string
	Org      string
	Title    string // 职务
	Powers   []Power
	From, To calendar.Day // first and last day on which it is held
}

// On reports whether the post is held on the day.
func (p Post) On(day calendar.Day) bool {
	return p.From <= day && (p.To == "" || day <= p.To)
}

// Has reports whether the post carries the power.
func (p Post) Has(power Power) bool { return slices.Contains(p.Powers, power) }

// Actor is who acts. The zero value is nobody and may nothing.
type Actor struct {
	Kind    Kind
	ID      string // staff: the person's ID; system: the name of the part that acts
	Name    string
	Posts   []Post // those held on the day of acting, no others
	Acting  string // body of the post in use, "" when there is none
	Matter  string // the one matter a citizen with number and query code may see
	Person  string // the citizen's references in the vault, blanks between them: one for each filing
	Lang    words.Lang
	Scopes  []string // limits of the API token in use; nil is no limit
	Session string   // of staff with a session: its ID in the list of their devices
	Proof   string   // of staff with a session: how they proved who they are, see Proof…
}

// How somebody proved who they are.
const (
	ProofGiven    = "given"    // a password that an administrator gave, to be changed before anything else
	ProofPassword = "password" // a password alone
	ProofFactor   = "factor"   // a password and a second factor
	ProofProvider = "provider" // the office's identity provider, which has rules of its own
	ProofDemo     = "demo"     // the demonstration's page
)

// Persons are the citizen's references in the vault.
func (a Actor) Persons() []string { return strings.Fields(a.Person) }

// Nobody is an actor who has not signed in.
func Nobody(l words.Lang) Actor { return Actor{Kind: Anonymous, Lang: l} }

// Program is the program acting by itself; part names which of its parts ("clock").
func Program(part string) Actor {
	return Actor{Kind: System, ID: part, Name: "系统", Lang: words.ZH}
}

// Orgs are the bodies in which the actor holds a post, each once, in the order of the posts.
func (a Actor) Orgs() []string {
	var orgs []string
	for _, p := range a.Posts {
		if !slices.Contains(orgs, p.Org) {
			orgs = append(orgs, p.Org)
		}
	}
	return orgs
}

// In reports whether the actor holds a post in the body.
func (a Actor) In(org string) bool {
	return org != "" && slices.ContainsFunc(a.Posts, func(p Post) bool { return p.Org == org })
}

// Has reports whether a post of the actor in the body carries the power.
func (a Actor) Has(org string, power Power) bool {
	return org != "" && slices.ContainsFunc(a.Posts, func(p Post) bool { return p.Org == org && p.Has(power) })
}

// HasAny reports whether any post of the actor, in whatever body, carries the power.
func (a Actor) HasAny(power Power) bool {
	return slices.ContainsFunc(a.Posts, func(p Post) bool { return p.Has(power) })
}

// With are the bodies in which the actor has the power.
func (a Actor) With(power Power) []string {
	var orgs []string
	for _, p := range a.Posts {
		if p.Has(power) && !slices.Contains(orgs, p.Org) {
			orgs = append(orgs, p.Org)
		}
	}
	return orgs
}

// Powers are the powers of the posts in the body in use, each once.
func (a Actor) Powers() []Power {
	var powers []Power
	for _, p := range a.Posts {
		for _, power := range p.Powers {
			if p.Org == a.Acting && !slices.Contains(powers, power) {
				powers = append(powers, power)
			}
		}
	}
	return powers
}

// For is the actor using the post in org; ok is false when there is no such post.
func (a Actor) For(org string) (acting Actor, ok bool) {
	if !a.In(org) {
		return a, false
	}
	a.Acting = org
	return a, true
}

// Allows reports whether the actor's token, if a token is used, covers the scope.
func (a Actor) Allows(scope string) bool {
	return a.Scopes == nil || slices.Contains(a.Scopes, scope)
}

// SignedIn reports whether we know who acts.
func (a Actor) SignedIn() bool { return a.Kind == Citizen || a.Kind == Staff || a.Kind == System }
