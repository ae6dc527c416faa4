package roster

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"jishi/base/calendar"
	"jishi/base/sheet"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
)

// check goes through the rows and keeps what can be taken.
type check struct {
	*known
	today  calendar.Day
	good   []entry
	bodies map[string]org.Org      // of the good rows, by name
	people map[string]actor.Person // of the good rows, by login
	result Result
}

func (c *check) fault(row int, column, text string, args ...any) {
	c.result.Faults = append(c.result.Faults, Fault{Row: row, Column: column, Text: text, Args: args})
}

// line checks one row and tells all its faults at once.
func (c *check) line(ctx context.Context, l line) error {
	before := len(c.result.Faults)
	if l.hidden {
		c.fault(l.row, "", "这一行是隐藏行，没有导入：请取消隐藏或删除。")
		return nil
	}
	if l.merged != "" {
		c.fault(l.row, "", "这一行有合并单元格{cells}的空白部分，没有导入：请取消合并，逐行填写。", "cells", l.merged)
		return nil
	}
	for _, col := range columns {
		if s := l.cells[col.zh]; sheet.FormulaError(s) {
			c.fault(l.row, col.zh, "公式出错（{value}）：请改成内容。", "value", s)
			return nil
		}
		if s := l.cells[col.zh]; utf8.RuneCountInString(s) > mostInCell || !utf8.ValidString(s) || strings.ContainsFunc(s, unseen) {
			c.fault(l.row, col.zh, "内容过长，或含有不能显示的字符：请改正。")
			return nil
		}
	}
	e := entry{row: l.row}
	if err := c.body(ctx, l, &e); err != nil {
		return err
	}
	if c.hasPerson(l) {
		c.person(l, &e)
	}
	if len(c.result.Faults) == before {
		c.good = append(c.good, e)
		c.bodies[e.org.Name] = e.org
		if e.person.ID != "" {
			c.people[e.login] = e.person
		}
	}
	return nil
}

// unseen are control signs and those that turn the direction of writing, by which a name can look like another.
func unseen(r rune) bool {
	return r < ' ' || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200b
}

func (c *check) hasPerson(l line) bool {
	for _, col := range []string{"姓名", "登录名", "职务", "权限", "任职起", "任职止"} {
		if l.cells[col] != "" {
			return true
		}
	}
	return false
}

// body reads the columns of the body. What a row leaves empty is taken from an earlier row of the same body, or
// from what is stored.
func (c *check) body(ctx context.Context, l line, e *entry) error {
	title := l.cells["机构名称"]
	if title == "" {
		c.fault(l.row, "机构名称", "请写单位全称。")
		return nil
	}
	o, found := c.bodies[title] // as a row above wrote it
	if stored := c.byName[title]; !found && len(stored) > 1 {
		c.fault(l.row, "机构名称", "已有多个单位名为“{name}”，不能确定是哪一个。", "name", title)
	} else if !found && len(stored) == 1 {
		o = stored[0]
	}
	o.Name = title
	c.kind(l, &o, found)
	if err := c.division(ctx, l, &o, found); err != nil {
		return err
	}
	e.superior, e.reviewers = l.cells["上级机构"], split(l.cells["复查机关"])
	if e.superior == title {
		c.fault(l.row, "上级机构", "上级机构不能是本单位或其下属单位。")
	}
	for _, reviewer := range e.reviewers {
		if reviewer == title {
			c.fault(l.row, "复查机关", "复查机关不能是作出决定的单位自己。")
		}
	}
	if o.ID == "" {
		o.ID = name("o-", o.Name, o.Division)
	}
	e.org = o
	return nil
}

func (c *check) kind(l line, o *org.Org, found bool) {
	text := l.cells["机构类型"]
	if text == "" {
		if o.Kind == "" {
			c.fault(l.row, "机构类型", "请写机构类型，例如“政府部门”。")
		}
		return
	}
	kind := org.Kind(text)
	for _, k := range org.KindTitles {
		if k.Title == text {
			kind = k.Kind
		}
	}
	switch {
	case !kind.Valid():
		c.fault(l.row, "机构类型", "“{kind}”不是机构类型：请从列表中选择。", "kind", text)
	case found && o.Kind != kind:
		c.fault(l.row, "机构类型", "与上面同一单位的行不一致：请改成一样。")
	default:
		o.Kind = kind
	}
}

