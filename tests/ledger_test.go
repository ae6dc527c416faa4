package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestAReceiptIsChecked: a citizen brings something in, keeps the receipt, and it is checked four ways: by the page, by the
// page saved as a file without a network, by the command, and by the form for those without scripts. A receipt that was
// touched is told by each of them. A watcher outside sees the ledger grow.
func TestAReceiptIsChecked(t *testing.T) {
	t.Parallel()
	h := demoHouse(t)
	number, code := filed(t, h)
	citizen := visit(t, h, phone)
	citizen.follow(number, code)
	citizen.press("收据：证明您什么时候说了什么")
	citizen.sees("签名有效", "和签发时承诺的一致")
	for end := time.Now().Add(patience); time.Now().Before(end); { // the ledger takes it in within seconds
		if strings.Contains(citizen.read("#verify-found"), "账本的第") {
			break
		}
		time.Sleep(250 * time.Millisecond)
		citizen.open("/p/" + number + "/receipt")
	}
	citizen.sees("承诺的事件是账本的第")
	citizen.axe()
	citizen.keep("receipt")
	good := ask[string](citizen, fmt.Sprintf(`fetch("/p/%s/receipt.json").then(r => r.text())`, number))
	var touched map[string]any
	if err := json.Unmarshal([]byte(good), &touched); err != nil {
		t.Fatal(err)
	}
	touched["said"].([]any)[0].(map[string]any)["text"] = "另外一句话"
	bad, _ := json.Marshal(touched)
	dir := t.TempDir()
	for name, text := range map[string][]byte{"good.json": []byte(good), "bad.json": bad} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	// In the browser, on the page and then on the page as a file of its own.
	citizen.open("/verify")
	checks(citizen, good, "签名有效", "一致", "账本的第")
	checks(citizen, string(bad), "签名有效", "内容被改动过")
	citizen.axe()
	citizen.keep("verify")
	saved := filepath.Join(dir, "verify.html")
	if err := os.WriteFile(saved, fetch(t, h.at+"/verify/offline"), 0o600); err != nil {
		t.Fatal(err)
	}
	alone := visit(t, h, desktop)
	if err := chromedp.Do(alone.ctx, chromedp.Navigate("file://"+saved)); err != nil {
		t.Fatal(err)
	}
	checks(alone, good, "签名有效", "一致", "账本的第")
	checks(alone, string(bad), "内容被改动过")
	checks(alone, "{}", "这不是基石的收据文件")
	alone.axe()

	// By the command, alone and against the ledger; and from outside.
	for args, want := range map[string]string{
		"verify receipt " + dir + "/good.json":                                                     "OK    included",
		"verify receipt --log " + h.at + "/ledger " + dir + "/good.json":                           "OK    included",
		"watch --every 0 --state " + dir + "/seen.json --receipts " + dir + " " + h.at + "/ledger": "WRONG said",
	} {
		said, err := run(t, strings.Fields(args)...)
		if !strings.Contains(said, want) || strings.HasPrefix(want, "OK") != (err == nil) {
			t.Errorf("%s: %v\n%s", args, err, said)
		}
	}
	if said, err := run(t, "verify", "receipt", "--lang", "en", filepath.Join(dir, "bad.json")); err == nil || !strings.Contains(said, "it was changed") {
		t.Errorf("%v %s", err, said)
	}

	// Without scripts the form sends the file, and the page says the same.
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, _ := w.CreateFormFile("receipt", "receipt.json")
	part.Write(bad)
	w.Close()
	answer, err := http.Post(h.at+"/verify", w.FormDataContentType(), &form)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var page bytes.Buffer
	page.ReadFrom(answer.Body)
	if !strings.Contains(page.String(), "内容被改动过") {
		t.Errorf("without scripts: %s", answer.Status)
	}
}

// checks puts a receipt into the checking page, waits for what it says, and logs how long the page took (the goal is 200 ms).
func checks(v *visitor, text string, want ...string) {
	v.t.Helper()
	ask[string](v, fmt.Sprintf(`(function (text) {
		const bag = new DataTransfer(), field = document.getElementById("verify-file");
		bag.items.add(new File([text], "receipt.json", {type: "application/json"}));
		const found = document.getElementById("verify-found");
		found.textContent = "";
		window.began = performance.now();
		new MutationObserver(() => { if (found.querySelector("li")) window.took ??= performance.now() - window.began; }).observe(found, {childList: true, subtree: true});
		window.took = undefined;
		field.files = bag.files;
		field.dispatchEvent(new Event("change", {bubbles: true}));
		return "";
	})(%s)`, quote(text)))
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`document.querySelectorAll("#verify-found li").length > 0`)); err != nil {
		v.fail("nothing was found: %v", err)
	}
	said := v.read("#verify-found")
	v.t.Logf("checked in %.0f ms", ask[float64](v, "window.took"))
	for _, w := range want {
		if !strings.Contains(said, w) {
			v.fail("the page says %q and not %q", said, w)
		}
	}
}

// filed brings a suggestion in through the interface.
func filed(t *testing.T, h *house) (number, code string) {
	t.Helper()
	body := `{"with":{"title":"路灯坏了三盏","what":"巷口到菜场一段，晚上看不见路。","place":"421223100000"},"class":"claim","who":{"name":"李某乙","phone":"19900000002"}}`
	answer, err := http.Post(h.at+"/api/v1/filings", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var receipt struct{ Number, Code string }
	if err := json.NewDecoder(answer.Body).Decode(&receipt); err != nil || receipt.Code == "" {
		t.Fatalf("filed: %s %v", answer.Status, err)
	}
	return receipt.Number, receipt.Code
}
