package open311

import (
	"context"
	"crypto/rand"
	"errors"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"jishi/base/vault"
	"jishi/base/words"
	"jishi/desk"
)

const longest = 4000 // characters of a description, as GeoReport says

func isText(s string) bool {
	return utf8.ValidString(s) && strings.Map(textOnly, s) == s
}

func textOnly(c rune) rune {
	if unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t' || c >= '\u202a' && c <= '\u202e' || c >= '\u2066' && c <= '\u2069' || c == '\u200e' || c == '\u200f' {
		return -1
	}
	return c
}

// report takes a report in: POST requests.
func (d *door) report(ctx context.Context, v *visit, _ string) (answer, error) {
	who, err := d.client(ctx, v)
	if err != nil {
		return nil, err
	}
	s, noService := d.service(v.Form.Get("service_code"))
	where, noPlace := location(v.Form)
	f, o, unfit := d.filing(s, v.Form, where)
	if err := together(noService, noPlace, unfit); err != nil {
		return nil, err
	}
	if v.test {
		notice := words.Say(v.lang, "这是测试入口：内容已经核对，没有提交。")
		return Filed{List: []Given{{Token: "test-" + rand.Text(), Notice: notice}}}, nil
	}
	if id := first(v.Form, "attribute[external_id]", "attribute[fixmystreet_id]"); id != "" {
		f.Token = "open311:" + fingerprint(who.ID, id) // the client's own number makes a repeat harmless
	}
	r, err := d.desk.FileOpen311(ctx, who, f, o)
	if err != nil {
		return nil, err
	}
	notice := words.Say(v.lang, "编号{number}，查询码{code}，请转告提出人：可以凭它们查看进展、补充和评价。", "number", r.Number, "code", r.Code)
	return Filed{List: []Given{{ID: r.Number, Notice: notice}}}, nil
}

// together is all that is wrong with a report, so that its client need not find it out one by one: the status is that of
// the first.
func together(errs ...error) error {
	var all *told
	for _, err := range errs {
		var t told
		switch {
		case err == nil:
		case !errors.As(err, &t):
			return err
		case all == nil:
			all = &t
		default:
			all.At("", t.What, t.Args...)
		}
	}
	if all == nil {
		return nil
	}
	return *all
}

func first(form url.Values, names ...string) string {
	for _, n := range names {
		if s := form.Get(n); s != "" {
			return s
		}
	}
	return ""
}

func (d *door) service(code string) (service, error) {
	if code == "" {
		return service{}, refuse(400, "缺少 service_code。")
	}
	i := slices.IndexFunc(d.services, func(s service) bool { return s.Code == code })
	if i < 0 {
		return service{}, refuse(404, "没有“{code}”这种服务。", "code", code)
	}
	return d.services[i], nil
}

// place is where it happened, as far as it was said.
type place struct{ lat, long, address, code string }

// location needs one of the three ways to say where.
func location(form url.Values) (place, error) {
	p := place{lat: form.Get("lat"), long: form.Get("long"), address: strings.TrimSpace(form.Get("address_string")), code: form.Get("address_id")}
	if (p.lat == "" || p.long == "") && p.address == "" && p.code == "" {
		return p, refuse(400, "请说明地点：lat 和 long，或者 address_string，或者 address_id。")
	}
	if (p.lat == "") != (p.long == "") {
		return p, refuse(400, "lat 和 long 要一起写。")
	}
	if p.lat != "" && (!within(p.lat, 90) || !within(p.long, 180)) {
		return p, refuse(400, "lat 和 long 要写成度数。")
	}
	if utf8.RuneCountInString(p.address) > 150 || strings.ContainsAny(p.address, "\r\n") {
		return p, refuse(400, "address_string 只能写一行，最多150字。")
	}
	return p, nil
}

func within(degrees string, most float64) bool {
	f, err := strconv.ParseFloat(degrees, 64)
	return err == nil && math.Abs(f) <= most && len(degrees) <= 24
}

// line is the place in one line, as it stands in the petition's exact spot: the field "address" is where the
// petitioner lives, and lies in the vault. Coordinates are kept as text; no track is made of them.
func (p place) line() string {
	var parts []string
	if p.address != "" {
		parts = append(parts, p.address)
	}
	if p.lat != "" {
		parts = append(parts, "坐标 "+p.lat+","+p.long)
	}
	return strings.Join(parts, "；")
}

