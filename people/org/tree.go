package org

import (
	"slices"
	"strings"
)

// Tree is all bodies at one moment, in memory and never changed: it may be shared and read without locks.
// A reload makes a new one.
type Tree struct {
	orgs     map[string]Org
	children map[string][]string
	order    []string // by division, then name
}

// NewTree builds a tree of the bodies. A parent that is not among them counts as none.
func NewTree(orgs []Org) *Tree {
	t := &Tree{orgs: make(map[string]Org, len(orgs)), children: map[string][]string{}}
	for _, o := range orgs {
		t.orgs[o.ID] = o
		t.order = append(t.order, o.ID)
	}
	slices.SortFunc(t.order, func(a, b string) int {
		x, y := t.orgs[a], t.orgs[b]
		if c := strings.Compare(x.Division, y.Division); c != 0 {
			return c
		}
		if c := strings.Compare(x.Name, y.Name); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	for _, id := range t.order {
		p := t.orgs[id].Parent
		t.children[p] = append(t.children[p], id)
	}
	return t
}

// Len is the number of bodies.
func (t *Tree) Len() int { return len(t.order) }

// Get is the body with the ID.
func (t *Tree) Get(id string) (Org, bool) { o, ok := t.orgs[id]; return o, ok }

// Name is the body's full name, or the ID itself for a body that is not known.
func (t *Tree) Name(id string) string {
	if o, ok := t.orgs[id]; ok {
		return o.Name
	}
	return id
}

// All are all bodies, by division and name.
func (t *Tree) All() []Org { return t.pick(t.order) }

// Children are the bodies directly beneath id.
func (t *Tree) Children(id string) []Org { return t.pick(t.children[id]) }

func (t *Tree) pick(ids []string) []Org {
	orgs := make([]Org, len(ids))
	for i, id := range ids {
		orgs[i] = t.orgs[id]
	}
	return orgs
}

// Descendants are the IDs of the body itself and of everything beneath it.
func (t *Tree) Descendants(id string) []string {
	if _, ok := t.orgs[id]; !ok {
		return nil
	}
	found, seen := []string{id}, map[string]bool{id: true}
	for i := 0; i < len(found); i++ {
		for _, c := range t.children[found[i]] {
			if !seen[c] {
				seen[c], found = true, append(found, c)
			}
		}
	}
	return found
}

// Above are the IDs of the body itself and of its administrative superiors, nearest first.
func (t *Tree) Above(id string) []string {
	var chain []string
	for o, ok := t.orgs[id]; ok && !slices.Contains(chain, o.ID); o, ok = t.orgs[o.Parent] {
		chain = append(chain, o.ID)
	}
	return chain
}

// Beneath reports whether a is b or lies beneath b. What is sealed from b is sealed from every such a.
func (t *Tree) Beneath(a, b string) bool { return b != "" && slices.Contains(t.Above(a), b) }

// CommonSuperior is the nearest body that is above both a and b and is neither of them
// (条例 第二十四条: 共同的上一级机关), "" when there is none.
func (t *Tree) CommonSuperior(a, b string) string {
	other := t.Above(b)
	for _, id := range t.Above(a) {
		if id != a && id != b && slices.Contains(other, id) {
			return id
		}
	}
	return ""
}

// In are the bodies whose division code begins with prefix, of the kind; an empty prefix or kind takes all.
func (t *Tree) In(prefix string, kind Kind) []Org {
	var orgs []Org
	for _, id := range t.order {
		o := t.orgs[id]
		if strings.HasPrefix(o.Division, prefix) && (kind == "" || o.Kind == kind) {
			orgs = append(orgs, o)
		}
	}
	return orgs
}

// Find are at most limit bodies in whose name, short name or English name the text stands, those whose name
// begins with it first.
func (t *Tree) Find(text string, limit int) []Org {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return nil
	}
	var first, rest []Org
	for _, id := range t.order {
		o := t.orgs[id]
		switch {
		case strings.HasPrefix(o.Name, text) || strings.HasPrefix(o.Short, text):
			first = append(first, o)
		case strings.Contains(o.Name, text) || strings.Contains(o.Short, text) || strings.Contains(strings.ToLower(o.En), text):
			rest = append(rest, o)
		}
	}
	found := append(first, rest...)
	return found[:min(max(limit, 0), len(found))]
}
