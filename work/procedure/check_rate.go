package procedure

import (
	"slices"
	"strings"
)

// rating is the proof of one set of rates.
type rating struct {
	b      *Book
	r      *Rates
	s      *source
	of     []*Procedure // the versions of the procedure that it measures
	faults Faults
}

// checkRates proves every set of rates, and what the profiles say of them.
func (b *Book) checkRates() (faults Faults) {
	for _, id := range keys(b.rates) {
		c := &rating{b: b, r: b.rates[id], s: b.sources["rates/"+id]}
		c.all()
		faults = append(faults, c.faults...)
	}
	for _, id := range keys(b.profiles) {
		faults = append(faults, b.checkRateOverlays(b.profiles[id])...)
	}
	return faults
}

func (c *rating) at(path ...string) func(text string, args ...any) {
	return func(text string, args ...any) { c.faults = append(c.faults, c.s.fault(path, text, args...)) }
}

func (c *rating) all() {
	r := c.r
	for _, p := range c.b.procedures {
		if p.ID == r.Procedure {
			c.of = append(c.of, p)
		}
	}
	c.founded(r.Title, r.En, r.Cite, r.Grade)
	if len(c.of) == 0 {
		c.at("procedure")("没有“%s”这个程序", r.Procedure)
		return
	}
	if len(r.Rates) == 0 {
		c.at("id")("没有写比率；请写 rates")
	}
	if r.Public && r.Least < 2 {
		c.at("public")("对外公布的要写 least（至少2）：件数太少的格子会说出是谁的事")
	}
	if len(r.Weights) > 0 {
		c.at("weights")("国家没有规定权重；权重只能写在地方规则（profiles）里")
	}
	c.choice(r.Category, "category")
	c.choice(r.Asked, "asked")
	for _, id := range r.Order {
		if _, ok := r.Rates[id]; !ok {
			c.at("order")("order 里的“%s”不在 rates 里", id)
		}
	}
	for _, id := range keys(r.Rates) {
		c.rate(id, r.Rates[id])
	}
	for _, id := range keys(r.Exclusions) {
		c.exclusion(r.Exclusions[id], "exclusions", id)
	}
	if r.Contest != nil {
		c.contest(r.Contest)
	}
}

// founded: a title in both languages, an article, and how well it is founded.
func (c *rating) founded(title, en, cite string, grade Grade, path ...string) {
	at := c.at(append(path, "title")...)
	if title == "" || en == "" {
		at("请写 title 和 en")
	}
	if cite == "" || !has([]string{"A", "B", "C", "D"}, string(grade)) {
		at("请写 cite 和 grade（A、B、C 或者 D；D 是本系统的设置，不是法律规定）")
		return
	}
	if why := c.b.citeFault(c.r.Spell(cite), c.r.From); why != "" {
		c.at(append(path, "cite")...)("%s", why)
	}
}

func (c *rating) rate(id string, x Rate) {
	here := []string{"rates", id}
	c.founded(x.Title, x.En, x.Cite, x.Grade, here...)
	if x.Formula == "" || x.FormEn == "" {
		c.at(here...)("请用文字写明分子和分母（formula 和 formula-en）")
	}
	if len(c.r.Order) > 0 && !has(c.r.Order, id) {
		c.at(here...)("没有排进 order，页面上会看不到")
	}
	c.body(c.r.BodyOf(id), here...)
	if len(c.r.CountsOf(id)) == 0 {
		c.at(here...)("没有写从哪一步计起；请写 counts")
	}
	c.steps(c.r.CountsOf(id), append(here, "counts")...)
	if x.Of != nil {
		c.fact(*x.Of, append(here, "of")...)
	}
	c.fact(x.Met, append(here, "met")...)
}

// body: rates measure bodies. A rate of a person, or of somebody who must not know of the matter, is refused.
func (c *rating) body(relation string, path ...string) {
	known := false
	for _, p := range c.of {
		r, ok := p.Relations[relation]
		known = known || ok
		if ok && r.Kind != "org" {
			c.at(path...)("只按单位计算比率，“%s”是个人；不给个人算分、排名", r.Title)
		}
		if ok && r.Denied {
			c.at(path...)("%s是不得知情的一方，不能按它统计", r.Title)
		}
	}
	if !known {
		c.at(path...)("没有“%s”这种关系；请在 body 里写由哪个单位负责", relation)
	}
}

