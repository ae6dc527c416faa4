package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"jishi/base/db"
	"jishi/base/words"
)

// Problem is how the interface refuses: a document after RFC 9457 in the reader's language.
type Problem struct {
	Type      string  `json:"type" doc:"Stable path of this kind of refusal; GET it for an explanation" example:"/problems/limit-passed"`
	Title     string  `json:"title" doc:"The kind of refusal in words"`
	Status    int     `json:"status" doc:"HTTP status"`
	Detail    string  `json:"detail,omitempty" doc:"What cannot be done this time, and why"`
	Cite      string  `json:"cite,omitempty" doc:"The article it rests on"`
	Way       string  `json:"way,omitempty" doc:"What can be done now"`
	Errors    []Wrong `json:"errors,omitempty" doc:"What is wrong with single values"`
	Reference string  `json:"reference,omitempty" doc:"Number of a fault of ours, under which it was logged"`

	headers http.Header
}

// Wrong is one value that cannot be taken.
type Wrong struct {
	Pointer   string `json:"pointer,omitempty" doc:"JSON pointer into the body that was sent" example:"#/with/reason"`
	Parameter string `json:"parameter,omitempty" doc:"Or where it stands outside the body" example:"query:limit"`
	Detail    string `json:"detail" doc:"What is wrong, and what to write instead"`
}

func (p *Problem) Error() string           { return p.Type + ": " + p.Detail }
func (p *Problem) GetStatus() int          { return p.Status }
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType is asked by huma for the media type of an error.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// protocol is a refusal of the protocol itself, with the status that the protocol has for it.
type protocol struct {
	*words.Refusal
	status int
}

func (p protocol) Unwrap() error { return p.Refusal }

func refuse(status int, code, what string, args ...any) protocol {
	return protocol{words.Refuse(words.Invalid, code, what, args...), status}
}

// try says what to do instead.
func (p protocol) try(way string) protocol { p.Refusal.Try(way); return p }

// asked is what of a request decides how its refusal looks.
type asked struct {
	lang        words.Lang
	conditional bool                      // it carried If-Match
	pointer     func(field string) string // where a form's field stands in the body
}

// problem is the document for an error. What is no refusal is logged under a reference and told as that only.
func (s *server) problem(ctx context.Context, a asked, err error) *Problem {
	var ready *Problem
	if errors.As(err, &ready) {
		return ready
	}
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		err = refuse(http.StatusRequestEntityTooLarge, "body-too-large", "一次最多发送{n}字节。", "n", big.Limit)
	}
	if errors.Is(err, db.ErrUnavailable) {
		s.opt.Log.WarnContext(ctx, "database unavailable", "error", err.Error())
		err = words.Refuse(words.Unavailable, "unavailable", "系统正忙，暂时无法办理。").Try("这一次也许已经办成，也许没有：请稍后用同一个幂等键再试，不会办两次。")
	}
	r, ok := words.AsRefusal(err)
	if !ok || r.Kind == words.Internal {
		return s.internal(ctx, a.lang, err)
	}
	status := r.Kind.Status()
	if r.Kind == words.Stale && a.conditional {
		status = http.StatusPreconditionFailed
	}
	var told protocol
	if errors.As(err, &told) {
		status = told.status
	}
	p := document(a.lang, status, r)
	for _, f := range r.Fields {
		where := "#/with/" + f.Field
		if a.pointer != nil {
			where = a.pointer(f.Field)
		}
		p.Errors = append(p.Errors, Wrong{Pointer: where, Detail: words.Say(a.lang, f.Text, f.Args...)})
	}
	var at pointed
	if errors.As(err, &at) {
		p.Errors = append(p.Errors, at.wrong(p.Detail))
	}
	return p
}

func document(l words.Lang, status int, r *words.Refusal) *Problem {
	p := &Problem{Type: "/problems/" + r.Code, Title: words.Say(l, titleOf(r.Code, status)), Status: status,
		Detail: words.Say(l, r.What, r.Args...), Cite: r.Cite, Way: words.Say(l, r.Way, r.Args...), headers: http.Header{}}
	p.headers.Set("Content-Language", string(l))
	switch status {
	case http.StatusUnauthorized:
		p.headers.Set("WWW-Authenticate", `Bearer realm="jishi"`)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		p.headers.Set("Retry-After", retryAfter(r))
	}
	return p
}

