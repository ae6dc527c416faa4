package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const hole = "菜场北门路面塌了"

// TestWhistle is one hole in the road and six people with a telephone each: the citizen who said so, the street, the
// lead department, two more, and the district. One of them has no network for part of it, and loses nothing.
func TestWhistle(t *testing.T) {
	t.Parallel()
	h := demoHouse(t)
	street, district, citizen := visit(t, h, phone), visit(t, h, phone), visit(t, h, phone)
	lead, water := visit(t, h, phone), visit(t, h, phone)
	far := &mast{t: t, to: strings.TrimPrefix(h.at, "http://")}
	far.up()
	t.Cleanup(far.down)
	housing := visit(t, h, phone)
	housing.at = "http://" + far.at // the third department stands where the network comes and goes

	// The citizen comes to the street's counter, which writes it down and whistles from there: nothing is typed twice.
	street.as("town-1-officer")
	paper := tokenOf(t, h, "town-1-officer")
	said := paper.post("/api/v1/filings", map[string]any{"procedure": "petition", "class": "claim", "channel": "visit", "body": "town-1",
		"with": map[string]string{"title": hole, "what": hole + "，有人掉下去。还在冒水。", "place": village(t, h, 0)}, "who": map[string]string{"name": "王某甲", "phone": "19900000001"}})
	number, code := fmt.Sprint(said["number"]), fmt.Sprint(said["code"])
	street.open("/m/" + fmt.Sprint(said["id"]))
	street.press("由此吹哨")
	street.sees("由 "+number+" 引起", "法律没有规定时间")
	if got := ask[string](street, `document.querySelector("#f-what").value`); got != hole+"，有人掉下去。还在冒水。" {
		t.Errorf("what was said before is not there: %q", got)
	}

	// A place outside the street is not on the list; one that is sent all the same is refused, and nothing is lost.
	street.choose("class", "emergency")
	street.choose("targets", "county-urban", "county-water", "county-housing")
	street.fill(map[string]string{"spot": "北门口"})
	ask[string](street, `(s => { s.append(new Option("外面", "`+village(t, h, 1)+`", true, true)); return ""; })(document.querySelector("#f-place"))`)
	street.sends(`.go button`, "不在天城镇人民政府的辖区里")
	if ask[int](street, `document.querySelectorAll("[name=targets]:checked").length`) != 3 {
		t.Error("the departments that were chosen are lost")
	}
	street.fill(map[string]string{"place": village(t, h, 0)})
	street.click(`details.field > summary`)
	street.fill(map[string]string{"lead": "county-urban"})
	street.sends(`.go button`, "这个地方已经有哨") // the demonstration has one in this community
	street.choose("alike", "none")
	street.sends(`.go button`, "哨吹出去了")
	street.sees(hole, "北门口", "县城管局", "县水利局", "县住建局", "牵头")
	whistle := strings.TrimPrefix(street.path(), "/whistles/")
	street.keep("whistle-blown")
	street.open("/whistles")
	street.hears("实时更新")
	street.keep("whistle-board")

	// The lead signs; the street's board shows it by itself.
	lead.as("county-urban-officer")
	lead.report(hole)
	lead.keep("whistle-report")
	lead.sends(`form[action$="/sign"] button`, "已签收")
	street.shows(whistle, "县城管局", "已签收")

	// The third department opens its page, and the network goes. It arrives, and its telephone keeps that.
	housing.as("county-housing-officer")
	housing.report(hole)
	housing.sends(`form[action$="/sign"] button`, "已签收")
	housing.sends(`form[action$="/set-out"] button`, "在途")
	street.shows(whistle, "县住建局", "在途")
	far.down()
	housing.fill(map[string]string{"arrived_who": "住建局值班组"})
	housing.choose("can_decide", "yes")
	housing.click(`form[action$="/arrive"] button.btn`)
	housing.hears("现在没有网络")
	housing.keep("whistle-no-network")

	// Meanwhile the lead sets out and arrives: before the whistle it cannot have been there.
	lead.sends(`form[action$="/set-out"] button`, "在途")
	lead.choose("can_decide", "yes")
	lead.click(`form[action$="/arrive"] details > summary`)
	lead.fill(map[string]string{"arrived_at": time.Now().Add(-time.Hour).In(zone).Format("2006-01-02T15:04")})
	lead.sends(`form[action$="/arrive"] button.btn`, "早于")
	lead.fill(map[string]string{"arrived_at": ""})
	lead.sends(`form[action$="/arrive"] button.btn`, "已到场")
	street.shows(whistle, "县城管局", "已到场")

	// The water bureau declines: that goes up to the district by itself, and shows on its board.
	district.as("county-gov-officer")
	district.open("/whistles")
	district.hears("实时更新")
	water.as("county-water-officer")
	water.report(hole)
	water.press("不能报到")
	water.confirm(map[string]string{"reason": "管道不归本局。"})
	street.shows(whistle, "县水利局", "没有报到")
	district.shows(whistle, "县水利局", "没有报到")
	district.hears("没有报到，已经报区政府")
	district.keep("whistle-district")
	district.press("崇阳县水利和湖泊局没有报到，已经报区政府")
	district.press("开始调查")
	district.confirm(nil)
	district.press("认定有正当理由")
	district.confirm(map[string]string{"decision": "管道归住建局，水利局说明属实。"})

	// The network is back: what was pressed is sent by itself, once, and the board has it.
	far.up()
	housing.hears("已到场")
	street.shows(whistle, "县住建局", "已到场")

	// Both give their results; a unit does not rate itself.
	lead.give("已回填、围挡，以城管局名义开出整改通知。")
	housing.give("供水管已换，当天通水。")
	unit := tokenOf(t, h, "county-urban-officer")
	if got := unit.try("accept-result", report(t, paper, whistle, "county-urban"), map[string]string{"score": "good"}); got != "not-yours" && got != "not-now" {
		t.Errorf("a unit rating itself is answered %q", got)
	}
	for _, body := range []string{"县城管局", "县住建局"} {
		street.open("/whistles/" + whistle)
		street.press(body)
		street.press("认可结果并评价")
		street.confirm(map[string]string{"score": "好"})
	}
	if got := paper.try("add-department", whistle, map[string]string{"targets": "county-urban county-urban"}); got != "fields" && got != "already-in" {
		t.Errorf("a department twice is answered %q", got)
	}

	// The street confirms and tells the citizen; the district assesses both sides.
	street.open("/whistles/" + whistle)
	street.press("确认处理好了")
	street.confirm(map[string]string{"confirm-note": "路面已平，水已停。", "told": "已告知当事人"})
	street.sees("街乡已确认")
	citizen.follow(number, code)
	citizen.sees(hole)
	district.open("/whistles")
	district.press(hole)
	district.press("评价街乡和部门")
	district.confirm(map[string]string{"score-street": "好", "score-departments": "一般", "opinions": "居民代表到场看过。"})
	district.sees("已评价")

	// The same problem again at the same place: it is offered as come back, and counted.
	street.open("/whistles/new")
	street.fill(map[string]string{"what": hole + "，又塌了", "place": village(t, h, 0)})
	street.choose("class", "demand")
	street.choose("targets", "county-urban")
	street.sends(`.go button`, "又出现了")
	street.choose("alike", whistle)
	street.sends(`.go button`, "反弹：三十日内又吹同一件")
}

