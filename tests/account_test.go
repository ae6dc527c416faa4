package tests

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/desk"
	"jishi/people/actor"
)

// client is somebody with a browser that keeps cookies and runs no script.
type client struct {
	t    testing.TB
	at   string
	http *http.Client
	page string
	path string
}

func newClient(t testing.TB, at string) *client {
	jar, _ := cookiejar.New(nil)
	return &client{t: t, at: at, http: &http.Client{Jar: jar}}
}

func (c *client) get(path string) *client { return c.read(c.http.Get(c.at + path)) }

func (c *client) post(path string, form ...string) *client {
	v := url.Values{}
	for i := 0; i+1 < len(form); i += 2 {
		v.Set(form[i], form[i+1])
	}
	return c.read(c.http.PostForm(c.at+path, v))
}

func (c *client) read(r *http.Response, err error) *client {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	c.page, c.path = string(b), r.Request.URL.Path
	return c
}

func (c *client) sees(words ...string) {
	c.t.Helper()
	for _, w := range words {
		if !strings.Contains(c.page, w) {
			c.t.Fatalf("%s does not say %q:\n%s", c.path, w, c.page)
		}
	}
}

// pick is the first part of the page that the pattern finds.
func (c *client) pick(pattern string) string {
	c.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(c.page)
	if m == nil {
		c.t.Fatalf("%s has nothing like %s:\n%s", c.path, pattern, c.page)
	}
	return m[1]
}

// TestAnAccount is a year in the life of one account: an administrator hands out a password that serves for nothing but
// choosing another, its owner puts a second factor on, a stranger with the password stays outside, a new device is told,
// telephone and paper are lost, and the security administrator, who can give no password, takes the factor off.
func TestAnAccount(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 0, t.TempDir())
		server := httptest.NewServer(w.front)
		defer server.Close()
		const owner, other = "county-housing-officer", "county-housing-head"
		system, security := w.signedIn(server.URL, "county-data-system"), w.signedIn(server.URL, "county-data-security")

		system.post("/admin/account/" + owner + "/password").sees("请把登录名和密码当面交给本人")
		given := system.pick(`<dd class="big code">([a-z0-9]{5}-[a-z0-9-]+)</dd>`)
		security.post("/admin/account/" + other + "/password").sees("须由系统管理员来做")
		system.post("/admin/account/" + owner + "/factor").sees("须由安全管理员来做")

		phone := newClient(t, server.URL)
		phone.post("/sign-in", "login", owner, "password", "not the password").sees("登录名或密码不正确")
		phone.post("/sign-in", "login", owner, "password", given).sees("现在的密码是管理员给的")
		phone.get("/desk").sees("只能用来换成您自己的密码")
		phone.get("/api/v1/matters").sees("given-password")
		const own = "清晨的河堤有三只白鹭"
		phone.post("/account/password", "old", given, "fresh", "短", "again", "短").sees("十个字符以上")
		phone.post("/account/password", "old", given, "fresh", own, "again", own+"。").sees("两次输入的新密码不一样")
		phone.post("/account/password", "old", "wrong", "fresh", own, "again", own).sees("原来的密码不对")
		phone.post("/account/password", "old", given, "fresh", own, "again", own).sees("密码改好了")
		phone.get("/desk").sees("今天要办")

		phone.get("/account/factor").sees("otpauth://totp/")
		secret := phone.pick(`name="secret" value="([A-Z2-7]+)"`)
		phone.post("/account/factor", "secret", secret, "code", "000000").sees("验证码不正确", secret)
		phone.post("/account/factor", "secret", secret, "code", w.code(secret)).sees("请把备用码抄下来")
		spare := phone.pick(`<li>([A-Z0-9]{5}-[A-Z0-9]{5})</li>`)

		thief := newClient(t, server.URL)
		thief.post("/sign-in", "login", owner, "password", own).sees("第二道验证")
		pass := thief.pick(`name="pass" value="([^"]+)"`)
		thief.get("/desk").sees("工作人员登录")
		thief.post("/sign-in/second", "pass", pass, "code", "123456").sees("验证码不正确")
		thief.post("/sign-in/second", "pass", pass, "code", w.code(secret)).sees("验证码不正确") // it was used to put the factor on
		thief.post("/sign-in/second", "pass", strings.Replace(pass, ".", ".a", 1), "code", w.code(secret))
		thief.get("/desk").sees("工作人员登录")
		w.now = w.now.Add(6 * time.Minute)
		thief.post("/sign-in/second", "pass", pass, "code", w.code(secret))
		thief.get("/desk").sees("工作人员登录")

		laptop := newClient(t, server.URL)
		laptop.post("/sign-in", "login", owner, "password", own)
		laptop.post("/sign-in/second", "pass", laptop.pick(`name="pass" value="([^"]+)"`), "code", w.code(secret)).sees("今天要办")
		phone.get("/account").sees("一台新的设备登录了", "第二道验证开启了", "管理员给了一个新密码")
		phone.post("/account/end", "session", phone.pick(`name="session" value="([^"]+)"`)).sees("那台设备已经退出")
		laptop.get("/desk").sees("工作人员登录")

		laptop.post("/sign-in", "login", owner, "password", own)
		laptop.post("/sign-in/second", "pass", laptop.pick(`name="pass" value="([^"]+)"`), "code", spare).sees("今天要办")
		again := newClient(t, server.URL)
		again.post("/sign-in", "login", owner, "password", own)
		again.post("/sign-in/second", "pass", again.pick(`name="pass" value="([^"]+)"`), "code", spare).sees("验证码不正确")

		security.post("/admin/account/county-data-security/factor").sees("不能由自己解除")
		security.post("/admin/account/" + owner + "/factor").sees("第二道验证已经解除")
		again.post("/sign-in", "login", owner, "password", own).sees("今天要办")
		again.get("/account").sees("第二道验证关闭了", "用掉了一个备用码")

		auditor := w.signedIn(server.URL, "county-data-audit")
		auditor.get("/admin/audit").sees("解除第二道验证", "给出新密码", "登录被拒绝", "修改密码")
		auditor.get("/admin/audit?what=factor-reset&person=" + owner).sees("解除第二道验证")
		auditor.get("/api/v1/audit?what=password-given").sees(owner, "county-data-system")
		security.get("/admin/audit?what=roster").sees("没有这一种操作")
		system.get("/admin/audit").sees("供审计管理员和安全管理员查看")
		system.get("/api/v1/audit").sees("not-an-auditor")

		w.d.SecondFactor = desk.FactorAll
		again.get("/desk").sees("这个岗位必须有第二道验证")
		again.get("/account").sees("设置以后才能继续办事")
		again.get("/account/factor")
		secret = again.pick(`name="secret" value="([A-Z2-7]+)"`)
		again.post("/account/factor", "secret", secret, "code", w.code(secret))
		again.get("/desk").sees("今天要办")
	})
}

// code is what the owner's app shows now.
func (w *world) code(secret string) string {
	code, err := totp.GenerateCode(secret, w.now)
	w.must(err)
	return code
}

// signedIn is a client that has a session of the person, as the demonstration gives it.
func (w *world) signedIn(at, person string) *client {
	c := newClient(w.t, at)
	who, err := w.d.Staff(w.t.Context(), person)
	w.must(err)
	who.Proof = actor.ProofDemo
	token, err := w.d.Begin(w.t.Context(), who, "test")
	w.must(err)
	u, err := url.Parse(at)
	w.must(err)
	c.http.Jar.SetCookies(u, []*http.Cookie{{Name: "desk", Value: token}})
	return c
}
