package matter

import (
	"slices"

	"jishi/base/words"
	"jishi/people/actor"
	"jishi/work/procedure"
)

// initiates: the acting body and the post of whoever acts in it are among those that may bring such a matter in.
// What the program opens on nobody's step it opens in its own right.
func (e *Engine) initiates(p *procedure.Procedure, class, body string, press Press) error {
	who := press.who()
	if len(p.Open.Initiators) == 0 || who.Kind == actor.System {
		return nil
	}
	var needed []procedure.Initiator
	for _, i := range p.Open.Initiators {
		if !applies(i, class, press.With) {
			continue
		}
		if e.fits(i, who, body) {
			return nil
		}
		needed = append(needed, i)
	}
	if len(needed) == 0 { // nobody may, with these answers
		needed = p.Open.Initiators
	}
	return notAnInitiator(p, needed)
}

func notAnInitiator(p *procedure.Procedure, needed []procedure.Initiator) error {
	r := words.Refuse(words.Forbidden, "not-an-initiator", "“{action}”须由{who}来做。", "action", words.Two{ZH: p.Open.Title, EN: p.Open.En}, "who", initiators(needed)).Under(p.Cite(p.Open.Cite))
	if len(needed) > 0 {
		r = r.Under(p.Cite(needed[0].Cite))
	}
	return r
}

// MayInitiate refuses whoever is none of those that bring such matters in, whatever they would answer.
func (e *Engine) MayInitiate(a actor.Actor, p *procedure.Procedure) error {
	if len(p.Open.Initiators) == 0 || a.Kind == actor.System ||
		slices.ContainsFunc(p.Open.Initiators, func(i procedure.Initiator) bool { return e.fits(i, a, a.Acting) }) {
		return nil
	}
	return notAnInitiator(p, p.Open.Initiators)
}

func applies(i procedure.Initiator, class string, with map[string]string) bool {
	for field, answer := range i.Only {
		said := with[field]
		if field == "class" {
			said = class
		}
		if said != answer {
			return false
		}
	}
	return true
}

func (e *Engine) fits(i procedure.Initiator, a actor.Actor, body string) bool {
	o, ok := e.Offices.Tree().Get(body)
	return ok && slices.Contains(i.Kinds, string(o.Kind)) &&
		slices.ContainsFunc(i.Powers, func(power string) bool { return a.Has(body, actor.Power(power)) })
}

func initiators(list []procedure.Initiator) words.Two {
	var two words.Two
	for n, i := range list {
		if n > 0 {
			two.ZH, two.EN = two.ZH+"或者", two.EN+" or "
		}
		two.ZH, two.EN = two.ZH+i.Title, two.EN+i.En
	}
	return two
}
