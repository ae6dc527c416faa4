package table

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/module/collect"
	"jishi/people/division"
)

// Need is one element that listed forms ask of a place, with the forms that ask it, the first one first.
type Need struct {
	Element collect.Element
	Period  string // in which it is asked now
	Forms   []Asker
}

// Asker is a form that needs an element.
type Asker struct {
	ID, Org, Title, Purpose string
	Kind                    string // what the overlap report said of the field: reuse, share, new
	N                       int    // number of the field
	Label                   string // what the form calls it
}

// For reports whether the form needs it.
func (n Need) For(form string) bool {
	return slices.ContainsFunc(n.Forms, func(a Asker) bool { return a.ID == form })
}

// Own is the element that a new field of a form is when no element of the catalogue was confirmed for it: what it
// collects is known under the form's name until somebody puts it into the catalogue.
func Own(form string, n int) string { return form + "#" + strconv.Itoa(n) }

// places above and including the place, by their codes: a form asked of any of them is asked here.
func chain(place string) []string {
	var codes []string
	for code := place; code != ""; code = division.ParentOf(code) {
		codes = append(codes, code)
	}
	return codes
}

const selectNeeds = `SELECT f.id, f.org, f.title, f.purpose, d.n, d.label, d.element, d.kind, d.type, d.unit, f.period
	FROM form f JOIN form_field d ON d.form = f.id WHERE f.state = 'listed' AND f.level = $1 AND f.place IN (`

// Needs are the elements that listed forms of the level ask of the place on the day, in the order in which the forms
// came on the list.
func Needs(ctx context.Context, r db.Reader, place, level string, day calendar.Day) ([]Need, error) {
	args := []any{level}
	codes := chain(place)
	for _, c := range codes {
		args = append(args, c)
	}
	var needs []Need
	at := map[string]int{}
	err := r.Each(ctx, selectNeeds+list(len(codes), 2)+`) ORDER BY f.listed_at, f.id, d.n`, args, func(scan func(...any) error) error {
		var a Asker
		var element, kind, unit, period string
		if err := scan(&a.ID, &a.Org, &a.Title, &a.Purpose, &a.N, &a.Label, &element, &a.Kind, &kind, &unit, &period); err != nil {
			return err
		}
		own := collect.Element{ID: element}
		if element == "" {
			own = OwnElement(a.ID, a.N, a.Label, kind, unit, period)
		}
		i, ok := at[own.ID]
		if !ok {
			i = len(needs)
			at[own.ID] = i
			needs = append(needs, Need{Element: own})
		}
		needs[i].Forms = append(needs[i].Forms, a)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("table.Needs %s: %w", place, err)
	}
	return withElements(ctx, r, needs, day)
}

// OwnElement is what a new field collects, as an element of the form's own.
func OwnElement(form string, n int, label, kind, unit, period string) collect.Element {
	e := collect.Element{ID: Own(form, n), Title: label, En: label, Type: kind, Unit: unit, Subject: "place", Sensitivity: "internal", Share: "free"}
	if period != "once" {
		e.Period = period
	}
	if e.Type == "" || e.Type == "code" {
		e.Type = "text"
	}
	return e
}

func withElements(ctx context.Context, r db.Reader, needs []Need, day calendar.Day) ([]Need, error) {
	var ids []string
	for _, n := range needs {
		if n.Element.Title == "" {
			ids = append(ids, n.Element.ID)
		}
	}
	known, err := Elements(ctx, r, ids, day)
	if err != nil {
		return nil, err
	}
	kept := needs[:0]
	for _, n := range needs {
		if n.Element.Title == "" {
			e, ok := known[n.Element.ID]
			if !ok {
				continue // it left the catalogue: nobody can be asked for it
			}
			n.Element = e
		}
		n.Period = PeriodOf(n.Element.Period, day)
		kept = append(kept, n)
	}
	return kept, nil
}

const elementColumns = `id, title, en, definition, type, codes, unit, period, subject, source, share, sensitivity, synonyms, theme, grade, from_day, to_day`

// Elements are those of the catalogue with the IDs, as they stand on the day.
func Elements(ctx context.Context, r db.Reader, ids []string, day calendar.Day) (map[string]collect.Element, error) {
	found := map[string]collect.Element{}
	for chunk := range slices.Chunk(ids, 500) {
		args := []any{string(day)}
		for _, id := range chunk {
			args = append(args, id)
		}
		err := r.Each(ctx, `SELECT `+elementColumns+` FROM element WHERE from_day <= $1 AND (to_day = '' OR to_day >= $1) AND id IN (`+
			list(len(chunk), 2)+`)`, args, func(scan func(...any) error) error {
			e, err := scanElement(scan)
			found[e.ID] = e
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("table.Elements: %w", err)
		}
	}
	return found, nil
}

func scanElement(scan func(...any) error) (collect.Element, error) {
	var e collect.Element
	var codes, synonyms string
	err := scan(&e.ID, &e.Title, &e.En, &e.Definition, &e.Type, &codes, &e.Unit, &e.Period, &e.Subject, &e.Source, &e.Share, &e.Sensitivity,
		&synonyms, &e.Theme, &e.Grade, &e.From, &e.To)
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal([]byte(or(codes, "[]")), &e.Codes); err != nil {
		return e, fmt.Errorf("element %s: %w", e.ID, err)
	}
	return e, json.Unmarshal([]byte(or(synonyms, "[]")), &e.Synonyms)
}

func or(text, otherwise string) string {
	if strings.TrimSpace(text) == "" {
		return otherwise
	}
	return text
}

// Additive reports whether values of the element may be added up over places. Numbers per head, ages and shares may not.
func Additive(e collect.Element) bool {
	return Numeric(e) && !Sensitive(e) && additive[e.Unit] && !strings.Contains(e.Title, "人均") && !strings.Contains(e.Title, "平均")
}

// additive are units of things that can be counted together.
var additive = func() map[string]bool {
	m := map[string]bool{}
	for _, u := range strings.Fields("人 户 名 个 人次 起 栋 项 册 具 亩 公顷 平方米 平方公里 米 公里 千米 元 万元 亿元 吨 公斤 千克 斤 度 头 只 羽 株 处 座 口 件 次 辆 台 套 间 张 份 场 条 支 盏 眼 宗 期 篇 幢 栋 家 所 艘 立方米 万立方米") {
		m[u] = true
	}
	return m
}()