func (c *rating) fact(f Fact, path ...string) {
	at := c.at(path...)
	if f.Clock == "" && f.Field == "" && len(f.On) == 0 || f.Clock != "" && f.Field != "" {
		at("要写一种事实：clock（期限）、field（栏目）或者 on（步骤）")
	}
	c.steps(f.On, append(path, "on")...)
	if f.Clock != "" && !slices.ContainsFunc(c.of, func(p *Procedure) bool { return p.Clocks[f.Clock].For == "office" }) {
		at("没有“%s”这个机关的期限", f.Clock)
	}
	if f.Field == "" {
		return
	}
	options := map[string]bool{}
	known := false
	for _, p := range c.of {
		field, ok := p.Fields[f.Field]
		known = known || ok
		for o := range field.Options {
			options[o] = true
		}
	}
	if !known {
		at("没有“%s”这个栏目", f.Field)
	}
	for _, o := range f.In {
		if known && len(options) > 0 && !options[o] {
			at("栏目“%s”里没有“%s”这个选项", f.Field, o)
		}
	}
}

// steps: each is known to at least one version.
func (c *rating) steps(list []string, path ...string) {
	for _, step := range list {
		if step != "open" && !slices.ContainsFunc(c.of, func(p *Procedure) bool { _, ok := p.Actions[step]; return ok }) {
			c.at(path...)("没有“%s”这一步", step)
		}
	}
}

func (c *rating) choice(field, key string) {
	if field != "" && !slices.ContainsFunc(c.of, func(p *Procedure) bool { return p.Fields[field].Type == "choice" }) {
		c.at(key)("没有“%s”这个选择题", field)
	}
}

func (c *rating) exclusion(x Exclusion, path ...string) {
	c.founded(x.Title, x.En, x.Cite, x.Grade, path...)
	if len(x.On) == 0 && x.Ground == "" {
		c.at(path...)("请写由哪一步（on）或者由申诉的哪种事由（ground）剔除")
	}
	c.steps(x.On, append(path, "on")...)
	for _, id := range x.Rates {
		if _, ok := c.r.Rates[id]; !ok {
			c.at(path...)("没有“%s”这个比率", id)
		}
	}
	if x.Ground == "" {
		return
	}
	known := c.r.Contest != nil && slices.ContainsFunc(c.b.procedures, func(p *Procedure) bool {
		_, ok := p.Fields[c.r.Contest.Ground].Options[x.Ground]
		return ok && p.ID == c.r.Contest.Procedure
	})
	if !known {
		c.at(path...)("申诉程序里没有“%s”这种事由", x.Ground)
	}
}

// contest: an appeal is a procedure of its own, tied to the matter, and the body that appeals does not decide.
func (c *rating) contest(x *Contest) {
	at := c.at("contest")
	found := false
	for _, p := range c.b.procedures {
		if p.ID != x.Procedure {
			continue
		}
		found = true
		if !slices.ContainsFunc(p.allEffects(), func(e Effect) bool { return e.Name == "link" && e.Arg == x.Link }) {
			at("“%s”没有以“%s”关联事项的一步", p.Title, x.Link)
		}
		if p.Relations[x.Body].Kind != "org" {
			at("“%s”里没有“%s”这个单位", p.Title, x.Body)
		}
		if p.Fields[x.Ground].Type != "choice" {
			at("“%s”的事由（%s）应当是选择题", p.Title, x.Ground)
		}
		for _, id := range x.Upheld {
			if !p.States[id].Final {
				at("“%s”里没有“%s”这个终结的状态", p.Title, id)
			}
		}
		for _, id := range keys(p.Actions) {
			a := p.Actions[id]
			own := slices.ContainsFunc(a.By, func(by string) bool { return strings.TrimPrefix(by, "head-of-") == x.Body })
			if has(x.Upheld, a.To) && own {
				at("申诉由另外的单位决定，“%s”不能由申诉单位来做", a.Title)
			}
		}
	}
	if !found {
		at("没有“%s”这个程序", x.Procedure)
	}
}

func (b *Book) checkRateOverlays(x *Profile) (faults Faults) {
	s := b.sources["profiles/"+x.ID]
	for _, id := range keys(x.Rates) {
		base, ok := b.rates[id]
		if !ok {
			faults = append(faults, s.fault([]string{"rates", id}, "没有“%s”这组比率", id))
			continue
		}
		o := x.Rates[id]
		for _, rate := range keys(o.Weights) {
			if _, ok := base.Rates[rate]; !ok || o.Weights[rate] < 1 {
				faults = append(faults, s.fault([]string{"rates", id, "weights", rate}, "权重要给已有的比率，写大于零的整数"))
			}
		}
		if len(o.Weights) > 0 && !has([]string{"A", "B", "C", "D"}, string(o.Grade)) {
			faults = append(faults, s.fault([]string{"rates", id}, "没有写权重依据的可靠程度；请写 grade"))
		}
		laid := b.ratesIn(base, x.ID)
		c := &rating{b: b, r: laid, s: s}
		for _, p := range b.procedures {
			if p.ID == laid.Procedure {
				c.of = append(c.of, p)
			}
		}
		for _, reason := range keys(o.Exclusions) {
			if !o.Exclusions[reason].Off {
				c.exclusion(o.Exclusions[reason], "rates", id, "exclusions", reason)
			}
		}
		faults = append(faults, c.faults...)
	}
	return faults
}