// retryAfter is in seconds: what the refusal says under "seconds" or "minutes", else one minute.
func retryAfter(r *words.Refusal) string {
	for i := 0; i+1 < len(r.Args); i += 2 {
		n, err := strconv.Atoi(fmt.Sprint(r.Args[i+1]))
		switch {
		case err != nil:
		case r.Args[i] == "seconds":
			return strconv.Itoa(n)
		case r.Args[i] == "minutes":
			return strconv.Itoa(60 * n)
		}
	}
	return "60"
}

// internal is a fault of ours: nothing of its text leaves.
func (s *server) internal(ctx context.Context, l words.Lang, err error) *Problem {
	ref := rand.Text()[:10]
	s.opt.Log.ErrorContext(ctx, "internal error", "reference", ref, "error", err.Error())
	p := document(l, http.StatusInternalServerError, words.Refuse(words.Internal, "internal", "我们这边出了错，编号{ref}。", "ref", ref).
		Try("请稍后用同一个幂等键再试，不会办两次；仍然不行的，请把编号告诉管理员。"))
	p.Reference = ref
	return p
}

// huma tells faults by texts that are fixed when the schemas are made. Ours are the Chinese key with its values
// behind it, so that the answer can be said in the language of each request.
func init() {
	validation.MsgUnexpectedProperty = "没有这一项，请删去或核对拼写。"
	validation.MsgExpectedRequiredProperty = "缺少“{a}”这一项。\x1f%s"
	validation.MsgExpectedBoolean = "要写成 true 或 false。"
	validation.MsgExpectedInteger = "要写成整数。"
	validation.MsgExpectedNumber = "要写成数字。"
	validation.MsgExpectedString = "要写成字符串。"
	validation.MsgExpectedArray = "要写成数组。"
	validation.MsgExpectedObject = "要写成对象。"
	validation.MsgExpectedOneOf = "只能是其中之一：{a}\x1f%s"
	validation.MsgExpectedMinLength = "至少要有{a}个字符。\x1f%d"
	validation.MsgExpectedMaxLength = "最多{a}个字符。\x1f%d"
	validation.MsgExpectedMinimumNumber = "不能小于{a}。\x1f%v"
	validation.MsgExpectedMaximumNumber = "不能大于{a}。\x1f%v"
	validation.MsgExpectedMaxItems = "最多{a}项。\x1f%d"
	validation.MsgExpectedMinItems = "至少{a}项。\x1f%d"
	validation.MsgExpectedRFC3339DateTime = "要写成带时区的时间，例如 2026-01-31T09:30:00+08:00。"
	validation.MsgExpectedRFC3339Date = "要写成年-月-日，例如 2026-12-10。"
	validation.MsgExpectedMatchPattern = "写法不对，应当符合 {a}\x1f%s"
	validation.MsgExpectedBePattern = validation.MsgExpectedMatchPattern
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return fromHuma(words.ZH, status, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		l := words.ZH
		if ctx != nil {
			l = languageOf(ctx.Header("Accept-Language"))
			ctx.SetHeader("Content-Language", string(l))
		}
		return fromHuma(l, status, errs)
	}
}

// fromHuma makes the problem of what huma found wrong with the shape of a request.
func fromHuma(l words.Lang, status int, errs []error) *Problem {
	for _, err := range errs {
		var ready *Problem
		if errors.As(err, &ready) {
			return ready
		}
	}
	p := document(l, status, words.Refuse(words.Invalid, "shape", "发来的内容不符合接口的约定。").Try("请按 /api/v1/openapi.json 核对。"))
	if status == http.StatusNotAcceptable {
		p = document(l, status, words.Refuse(words.Invalid, "not-acceptable", "接口只以 JSON 回答。"))
	}
	for _, err := range errs {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			p.Errors = append(p.Errors, wrong(l, d.ErrorDetail()))
		}
	}
	return p
}

func wrong(l words.Lang, d *huma.ErrorDetail) Wrong {
	text, value, _ := strings.Cut(d.Message, "\x1f")
	if !words.Known(text) {
		text = "这个值不能用。"
	}
	w := Wrong{Detail: words.Say(l, text, "a", value)}
	place, rest, _ := strings.Cut(d.Location, ".")
	if place == "body" || strings.HasPrefix(d.Location, "body") {
		w.Pointer = "#" + pointer(strings.TrimPrefix(d.Location, "body"))
	} else {
		w.Parameter = place + ":" + rest
	}
	return w
}

// pointer turns "body.others[0].name" without its "body" into /others/0/name.
func pointer(path string) string {
	path = strings.NewReplacer("~", "~0", "/", "~1", ".", "/", "[", "/", "]", "").Replace(path)
	if path != "" && !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return path
}
