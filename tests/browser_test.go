package tests

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

//go:embed testdata/axe.min.js
var axe string

// screen is what a visitor holds in hand.
type screen struct {
	name          string
	width, height int64
	scale         float64 // device pixels for one of the page
	script        bool    // JavaScript runs
}

var (
	phone   = screen{"phone", 390, 844, 2, true}
	desktop = screen{"desktop", 1440, 900, 1, true}
	plain   = screen{"plain", 390, 844, 2, false}
)

// visitor is one person at a real browser. Every method fails the test when the page does not let the person do it.
type visitor struct {
	t     testing.TB
	ctx   context.Context
	at    string
	on    screen
	trace []string
}

// browserFile is Chromium, or "" where there is none. "make test" installs it.
func browserFile() string {
	if name := os.Getenv("JISHI_TEST_BROWSER"); name != "" {
		return name
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	return ""
}

// browser is the one Chromium of this package; every visitor has a profile of their own in it.
var browser = sync.OnceValues(func() (context.Context, error) {
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browserFile()), chromedp.Flag("lang", "zh-CN"), chromedp.Flag("accept-lang", "zh-CN"))
	if os.Getuid() == 0 {
		opts = append(opts, chromedp.NoSandbox)
	}
	alloc, end := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, _ := chromedp.NewContext(alloc)
	closeBrowser = end
	// It lives as long as the context of the first action: so none with a time limit here.
	return ctx, chromedp.Do(ctx)
})

var closeBrowser = func() {} // set by whoever starts it; called when all tests are over

// visit opens a fresh profile: no cookies, nothing cached.
func visit(t testing.TB, h *house, on screen) *visitor {
	t.Helper()
	if browserFile() == "" {
		t.Skip("NOT TESTED IN A BROWSER: no chromium found")
	}
	one, err := browser()
	if err != nil {
		t.Fatalf("the browser does not start: %v", err)
	}
	ctx, cancel := chromedp.NewContext(one, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	v := &visitor{t: t, ctx: ctx, at: h.at, on: on}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(on.width, on.height, chromedp.EmulateScale(on.scale))); err != nil {
		t.Fatalf("the browser opens no page: %v", err)
	}
	if !on.script {
		_, err := chromedp.Call(v.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		if err != nil {
			t.Fatal(err)
		}
	}
	return v
}

// patience is how long a test waits for what comes by itself: on a busy machine seconds become a minute, and what never
// comes is told all the same.
const patience = time.Minute

func ask[T any](v *visitor, script string) T {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	answer, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, func(p *runtime.EvaluateParams) { p.AwaitPromise = new(true) }))
	if err != nil {
		v.fail("%v\nin %.200s", err, script)
	}
	return answer
}

// fail stops the story and shows where it stood.
func (v *visitor) fail(format string, args ...any) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, 5*time.Second)
	defer cancel()
	where, _ := chromedp.Run(ctx, chromedp.Location())
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	v.keep("failed")
	v.t.Fatalf("%s\non %s, after %s\n%s", fmt.Sprintf(format, args...), where, strings.Join(v.trace, " → "), text)
}

// open goes to a page of the house by its address: only the first page of a story is opened so.
func (v *visitor) open(path string) {
	v.t.Helper()
	v.trace = append(v.trace, path)
	v.arrive(chromedp.Navigate(v.at + path))
}

// find marks the one thing with these words that a person could press, and says what kept it from being found.
// Exact words win over a beginning, and that over words in the middle.
const find = `(function (words, css) {
	document.querySelectorAll("[data-story]").forEach(e => e.removeAttribute("data-story"));
	const clean = e => (e.innerText || e.value || "").replace(/\s+/g, " ").trim();
	const all = Array.from(document.querySelectorAll(css || "a[href], button, summary, input[type=submit]"))
		.filter(e => e.getClientRects().length && getComputedStyle(e).visibility !== "hidden" && !e.disabled && e.ariaHidden !== "true");
	let hits = words ? all.filter(e => clean(e) === words) : all;
	if (!hits.length) hits = all.filter(e => clean(e).startsWith(words));
	if (!hits.length) hits = all.filter(e => clean(e).includes(words));
	if (!hits.length) return "nothing to press says " + (words || css) + "; there is: " + all.map(clean).join(" | ");
	const hit = hits.find(e => e.closest("main")) || hits[0];
	hit.setAttribute("data-story", "here");
	hit.scrollIntoView({block: "center"});
	return "";
})(%s, %s)`

func quote(s string) string { b, _ := json.Marshal(s); return string(b) }

// press presses the link or button with the words and waits for the next page.
func (v *visitor) press(words string) { v.t.Helper(); v.pressOf(words, "") }

// pressOf presses what the selector names, among those the one with the words.
func (v *visitor) pressOf(words, css string) {
	v.t.Helper()
	v.trace = append(v.trace, words+css)
	if why := ask[string](v, fmt.Sprintf(find, quote(words), quote(css))); why != "" {
		v.fail("%s", why)
	}
	v.arrive(chromedp.Click(chromedp.CSS("[data-story=here]")))
}

// refused is what a page answers that a person may well meet: it explains itself.
var refused = map[int64]bool{200: true, 400: true, 409: true, 422: true}

