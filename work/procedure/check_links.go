package procedure

import (
	"slices"
)

// versions are the versions of a procedure that is not this one: a matter opens others, not its like.
func (c *checking) versions(id string) []*Procedure {
	var list []*Procedure
	for _, p := range c.b.procedures {
		if p.ID == id && id != c.p.ID {
			list = append(list, p)
		}
	}
	return list
}

// openers are the procedures whose matters open matters of this one.
func (c *checking) openers() []*Procedure {
	var list []*Procedure
	for _, p := range c.b.procedures {
		if slices.ContainsFunc(p.allEffects(), func(e Effect) bool { return e.Name == "open" && e.Arg == c.p.ID }) {
			list = append(list, p)
		}
	}
	return list
}

func (p *Procedure) allEffects() []Effect {
	list := slices.Clone(p.Open.Effects)
	for _, id := range keys(p.Actions) {
		list = append(list, p.Actions[id].Effects...)
	}
	return list
}

// opens: what the other procedure asks of an opening must be known here, it must take one from the program, and
// whoever may not know of this matter must be denied that one as well.
func (c *checking) opens(e Effect, fields []string, path ...string) {
	at := c.at(path...)
	others := c.versions(e.Arg)
	if len(others) == 0 {
		at("没有“%s”这个程序，不能由这一步引出", e.Arg)
		return
	}
	if e.Each != "" {
		c.mustAsk(e.Each, fields, at)
		if t := c.p.Fields[e.Each].Type; t != "org" {
			at("each 要写一个填机关的栏目，“%s”不是", e.Each)
		}
	}
	for _, p := range others {
		if !has(p.Open.By, "system") {
			at("“%s”由系统引出，但它的 open 的 by 里没有 system", p.Title)
		}
		if len(p.Open.Channels) > 0 && !has(p.Open.Channels, "system") {
			at("“%s”由系统引出，但它的 open 的 channels 里没有 system", p.Title)
		}
		if _, ok := p.Classes[e.Class]; e.Class != "" && !ok {
			at("“%s”里没有“%s”这一类事项", p.Title, e.Class)
		}
		if e.Submitters && (p.Submitter() == "" || c.p.Submitter() == "") {
			at("submitters 要求两个程序都写明由谁提出（relations 里写 submit: true）")
		}
		for _, f := range p.Open.Needs {
			if _, ok := c.p.Fields[f]; !ok && !(f == "target" && e.Each != "") && !(f == "class" && e.Class != "") {
				at("“%s”必须填“%s”，这个程序里没有这个栏目", p.Title, f)
			}
		}
		for _, r := range keys(c.p.Relations) {
			if c.p.Relations[r].Denied && c.sealedAmong(nil) && !p.Relations[r].Denied {
				at("“%s”里没有不得知情的一方“%s”；密封的事项会由此泄露", p.Title, r)
			}
		}
	}
}

// back: at least one procedure that opens such matters has the action, and lets the program take it.
func (c *checking) back(e Effect, path ...string) {
	if !slices.ContainsFunc(c.openers(), func(p *Procedure) bool { return has(p.Actions[e.Arg].By, "system") }) {
		c.at(path...)("引出这件事项的程序里没有系统可以做的“%s”；请在它的 by 里写 system", e.Arg)
	}
}

func (c *checking) tell(e Effect, path ...string) {
	others := c.versions(e.In)
	if len(others) == 0 {
		c.at(path...)("没有“%s”这个程序；请在 in 里写由这件事项引出的程序", e.In)
	}
	for _, p := range others {
		if !has(p.Actions[e.Arg].By, "system") {
			c.at(path...)("“%s”里没有系统可以做的“%s”；请在它的 by 里写 system", p.Title, e.Arg)
		}
	}
}