var zone = time.FixedZone("CST", 8*3600)

// mast is a network that can go away: it carries what comes to the house while it is up.
type mast struct {
	t  testing.TB
	to string
	at string

	mu   sync.Mutex
	l    net.Listener
	open map[net.Conn]bool
}

func (m *mast) up() {
	m.t.Helper()
	at := m.at
	if at == "" {
		at = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", at)
	if err != nil {
		m.t.Fatal(err)
	}
	m.mu.Lock()
	m.l, m.at, m.open = l, l.Addr().String(), map[net.Conn]bool{}
	m.mu.Unlock()
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			go m.carry(from)
		}
	}()
}

func (m *mast) carry(from net.Conn) {
	to, err := net.Dial("tcp", m.to)
	if err != nil {
		from.Close()
		return
	}
	m.mu.Lock()
	m.open[from], m.open[to] = true, true
	m.mu.Unlock()
	go func() { io.Copy(to, from); to.Close() }()
	io.Copy(from, to)
	from.Close()
}

// down cuts everything, also what is under way.
func (m *mast) down() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.l == nil {
		return
	}
	m.l.Close()
	for c := range m.open {
		c.Close()
	}
	m.l, m.open = nil, map[net.Conn]bool{}
}

// choose marks the boxes or buttons of a field that have these values.
func (v *visitor) choose(name string, values ...string) {
	v.t.Helper()
	for _, value := range values {
		if !ask[bool](v, fmt.Sprintf(`(e => { if (!e) return false; if (!e.checked) e.click(); return e.checked; })(document.querySelector('main [name="%s"][value="%s"]'))`, name, value)) {
			v.fail("%s cannot be %s", name, value)
		}
	}
}

// click presses without waiting for a page: none comes while there is no network.
func (v *visitor) click(css string) {
	v.t.Helper()
	if !ask[bool](v, fmt.Sprintf(`(e => { if (e) e.click(); return !!e; })(document.querySelector(%s))`, quote(css))) {
		v.fail("there is no %s", css)
	}
}

