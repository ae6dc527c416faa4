package open311

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"jishi/base/words"
	"jishi/desk"
)

// What a list without dates shows: 90 days, and never more than 1,000 rows.
const (
	span = 90 * 24 * time.Hour
	most = 1000
)

func (d *door) discovery(_ context.Context, v *visit, _ string) (answer, error) {
	origin := strings.TrimSuffix(d.opt.Origin, "/")
	if origin == "" {
		origin = "http://" + v.Host
		if v.TLS != nil {
			origin = "https://" + v.Host
		}
	}
	endpoint := func(path, kind string) Endpoint {
		return Endpoint{Specification: "http://wiki.open311.org/GeoReport_v2", URL: origin + path, Changeset: changeset, Type: kind,
			Formats: Formats{[]string{"text/xml", "application/json"}}}
	}
	return Discovery{Changeset: changeset, Contact: words.Say(v.lang, "请与“{site}”的管理员联系。", "site", d.opt.Site),
		KeyService: words.Say(v.lang, "由管理员在接口令牌里选择范围 open311 后发给。"),
		Endpoints:  Endpoints{[]Endpoint{endpoint("/open311/v2", "production"), endpoint("/open311/test/v2", "test")}}}, nil
}

func (d *door) list(_ context.Context, v *visit, _ string) (answer, error) {
	var a Services
	for _, s := range d.services {
		a.List = append(a.List, s.line(v.lang, v.test))
	}
	return a, nil
}

func (d *door) definition(_ context.Context, v *visit, code string) (answer, error) {
	s, err := d.service(code)
	if err != nil {
		return nil, err
	}
	return s.definition(v.lang), nil
}

func (d *door) requests(ctx context.Context, v *visit, _ string) (answer, error) {
	sought, err := d.sought(v)
	if err != nil {
		return nil, err
	}
	return d.find(ctx, v, sought)
}

func (d *door) find(ctx context.Context, v *visit, sought desk.Sought) (Requests, error) {
	list, err := d.desk.Requests(ctx, sought)
	var a Requests
	for _, r := range list {
		a.List = append(a.List, d.show(v.lang, r))
	}
	return a, err
}

func (d *door) request(ctx context.Context, v *visit, number string) (answer, error) {
	a, err := d.find(ctx, v, desk.Sought{Numbers: []string{number}, Limit: 1})
	if err == nil && len(a.List) == 0 {
		err = refuse(http.StatusNotFound, "没有编号为“{number}”的事项。", "number", number)
	}
	return a, err
}

// sought reads the filters. Numbers go before everything else.
func (d *door) sought(v *visit) (desk.Sought, error) {
	s := desk.Sought{Limit: most}
	if ids := commas(v.Form.Get("service_request_id")); len(ids) > 0 {
		s.Numbers = ids[:min(len(ids), most)]
		return s, nil
	}
	for _, code := range commas(v.Form.Get("service_code")) {
		if _, err := d.service(code); err != nil {
			return s, err
		}
		s.Services = append(s.Services, code)
	}
	for _, status := range commas(v.Form.Get("status")) {
		switch strings.ToLower(status) {
		case "open":
			s.Open = true
		case "closed":
			s.Ended = true
		default:
			return s, refuse(400, "status 只能是 open 或 closed。")
		}
	}
	var err error
	if s.From, s.To, err = d.period(v); err != nil {
		return s, err
	}
	s.Limit, s.Skip, err = page(v.Form)
	return s, err
}

// page reads which part of a list is wanted. GeoReport knows no pages; clients of cities that have them send these two.
func page(form url.Values) (limit, skip int, err error) {
	asked := map[string]int{"page": 1, "page_size": most}
	for name, n := range asked {
		if s := form.Get(name); s != "" {
			if n, err = strconv.Atoi(s); err != nil || n < 1 || n > 1_000_000 {
				return 0, 0, refuse(400, "{name} 要写成大于零的整数。", "name", name)
			}
			asked[name] = n
		}
	}
	limit = min(asked["page_size"], most)
	return limit, (asked["page"] - 1) * limit, nil
}