func (c *check) division(ctx context.Context, l line, o *org.Org, found bool) error {
	text := code(l.cells["区划代码"])
	if text == "" {
		if o.Division == "" {
			c.fault(l.row, "区划代码", "请写十二位区划代码。")
		}
		return nil
	}
	if division.KindOf(text) == "" {
		c.fault(l.row, "区划代码", "“{code}”不是十二位区划代码。", "code", l.cells["区划代码"])
		return nil
	}
	place, err := c.places.Get(ctx, text)
	if r, ok := words.AsRefusal(err); ok && r.Kind == words.NotFound {
		c.fault(l.row, "区划代码", "没有区划代码为“{code}”的地方。", "code", text)
		return nil
	}
	if err != nil {
		return fmt.Errorf("roster: row %d: %w", l.row, err)
	}
	if place.To != "" && place.To < c.today {
		return c.gone(ctx, l, place)
	}
	if found && o.Division != text {
		c.fault(l.row, "区划代码", "与上面同一单位的行不一致：请改成一样。")
	}
	if o.Division != text {
		o.Division, o.Level = text, org.LevelOf(text)
	}
	return nil
}

// gone tells of a place that was merged or has a new code what stands for it now, by its name.
func (c *check) gone(ctx context.Context, l line, was division.Division) error {
	now, err := c.places.Stands(ctx, was.Code, c.today)
	if err != nil {
		return err
	}
	c.fault(l.row, "区划代码", division.Gone, "name", was.Name, "day", string(was.To), "now", now.Name, "code", now.Code)
	return nil
}

// person reads the columns of the person and the post.
func (c *check) person(l line, e *entry) {
	p := actor.Person{Name: l.cells["姓名"]}
	if p.Name == "" || utf8.RuneCountInString(p.Name) > 50 {
		c.fault(l.row, "姓名", "请填写姓名，不超过五十字。")
	}
	e.login = actor.PlainLogin(l.cells["登录名"])
	if e.login == "" {
		c.fault(l.row, "登录名", "登录名为二至六十四个字母、数字、汉字或 . _ - @，请改正。")
		return
	}
	p.ID = name("s-", e.login)
	holder, stored := c.logins[e.login]
	e.fresh = !stored
	if above, ok := c.people[e.login]; ok {
		holder, stored = above, true
	}
	if stored && holder.Name != p.Name {
		c.fault(l.row, "登录名", "登录名“{login}”已属于“{name}”：请换一个登录名，或核对姓名。", "login", e.login, "name", holder.Name)
	}
	if stored {
		p.ID, p.Lang = holder.ID, holder.Lang
	}
	e.person = p
	c.post(l, e)
}

func (c *check) post(l line, e *entry) {
	post := actor.Post{Org: e.org.ID, Title: l.cells["职务"]}
	for _, text := range split(l.cells["权限"]) {
		power, ok := actor.PowerOf(text)
		if !ok {
			c.fault(l.row, "权限", "“{power}”不是权限：请从列表中选择。", "power", text)
		}
		post.Powers = append(post.Powers, power)
	}
	if len(post.Powers) == 0 {
		c.fault(l.row, "权限", "请至少选择一项权限。")
	}
	if actor.Conflict(post.Powers) {
		c.fault(l.row, "权限", "系统管理、安全管理、审计三项权限不能由同一岗位兼有。")
	}
	from, ok := sheet.Day(l.cells["任职起"])
	if !ok {
		c.fault(l.row, "任职起", "“{day}”不是日期：请写成 2026-01-31。", "day", l.cells["任职起"])
	}
	post.From = from
	if text := l.cells["任职止"]; text != "" {
		if post.To, ok = sheet.Day(text); !ok {
			c.fault(l.row, "任职止", "“{day}”不是日期：请写成 2026-01-31。", "day", text)
		} else if post.To < post.From {
			c.fault(l.row, "任职止", "止日早于起日：请核对日期。")
		}
	}
	post.ID = name("p-", e.person.ID, post.Org, post.Title, string(post.From))
	e.post = post
}

// split takes a list as people write it: 经办、登记 or 经办,登记 or 经办 登记.
func split(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("、，,；; 　", r) })
}