// sends presses a button whose form first asks whether there is a network, waits until the page that follows says the
// words, and looks at it as at every page.
func (v *visitor) sends(css, words string) {
	v.t.Helper()
	v.trace = append(v.trace, css)
	v.click(css)
	v.hears(words)
	v.look(http.StatusOK)
}

// hears waits until the page says the words by itself.
func (v *visitor) hears(words string) {
	v.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if strings.Contains(v.peek(`document.body ? document.body.innerText : ""`), words) {
			return
		}
	}
	v.fail("the page never says %q", words)
}

// peek asks a page that may just be going away: then it has nothing to say.
func (v *visitor) peek(script string) string {
	ctx, cancel := context.WithTimeout(v.ctx, 10*time.Second)
	defer cancel()
	said, _ := chromedp.Run(ctx, chromedp.Evaluate[string](script))
	return said
}

// shows waits until the board, by itself, shows the department of the whistle at that stage.
func (v *visitor) shows(whistle, body, word string) {
	v.t.Helper()
	line := fmt.Sprintf(`(e => e ? e.dataset.word : "")(document.querySelector('#w-%s [data-who="%s"]'))`, whistle, body)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if v.peek(line) == word {
			if v.on.script {
				v.axe()
			}
			return
		}
	}
	v.fail("the board never shows %s %s", body, word)
}

// report opens the department's own task from its board.
func (v *visitor) report(title string) {
	v.t.Helper()
	v.open("/whistles")
	v.hears("实时更新")
	path := ask[string](v, fmt.Sprintf(`(c => c ? c.querySelector(".report a").getAttribute("href") : "")(Array.from(document.querySelectorAll(".whistle")).find(c => c.querySelector("h2").innerText.includes(%s)))`, quote(title)))
	if path == "" {
		v.fail("the board has no whistle %s", title)
	}
	v.open(path)
}

// give gives the result.
func (v *visitor) give(text string) {
	v.t.Helper()
	v.fill(map[string]string{"result": text})
	v.sends(`form[action$="/report"] button.btn`, "已反馈")
}

// caller is somebody at the interface.
type caller struct {
	t     testing.TB
	at    string
	token string
}

func tokenOf(t testing.TB, h *house, role string) caller {
	t.Helper()
	out, err := run(t, "demo", "token", "--addr", strings.TrimPrefix(h.at, "http://"), "--as", role)
	if err != nil {
		t.Fatal(out)
	}
	return caller{t, h.at, strings.TrimSpace(out)}
}

func (c caller) send(method, path string, body any, match string) (int, map[string]any) {
	c.t.Helper()
	b, _ := json.Marshal(body)
	q, err := http.NewRequest(method, c.at+path, strings.NewReader(string(b)))
	if err != nil {
		c.t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Authorization", "Bearer "+c.token)
	if match != "" {
		q.Header.Set("If-Match", match)
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	answer := map[string]any{}
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
		c.t.Fatalf("%s %s: %d: %v", method, path, r.StatusCode, err)
	}
	return r.StatusCode, answer
}

func (c caller) post(path string, body any) map[string]any {
	c.t.Helper()
	status, answer := c.send("POST", path, body, "")
	if status >= 300 {
		c.t.Fatalf("POST %s: %d %v", path, status, answer)
	}
	return answer
}

// try takes a step of a matter and returns the name of the refusal, "" when there is none.
func (c caller) try(action, id string, with map[string]string) string {
	c.t.Helper()
	_, m := c.send("GET", "/api/v1/matters/"+id, nil, "")
	_, answer := c.send("POST", "/api/v1/matters/"+id+"/actions/"+action, map[string]any{"with": with}, fmt.Sprintf(`"%v"`, m["seq"]))
	kind, _ := answer["type"].(string)
	return strings.TrimPrefix(kind, "/problems/")
}

// report is the department's task as the interface tells it.
func report(t testing.TB, c caller, whistle, body string) string {
	t.Helper()
	_, board := c.send("GET", "/api/v1/whistles", nil, "")
	list, _ := board["whistles"].([]any)
	for _, x := range list {
		w := x.(map[string]any)
		for _, y := range w["reports"].([]any) {
			r := y.(map[string]any)
			if w["id"] == whistle && r["body"].(map[string]any)["id"] == body {
				return fmt.Sprint(r["id"])
			}
		}
	}
	t.Fatalf("the interface has no task of %s in %s", body, whistle)
	return ""
}

// village is the code of the first community of a township of the demonstration.
func village(t testing.TB, h *house, town int) string {
	t.Helper()
	return map[int]string{0: "421223100001", 1: "421223101001"}[town]
}
