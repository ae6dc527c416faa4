package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"jishi/base/db"
	"jishi/base/words"
	"jishi/web/look"
)

// maxBody is the most bytes one request may bring: the largest attachments of one form and their
// envelope. Each attachment has its own, smaller limit.
const maxBody = 120 << 20

var errElsewhere = words.Refuse(words.Forbidden, "cross-site", "这张表是从别的网站发来的，没有接收。").Try("请从本站打开页面再提交。")

var errNoPage = words.Refuse(words.NotFound, "no-page", "没有这个页面，或者您不能查看它。").Try("请核对网址，或从首页重新进入。")

// panicked is a fault of ours that stopped one request.
type panicked struct{ what any }

func (p panicked) Error() string { return fmt.Sprintf("panic: %v", p.what) }

var titles = map[words.Kind]string{
	words.Invalid: "填写的内容有问题", words.SignIn: "请先登录", words.Forbidden: "您不能做这件事", words.NotFound: "没有找到",
	words.Stale: "这件事刚刚有了变化", words.Closed: "现在不能这样办", words.TooLarge: "内容太大", words.TooMany: "请稍等再试", words.Unavailable: "请稍后再试",
}

// fail decides what the visitor sees when a page could not be shown.
func (s *Server) fail(v *visit, err error) {
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		err = words.Refuse(words.TooLarge, "body-too-large", "一次提交的内容不能超过 {n} MB。", "n", maxBody>>20).Try("请减少附件，或分几次补充。")
	}
	if errors.Is(err, context.Canceled) && v.r.Context().Err() != nil {
		return // the reader has left; nobody waits for an answer
	}
	if errors.Is(err, db.ErrUnavailable) { // nobody's fault, and over in a moment: a restart, a fail-over, a full disk
		s.opt.Log.Warn("database unavailable", "ref", v.id, "path", pattern(v.r), "err", err.Error())
		v.w.Header().Set("Retry-After", "5")
		err = words.Refuse(words.Unavailable, "unavailable", "系统正忙，暂时无法办理。").Try("请过几秒再试。刚才提交的也许已经收到：请返回原来的页面再提交一次，同一张表单不会收两次。")
	}
	r, ok := words.AsRefusal(err)
	if !ok || r.Kind == words.Internal {
		s.broken(v, err)
		return
	}
	if r.Kind == words.SignIn {
		if v.r.Method != http.MethodPost {
			v.goTo(signInFor(v.r))
		} else if err := s.lapsed(v); err != nil {
			s.fail(v, err)
		}
		return
	}
	s.opt.Log.Info("refused", "ref", v.id, "code", r.Code, "path", pattern(v.r))
	back := local(v.r.URL.Path)
	if at, _, ok := strings.Cut(back, "/do/"); ok {
		back = at
	} else if v.r.Method == http.MethodGet {
		back = ""
	}
	p := v.page.Titled(titles[r.Kind])
	page := look.Refused(p, p.Say(r.What, r.Args...), r.Cite, p.Say(r.Way, r.Args...), back)
	if err := v.showAs(r.Kind.Status(), page); err != nil {
		s.broken(v, err)
	}
}

// broken is our own fault: it is logged under a number, and the visitor gets that number.
func (s *Server) broken(v *visit, err error) {
	args := []any{"ref", v.id, "method", v.r.Method, "path", pattern(v.r), "err", err.Error()}
	if errors.As(err, new(panicked)) {
		args = append(args, "stack", string(debug.Stack()))
	}
	s.opt.Log.Error("failed", args...)
	p := v.page.Titled("我们出了问题")
	if err := v.showAs(http.StatusInternalServerError, look.Failed(p, v.id)); err != nil {
		http.Error(v.w, v.id, http.StatusInternalServerError)
	}
}

// pattern is the route, not the address: an address may carry a number or a code.
func pattern(r *http.Request) string {
	if r.Pattern != "" {
		return r.Pattern
	}
	return "(none)"
}
