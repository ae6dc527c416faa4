package tests

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// key presses one key.
func (v *visitor) key(name string, code int64, text string) {
	v.t.Helper()
	down := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeRawKeyDown, Key: name, WindowsVirtualKeyCode: code}
	if text != "" {
		down.Type, down.Text = input.DispatchKeyEventTypeKeyDown, text
	}
	up := down
	up.Type, up.Text = input.DispatchKeyEventTypeKeyUp, ""
	for _, event := range []input.DispatchKeyEventParams{down, up} {
		if _, err := chromedp.Call(v.ctx, input.DispatchKeyEvent, event); err != nil {
			v.fail("the key %s: %v", name, err)
		}
	}
}

// reach tabs to what the access key names: the key itself is the browser's business, that it leads to something is ours.
func (v *visitor) reach(key string) { v.t.Helper(); v.goes(`[accesskey="` + key + `"]`) }
func (v *visitor) tab()             { v.t.Helper(); v.key("Tab", 9, "") }
func (v *visitor) arrow()           { v.t.Helper(); v.key("ArrowRight", 39, "") }
func (v *visitor) enter()           { v.t.Helper(); v.key("Enter", 13, "\r") }
func (v *visitor) space()           { v.t.Helper(); v.key(" ", 32, " ") }

// says types where the keyboard is, and fails when that is not the field that the access key named.
func (v *visitor) says(key, field, text string) {
	v.t.Helper()
	v.reach(key)
	if at := ask[string](v, `document.activeElement.name || document.activeElement.tagName`); at != field {
		v.fail("the key %s is that of %s, not of %s", key, at, field)
	}
	if _, err := chromedp.Call(v.ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		v.fail("typing: %v", err)
	}
}

// waits for what the page must come to say.
func (v *visitor) waits(script string) {
	v.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(250 * time.Millisecond) {
		if ask[bool](v, script) {
			return
		}
	}
	v.fail("this never came true: %s", script)
}

// goes tabs forward to the element, as somebody without a mouse does.
func (v *visitor) goes(css string) {
	v.t.Helper()
	for range 200 {
		if ask[bool](v, fmt.Sprintf(`document.activeElement.matches(%s)`, quote(css))) {
			return
		}
		v.tab()
	}
	v.fail("the Tab key never reaches %s", css)
}

// TestTheTelephoneWithoutAMouse takes two calls about the same on one screen, by the keyboard alone: the first is
// dispatched with its limit, the second is found to be the same and joined.
func TestTheTelephoneWithoutAMouse(t *testing.T) {
	t.Parallel()
	h := start(t, "demo", "--data", t.TempDir(), "--profile", "hotline-example")
	v := visit(t, h, desktop)
	v.as("county-hotline-taker")
	v.open("/calls")
	v.keep("call")
	if twice := ask[string](v, `(function () {
		const keys = Array.from(document.querySelectorAll("main [accesskey]")).map(e => e.accessKey), shown = document.querySelector("main").innerText;
		return keys.filter((k, i) => keys.indexOf(k) !== i || !Array.from(document.querySelectorAll("main kbd")).some(e => e.innerText === k)).join(" ");
	})()`); twice != "" {
		t.Errorf("access keys that are not shown, or stand twice: %s", twice)
	}

	first := func() {
		v.says("n", "phone", "19900009001")
		v.goes(`input[name=class]`)
		v.space()
		v.arrow()
		v.arrow() // a complaint
		v.says("t", "title", "河西桥头红绿灯不亮")
		v.says("w", "what", "河西桥头的红绿灯三天没有亮，早上差点撞车。")
		v.says("p", "place-name", "天城镇")
		v.says("k", "subject", "停车、信号灯")
	}
	first()
	v.reach("1")
	v.says("u", "unit", "崇阳县公安局")
	v.goes(`input[name=urgency]`)
	v.space()
	v.arrow()
	v.arrow() // ordinary
	v.reach("s")
	v.enter()
	v.waits(`(document.querySelector("h1") || {}).innerText === "工单记下了"`)
	v.axe()
	v.sees("崇阳县公安局", "7日", "最迟")
	v.keep("ticket")
	number := v.read("dd.code")

	v.reach("n")
	v.enter()
	v.waits(`!!document.querySelector("#call")`)
	first()
	v.tab() // leaving the field asks for the same matters
	join := fmt.Sprintf(`input[name=join][value="%s"]`, number)
	for range 60 { // the index follows the journal
		if ask[bool](v, fmt.Sprintf(`!!document.querySelector(%s)`, quote(join))) {
			break
		}
		v.says("t", "title", "。")
		v.tab()
		time.Sleep(500 * time.Millisecond)
	}
	v.waits(`document.querySelector("#like").innerText.includes("同一地点") && document.querySelector("#like").innerText.includes("派单目录建议")`)
	v.goes(`input[name=join]`)
	for range 6 {
		if ask[bool](v, fmt.Sprintf(`document.activeElement.matches(%s)`, quote(join))) {
			break
		}
		v.arrow()
	}
	v.keep("same")
	v.reach("s")
	v.enter()
	v.waits(`(document.querySelector("h1") || {}).innerText === "工单记下了"`)
	v.sees("已并入另一张工单", number)
}
