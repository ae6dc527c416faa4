package web

import (
	"net/http"
	"strings"

	"jishi/base/ical"
	"jishi/base/words"
	"jishi/desk"
	"jishi/people/actor"
	"jishi/web/feed"
	"jishi/web/look"
)

// feedText is a calendar behind its secret address. The address is all that a calendar program has, so nobody is
// asked to sign in; a wrong one is not found.
func (s *Server) feedText(v *visit) error {
	secret, ok := strings.CutSuffix(v.r.PathValue("file"), ".ics")
	if !ok {
		return errNoPage
	}
	text, err := s.desk.CalendarFeed(v.r.Context(), secret, s.opt.Site, s.origin(v))
	if err != nil {
		return err
	}
	v.w.Header().Set("Cache-Control", "private, no-store")
	v.w.Header().Set("Content-Disposition", `inline; filename="jishi.ics"`)
	write(v, http.StatusOK, ical.Media, []byte(text))
	return nil
}

func (s *Server) officerFeed(v *visit) error {
	who, err := s.staff(v)
	if err != nil {
		return err
	}
	return s.feed(v, who, feed.View{At: "/calendar/mine", Officer: true})
}

func (s *Server) citizenFeed(v *visit) error {
	who, m, err := s.own(v)
	if err != nil {
		return err
	}
	return s.feed(v, who, feed.View{At: at("/p/", m.Number) + "/calendar", Back: at("/p/", m.Number)})
}

// feed shows the page of an address; pressed, it makes the address anew or ends it.
func (s *Server) feed(v *visit, who actor.Actor, view feed.View) error {
	v.page = v.page.Titled("把期限放进自己的日历")
	if v.r.Method == http.MethodPost {
		if err := v.read(noFiles); err != nil {
			return err
		}
		if v.r.PostForm.Get("end") == "yes" {
			if err := s.desk.EndFeed(v.r.Context(), who); err != nil {
				return err
			}
			v.flash("日历地址已经停用。")
			return v.goTo(view.At)
		}
		secret, err := s.desk.MakeFeed(v.r.Context(), who, desk.Box(v.r.PostForm.Get("box")))
		if r, ok := words.AsRefusal(err); ok {
			view.Form = look.Form{Values: v.r.PostForm, Refusal: r}
		} else if err != nil {
			return err
		} else {
			view.Address = s.origin(v) + "/ics/" + secret + ".ics"
		}
	}
	var err error
	if view.Feed, view.Has, err = s.desk.Feed(v.r.Context(), who); err != nil {
		return err
	}
	if view.Form.Refusal != nil {
		return v.showAs(view.Form.Refusal.Kind.Status(), feed.Page(v.page, view))
	}
	return v.show(feed.Page(v.page, view))
}
