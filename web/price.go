package web

import (
	"strconv"

	"jishi/base/words"
	"jishi/people/org"
	"jishi/web/look"
	"jishi/web/price"
)

// prices are the pages of what demands cost.
func (s *Server) prices() {
	s.page("GET /price", s.price)
	s.page("GET /price/form/{form}", s.priceForm)
	s.page("GET /price/cart", s.priceCart)
	s.page("GET /price/budget", s.budgetAsk)
	s.page("POST /price/budget", s.budgetSet)
	s.page("GET /saved", s.saved)
}

func (s *Server) price(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	p, err := s.desk.Price(v.r.Context(), who)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("要基层填表的账")
	v.page.Wide = true
	return v.show(price.Page(v.page, p))
}

func (s *Server) priceForm(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	o, err := s.desk.Demand(v.r.Context(), who, v.r.PathValue("form"))
	if err != nil {
		return err
	}
	v.page.Title = o.Title
	return v.show(price.Demand(v.page, o))
}

func (s *Server) priceCart(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	c, err := s.desk.CartOf(v.r.Context(), who)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("小马拉大车")
	v.page.Wide = true
	return v.show(price.Cart(v.page, c))
}

func (s *Server) departments(v *visit) []look.Option {
	var list []look.Option
	for _, o := range s.desk.Offices.Tree().All() {
		if o.Level == org.County && o.Kind != org.Government && o.Kind != org.PartyCommittee {
			list = append(list, look.Option{Value: o.ID, Title: v.page.Either(o.Name, o.En)})
		}
	}
	return list
}

func (s *Server) budgetAsk(v *visit) error {
	if _, err := s.staff(v); err != nil {
		return err
	}
	v.page = v.page.Titled("定一个部门的预算")
	return v.show(price.Budget(v.page, s.departments(v), look.Form{}))
}

func (s *Server) budgetSet(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("定一个部门的预算")
	if err = v.read(noFiles); err == nil {
		form := v.r.PostForm
		hours, bad := strconv.Atoi(form.Get("hours"))
		if bad != nil {
			hours = -1
		}
		err = s.desk.SetBudget(v.r.Context(), who, form.Get("department"), hours, form.Get("reason"))
	}
	if r, ok := words.AsRefusal(err); ok && r.Kind != words.Invalid && r.Kind != words.NotFound {
		return err
	}
	if err != nil {
		return v.again(err, func(f look.Form) page { return price.Budget(v.page, s.departments(v), f) })
	}
	v.flash("预算已经定下。")
	return v.goTo("/price")
}

// saved is the public page of the hours that asking once saves.
func (s *Server) saved(v *visit) error {
	h, err := s.desk.SavedHours(v.r.Context(), s.opt.Home)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("为基层省下的时间")
	return v.show(price.Saved(v.page, h))
}
