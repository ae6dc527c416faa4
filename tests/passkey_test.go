package tests

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/people/actor"
)

// TestAPasskey is one key in a real browser: its owner puts it beside the six digits, signs in with a touch, and what was
// answered once opens nothing a second time; an answer for another site, a key that was copied and a stranger's key open
// nothing at all; where there is no script the six digits serve; taken off it is gone.
func TestAPasskey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, 0, t.TempDir())
		server := httptest.NewServer(w.front)
		defer server.Close()
		const owner, own = "county-housing-officer", "清晨的河堤有三只白鹭"
		secret := w.withFactor(owner, own)
		named := strings.Replace(server.URL, "127.0.0.1", "localhost", 1) // browsers keep no keys for numbers

		v := visit(t, &house{t: t, at: named}, phone)
		stick(v)
		signIn := func() {
			v.open("/sign-in")
			v.fill(map[string]string{"login": owner, "password": own})
			v.press("登录")
		}
		leave := func() { ask[bool](v, `fetch("/sign-out", {method: "POST"}).then(() => true)`) }
		signIn()
		v.fill(map[string]string{"code": w.code(secret)})
		v.press("登录")
		v.open("/account/passkey")
		v.fill(map[string]string{"name": "办公室的电脑", "code": w.later(secret)})
		v.press("加一把通行密钥")
		v.sees("通行密钥加好了", "办公室的电脑", "加了一把通行密钥：")

		leave()
		signIn()
		v.sees("用通行密钥登录")
		v.press("用通行密钥登录")
		v.sees("今天要办")

		// The same answer again, at the counter of a program that kept it.
		thief := newClient(t, named)
		thief.post("/sign-in", "login", owner, "password", own).sees("data-passkey")
		pass, state := thief.pick(`name="pass" value="([^"]+)"`), thief.pick(`name="state" value="([^"]+)"`)
		thief.post("/sign-in/second", "pass", pass, "state", state, "answer", `{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{}}`).sees("没有验证通过")
		thief.post("/sign-in/second", "pass", pass, "state", state, "answer", `{}`).sees("或者已经用过")
		thief.get("/desk").sees("工作人员登录")

		// A copy of the key was used elsewhere in between: its counter went further.
		w.must(d.Write(t.Context(), func(tx *db.Tx) error {
			return tx.Put(t.Context(), `UPDATE account_passkey SET data = replace(data, '"signCount":', '"signCount":9') WHERE person = $1`, owner)
		}))
		leave()
		signIn()
		v.press("用通行密钥登录")
		v.sees("没有验证通过")
		v.fill(map[string]string{"code": w.later(secret)})
		v.pressOf("登录", "form:not([data-passkey]) button")
		v.open("/account")
		v.sees("像是被复制过")
		v.press("删去")
		v.sees("通行密钥已经删去", "删了一把通行密钥")

		// By its number the site offers no key, and says why; and nobody puts one on who has no six digits.
		numbered := w.signedIn(server.URL, owner)
		numbered.get("/account").sees("浏览器不能保存通行密钥")
		numbered.get("/account/passkey").sees("浏览器不能保存通行密钥")
		w.signedIn(named, "county-housing-head").get("/account/passkey").sees("请先开启第二道验证")
		numbered.post("/account/passkey", "state", "x", "code", w.later(secret)).sees("浏览器不能保存通行密钥")
	})
}

// stick puts a key into the visitor's browser that answers at a touch.
func stick(v *visitor) {
	v.t.Helper()
	if _, err := chromedp.Call(v.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		v.t.Fatal(err)
	}
	_, err := chromedp.Call(v.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportUsb, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	if err != nil {
		v.t.Fatal(err)
	}
}

// withFactor gives the person the password and a second factor, and returns its key.
func (w *world) withFactor(person, password string) (secret string) {
	hash, err := actor.HashPassword(w.t.Context(), password)
	w.must(err)
	w.must(w.d.DB.Write(w.t.Context(), func(tx *db.Tx) error { return actor.SetPassword(w.t.Context(), tx, person, hash, 0) }))
	secret, _, err = actor.FactorKey("test", person, "")
	w.must(err)
	_, err = w.d.Gate.ConfirmFactor(w.t.Context(), person, secret, w.code(secret), w.now)
	w.must(err)
	w.now = w.now.Add(60e9)
	return secret
}

// later is what the app shows a minute later: a code is used once.
func (w *world) later(secret string) string {
	w.now = w.now.Add(60e9)
	return w.code(secret)
}