func commas(s string) []string {
	var list []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// when reads an instant with its zone. A client that forgets to escape the plus sign of its zone sends a blank.
func when(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, strings.Replace(s, " ", "+", 1))
	if err != nil {
		return t, refuse(400, "start_date 和 end_date 要写成带时区的时间，例如 2026-01-15T09:30:00+08:00。")
	}
	return t, nil
}

// period is from start_date to end_date; the last 90 days where neither is said, and 90 days at the most.
func (d *door) period(v *visit) (from, to time.Time, err error) {
	start, end := v.Form.Get("start_date"), v.Form.Get("end_date")
	to = d.desk.Now().Add(time.Second)
	if end != "" {
		if to, err = when(end); err != nil {
			return from, to, err
		}
	}
	from = to.Add(-span)
	if start == "" {
		return from, to, nil
	}
	if from, err = when(start); err != nil {
		return from, to, err
	}
	if end == "" && to.Sub(from) > span {
		to = from.Add(span)
	}
	if to.Before(from) {
		return from, to, refuse(400, "end_date 不能早于 start_date。")
	}
	if to.Sub(from) > span {
		from = to.Add(-span)
	}
	return from, to, nil
}

// show is a request as anybody may see it. Where something happened tells who reported it as often as not, so the
// place goes with the text: only where its writer made both public.
func (d *door) show(l words.Lang, r desk.Request) Request {
	s, _ := d.service(r.Service)
	v := Request{ID: r.Number, Status: "open", StatusNotes: words.Say(l, r.StateTitle), ServiceName: s.title(l), ServiceCode: r.Service,
		Agency: r.Holder.Name, Requested: datetime(r.Opened), Updated: datetime(r.Updated)}
	if r.Ended {
		v.Status = "closed"
	}
	if r.Due != "" {
		v.Expected = datetime(r.Due.End().Add(-time.Second))
	}
	if r.Public {
		v.Description, v.Address, v.AddressID, v.Lat, v.Long = r.Description, r.Address, r.Place, number(r.Lat), number(r.Long)
	}
	return v
}

// token answers for ids too: we give the id at once, so that a client never waits for one.
func (d *door) token(ctx context.Context, v *visit, token string) (answer, error) {
	if strings.HasPrefix(token, "test-") && v.test && identifier.MatchString(token) {
		return Tokens{List: []Became{{Token: token}}}, nil
	}
	found, err := d.find(ctx, v, desk.Sought{Numbers: []string{token}, Limit: 1})
	if err == nil && len(found.List) == 0 {
		err = refuse(http.StatusNotFound, "没有这个 token。")
	}
	return Tokens{List: []Became{{ID: token, Token: token}}}, err
}

// updates are the changes of state in a period: GET servicerequestupdates.
func (d *door) updates(ctx context.Context, v *visit, _ string) (answer, error) {
	if (v.Form.Get("start_date") == "") != (v.Form.Get("end_date") == "") {
		return nil, refuse(400, "start_date 和 end_date 要一起写。")
	}
	from, to, err := d.period(v)
	if err != nil {
		return nil, err
	}
	list, err := d.desk.Progress(ctx, from, to, most)
	var a Updates
	for _, p := range list {
		a.List = append(a.List, Update{ID: p.ID, RequestID: p.Number, Status: statusOf(p), Updated: datetime(p.At),
			Description: words.Say(v.lang, "办理进展：{state}", "state", p.StateTitle), External: p.State, Reference: p.Number})
	}
	return a, err
}

// statusOf says a state in mySociety's words.
func statusOf(p desk.Progress) string {
	switch p.State {
	case "registered", "submitted":
		return "open"
	case "forwarded", "assigned", "reported-up", "jurisdiction-dispute", "objected":
		return "internal_referral"
	case "at-competent":
		return "investigating"
	case "merged":
		return "duplicate"
	case "redirected", "diverted", "not-accepted", "not-reaccepted":
		return "not_councils_responsibility"
	}
	if p.Ended {
		return "closed"
	}
	return "in_progress"
}