// arrive leaves the page by what is given, waits for the one that follows and looks at it. What the browser tells of its
// loading is not enough: on a busy machine the last words of the old page can come after the press. So the old page is
// marked, and the new one is the one without the mark; how it was answered it knows itself.
func (v *visitor) arrive(how chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ask[string](v, `document.documentElement.dataset.left = "yes"`)
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, how); err != nil {
		v.fail("%v", err)
	}
	for {
		status, err := chromedp.Run(ctx, chromedp.Evaluate[int64](`document.documentElement.dataset.left || document.readyState !== "complete" ? 0 :
			performance.getEntriesByType("navigation")[0].responseStatus`))
		if err == nil && status != 0 { // between two pages there is none that could be asked
			v.look(status)
			return
		}
		select {
		case <-ctx.Done():
			v.fail("no page follows: %v", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// look looks at the page as every page of the house is looked at: no fault of the server, nothing wider than the
// screen, and nothing that axe finds.
func (v *visitor) look(status int64) {
	v.t.Helper()
	if !refused[status] {
		v.fail("the page answered %d", status)
	}
	if wide := ask[int](v, `document.documentElement.scrollWidth - window.innerWidth`); wide > 1 {
		v.t.Errorf("%s: the page is %d pixels wider than the screen, after %s", v.path(), wide, strings.Join(v.trace, " → "))
	}
	if v.on.script {
		v.axe()
	}
}

func (v *visitor) path() string { return ask[string](v, `location.pathname + location.search`) }

// bones tells how a page is made without what it says: tags, attributes, and which of them hold text, rows that are made
// alike once. What axe looks at is the same on two pages with the same bones.
const bones = `(function () {
	const value = (n, v) => /^(href|src|value|content|action|datetime|title|alt|placeholder|d|points|viewbox|lang)$/.test(n) ? (v.trim() ? "+" : "-") : v.replace(/[0-9a-f-]{8,}|[0-9]+/g, "#");
	const tell = e => {
		let said = e.localName + Array.from(e.attributes).filter(a => a.name !== "data-story").map(a => " " + a.name + "=" + value(a.name.toLowerCase(), a.value)).join("");
		let last = "";
		for (const c of e.childNodes) {
			const one = c.nodeType === 1 ? tell(c) : c.nodeType === 3 && c.data.trim() ? "t" : "";
			if (one !== last) said += "<" + one;
			last = one || last;
		}
		return said + ">" + (e.matches("input, select, textarea") ? e.disabled + (e.checkVisibility() ? "" : "hidden") : "");
	};
	return tell(document.documentElement);
})()`

// looked are the bones of the pages that axe has found nothing on, by screen. What was found is told each time.
var looked sync.Map

// axe runs the accessibility checker with all its rules, and fails for each finding.
func (v *visitor) axe() {
	v.t.Helper()
	made := sha256.Sum256([]byte(v.on.name + ask[string](v, bones)))
	if _, ok := looked.Load(made); ok {
		return
	}
	findings := ask[[]string](v, axe+`;
		axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.flatMap(x =>
			x.nodes.slice(0, 3).map(n => x.id + ": " + x.help + " — " + n.html.slice(0, 200) + " " + (n.any[0] ? n.any[0].message : ""))))`)
	for _, f := range findings {
		v.t.Errorf("axe on %s (%s): %s", v.path(), v.on.name, f)
	}
	if len(findings) == 0 {
		looked.Store(made, true)
	}
}

// fill writes into the fields of the page's form as a person types and chooses. A value of a select or of radio
// buttons is chosen by its words.
func (v *visitor) fill(fields map[string]string) {
	v.t.Helper()
	for name, value := range fields {
		why := ask[string](v, fmt.Sprintf(`(function (name, value) {
			const all = Array.from(document.querySelectorAll('main [name="' + name + '"]')).filter(e => e.type !== "hidden");
			if (!all.length) return "there is no field " + name + "; there is: " +
				Array.from(document.querySelectorAll("main [name]")).filter(e => e.type !== "hidden").map(e => e.name).join(" ");
			const changed = e => { e.dispatchEvent(new Event("input", {bubbles: true})); e.dispatchEvent(new Event("change", {bubbles: true})); };
			const e = all[0];
			if (e.tagName === "SELECT") {
				const o = Array.from(e.options).find(o => o.text.trim() === value || o.value === value) || Array.from(e.options).find(o => o.text.includes(value));
				if (!o) return name + " cannot be " + value + "; it can be: " + Array.from(e.options).map(o => o.text).join(" | ");
				e.value = o.value;
			} else if (e.type === "radio" || e.type === "checkbox") {
				const words = e => (e.closest("label") || document.querySelector('label[for="' + e.id + '"]') || {innerText: ""}).innerText;
				const hit = all.find(e => e.value === value) || all.find(e => words(e).includes(value));
				if (!hit) return name + " cannot be " + value + "; it can be: " + all.map(e => e.value + " " + words(e)).join(" | ");
				hit.checked = true;
				changed(hit);
				return "";
			} else e.value = value;
			if (!e.matches("[data-auto]")) changed(e);
			return "";
		})(%s, %s)`, quote(name), quote(value)))
		if why != "" {
			v.fail("%s", why)
		}
	}
}

// sees fails unless the page says the words.
func (v *visitor) sees(words ...string) {
	v.t.Helper()
	text := ask[string](v, `document.body.innerText`)
	for _, w := range words {
		if !strings.Contains(text, w) {
			v.fail("the page does not say %q", w)
		}
	}
}

// read is the text of the first element that the selector names.
func (v *visitor) read(css string) string {
	v.t.Helper()
	return strings.TrimSpace(ask[string](v, fmt.Sprintf(`(document.querySelector(%s) || {innerText: ""}).innerText`, quote(css))))
}

// keep stores a picture of what the screen shows, where JISHI_TEST_PICTURES names a folder.
func (v *visitor) keep(name string) {
	dir := os.Getenv("JISHI_TEST_PICTURES")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(v.ctx, 20*time.Second)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		v.t.Logf("no picture: %v", err)
		return
	}
	if err := os.WriteFile(filepath.Join(dir, v.on.name+"-"+name+".png"), picture, 0o644); err != nil {
		v.t.Log(err)
	}
}