// filing makes a petition of the report.
func (d *door) filing(s service, form url.Values, where place) (desk.Filing, desk.Open311, error) {
	text := strings.TrimSpace(strings.ReplaceAll(form.Get("description"), "\r\n", "\n"))
	if utf8.RuneCountInString(text) > longest {
		return desk.Filing{}, desk.Open311{}, refuse(400, "description 最多{n}字。", "n", longest)
	}
	o := desk.Open311{Service: s.Code, Lat: where.lat, Long: where.long, Address: where.address, Place: where.code}
	said, err := d.said(s, form)
	if err != nil {
		return desk.Filing{}, o, err
	}
	o.Public = form.Get("attribute[public]") == "yes"
	what := text
	if what == "" {
		what = "通过开放接口反映：" + s.Name + "。没有写文字说明。"
	}
	if len(said) > 0 {
		what += "\n\n" + strings.Join(said, "\n")
	}
	f := desk.Filing{Class: s.Class, Channel: "net", With: map[string]string{"title": headline(s.Name, text), "what": what}}
	if where.code != "" {
		f.With["place"] = where.code
	}
	if line := where.line(); line != "" {
		f.With["spot"] = line
	}
	f.Who = identity(form)
	f.Anonymous = f.Who == vault.Identity{}
	if f.Who.Name == "" && !f.Anonymous {
		f.Who.Name = "未留姓名"
	}
	return f, o, nil
}

// said are the answers to the service's questions and the addresses of pictures, in words. Pictures are not
// fetched: an address that a stranger sends may lead into our own network.
func (d *door) said(s service, form url.Values) ([]string, error) {
	var said []string
	for _, a := range s.Attributes {
		text, err := a.say(slices.Concat(form["attribute["+a.Code+"]"], form["attribute["+a.Code+"][]"]))
		if err != nil {
			return nil, err
		}
		if text != "" && a.Code != public.Code {
			said = append(said, a.Description+"："+text)
		}
	}
	for _, m := range append(form["media_url"], form["media_url[]"]...) {
		if m == "" {
			continue
		}
		u, err := url.Parse(m)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || len(m) > 500 || len(said) > 30 {
			return nil, refuse(400, "media_url 要写成 http 或 https 的网址。")
		}
		said = append(said, "图片网址："+m)
	}
	return said, nil
}

var titleLine = regexp.MustCompile(`(?m)^title:\s*(.+)$`)

// headline is the service and how the text begins. FixMyStreet writes its headline into the text.
func headline(service, text string) string {
	if m := titleLine.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	text, _, _ = strings.Cut(text, "\n")
	if r := []rune(strings.TrimSpace(text)); len(r) > 40 {
		text = string(r[:39]) + "…"
	}
	if text = strings.TrimSpace(text); text == "" {
		return service
	}
	return service + "：" + text
}

// identity is who reports. Names arrive split at a blank, so that a Chinese one may lie in either half.
func identity(form url.Values) vault.Identity {
	first, last := strings.TrimSpace(form.Get("first_name")), strings.TrimSpace(form.Get("last_name"))
	name := strings.TrimSpace(first + " " + last)
	if strings.ContainsFunc(name, func(c rune) bool { return unicode.Is(unicode.Han, c) }) {
		name = first + last
	}
	return vault.Identity{Name: name, Phone: form.Get("phone"), Email: form.Get("email")}
}

// statuses are those that mySociety's extension lets a client send.
var statuses = []string{"OPEN", "IN_PROGRESS", "INVESTIGATING", "ACTION_SCHEDULED", "FIXED", "CLOSED", "DUPLICATE", "NOT_COUNCILS_RESPONSIBILITY",
	"NO_FURTHER_ACTION", "INTERNAL_REFERRAL", "FOR_TRIAGE", "CANCELLED", "REOPEN"}

// update takes what the reporter said later: POST servicerequestupdates. It is added to the matter as material; what
// state the matter is in the offices decide, so the status that the client sends is kept as part of the text.
func (d *door) update(ctx context.Context, v *visit, _ string) (answer, error) {
	who, err := d.client(ctx, v)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"service_request_id", "update_id", "status", "updated_datetime", "description"} {
		if strings.TrimSpace(v.Form.Get(name)) == "" {
			return nil, refuse(400, "缺少 {name}。", "name", name)
		}
	}
	status, text := strings.ToUpper(v.Form.Get("status")), strings.TrimSpace(v.Form.Get("description"))
	if !slices.Contains(statuses, status) {
		return nil, refuse(400, "没有“{status}”这种状态。", "status", status)
	}
	if _, err := time.Parse(time.RFC3339, v.Form.Get("updated_datetime")); err != nil {
		return nil, refuse(400, "updated_datetime 要写成带时区的时间。")
	}
	if utf8.RuneCountInString(text) > longest {
		return nil, refuse(400, "description 最多{n}字。", "n", longest)
	}
	token := "open311:" + fingerprint(who.ID, "update", v.Form.Get("service_request_id"), v.Form.Get("update_id"))
	taken := Taken{List: []TakenID{{"u-" + token[8:32]}}}
	if v.test {
		return taken, nil
	}
	return taken, d.desk.AddOpen311(ctx, who, v.Form.Get("service_request_id"), text+"\n\n（对方系统的状态："+status+"）", token)
}
