package actor

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"jishi/base/db"
	"jishi/base/db/dbtest"
	"jishi/base/words"
)

const redirect = "http://127.0.0.1:9/sign-in/back"

// provider starts a real OpenID provider and returns its issuer.
func provider(t *testing.T) string {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the identity provider of this test needs %s, which is not installed", tool)
		}
	}
	dir := t.TempDir()
	script, err := os.ReadFile("testdata/provider.mjs")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "provider.mjs"), script, 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", dir, "oidc-provider@9.13.3")
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("npm cannot install oidc-provider: %v\n%s", err, out)
	}
	cmd := exec.Command("node", "provider.mjs", redirect)
	cmd.Dir, cmd.Stderr = dir, io.Discard
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if issuer, ok := strings.CutPrefix(lines.Text(), "listening "); ok {
			go io.Copy(io.Discard, out)
			return issuer
		}
	}
	t.Fatal("the provider did not start")
	return ""
}

// visit goes through the provider's own pages as login and returns the address it sends the browser back to.
func visit(t *testing.T, page, login string) *url.URL {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	var back *url.URL
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), redirect) {
			back = r.URL
			return http.ErrUseLastResponse
		}
		return nil
	}}
	action := regexp.MustCompile(`<form[^>]*action="([^"]+)"`)
	prompt := regexp.MustCompile(`name="prompt" value="([^"]+)"`)
	resp, err := browser.Get(page)
	for range 5 {
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if back != nil {
			return back
		}
		a, p := action.FindSubmatch(body), prompt.FindSubmatch(body)
		if a == nil || p == nil {
			t.Fatalf("%s answered %s:\n%s", resp.Request.URL, resp.Status, body)
		}
		where, err2 := resp.Request.URL.Parse(string(a[1]))
		if err2 != nil {
			t.Fatal(err2)
		}
		resp, err = browser.PostForm(where.String(), url.Values{"prompt": {string(p[1])}, "login": {login}, "password": {"any"}})
	}
	t.Fatal("the provider never sent the browser back")
	return nil
}

func TestSignInThroughAnIdentityProvider(t *testing.T) {
	issuer := provider(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		bureau(t, d)
		now := time.Now()
		o, err := NewOIDC(ctx, d, OIDCConfig{Issuer: issuer, ClientID: "jishi", ClientSecret: "a-secret-of-the-test",
			Redirect: redirect, Scopes: []string{"profile"}, Claim: "preferred_username"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		journey := func(login string) (state, code string) {
			page, state, err := o.Begin(ctx, "/work?x=1", now)
			if err != nil {
				t.Fatal(err)
			}
			q := visit(t, page, login).Query()
			if q.Get("state") != state || q.Get("code") == "" {
				t.Fatalf("sent back with %v", q)
			}
			return state, q.Get("code")
		}

		state, code := journey("lisi")
		a, next, err := o.Finish(ctx, state, state, code, now)
		if err != nil || a.Name != "李四" || !a.Has("petition", Handle) || next != "/work?x=1" {
			t.Fatalf("%+v %q, %v", a, next, err)
		}
		_, _, err = o.Finish(ctx, state, state, code, now) // pressed twice
		refused(t, err, words.SignIn, "oidc-failed")

		state, code = journey("lisi")
		_, _, err = o.Finish(ctx, "another browser", state, code, now)
		refused(t, err, words.SignIn, "oidc-failed")
		_, _, err = o.Finish(ctx, state, state, "made-up", now)
		refused(t, err, words.SignIn, "oidc-failed")

		state, code = journey("lisi")
		_, _, err = o.Finish(ctx, state, state, code, now.Add(flowLife))
		refused(t, err, words.SignIn, "oidc-failed")

		// A code of another journey: its PKCE verifier and nonce are not this state's.
		_, stolen := journey("lisi")
		mine, _ := journey("stranger")
		_, _, err = o.Finish(ctx, mine, mine, stolen, now)
		refused(t, err, words.SignIn, "oidc-failed")

		state, code = journey("stranger")
		_, _, err = o.Finish(ctx, state, state, code, now)
		refused(t, err, words.Forbidden, "no-account")

		// The login goes to somebody else at the provider: the account stays the first subject's.
		write(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE account_oidc SET subject = 'sub-of-the-first'`)
			return err
		})
		state, code = journey("lisi")
		_, _, err = o.Finish(ctx, state, state, code, now)
		refused(t, err, words.Forbidden, "no-account")
	})
}

func TestOnlyLocalPagesAreReturnedTo(t *testing.T) {
	for next, want := range map[string]bool{"/": true, "/work?x=1#y": true, "//evil.example": false, "https://evil.example/": false,
		"/\\evil.example": false, "": false, "javascript:alert(1)": false, "/a\r\nb": false} {
		if localPath(next) != want {
			t.Errorf("%q: %v", next, !want)
		}
	}
}
