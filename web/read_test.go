package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"jishi/base/db"
	"jishi/base/words"
)

// bare is a server with the guard and no pages, for what does not depend on any.
func bare(log io.Writer) *Server {
	return &Server{opt: Options{Site: "基石", Log: slog.New(slog.NewJSONHandler(log, nil))}, mux: http.NewServeMux()}
}

func TestTextThatIsNoTextIsRefusedAndComesBackCleaned(t *testing.T) {
	for name, sent := range map[string]string{
		"invalid UTF-8": "打桩\xff声", "NUL": "打桩\x00声", "turned around": "打桩\u202e声", "zero width mark": "打桩\u200f声",
	} {
		form := url.Values{"what": {sent}}
		err := tidy(form)
		r, ok := words.AsRefusal(err)
		if !ok || r.Kind != words.Invalid || len(r.Fields) != 1 || r.Fields[0].Field != "what" {
			t.Errorf("%s: got %v", name, err)
		}
		if got := form.Get("what"); got != "打桩声" {
			t.Errorf("%s: the form comes back with %q", name, got)
		}
	}
	if err := tidy(url.Values{"what": {"第一行\r\n第二行\t👨‍👩‍👧"}}); err != nil {
		t.Errorf("ordinary text is refused: %v", err)
	}
}

func TestAFileTooLargeDoesNotLoseTheFieldsBehindIt(t *testing.T) {
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	f, _ := m.CreateFormFile("files", "big.bin")
	f.Write(make([]byte, maxFile+5))
	m.WriteField("what", "工地夜里打桩")
	m.Close()
	r := httptest.NewRequest("POST", "/x", &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	v := bare(io.Discard).visit(httptest.NewRecorder(), r)
	err := v.read(func(name string, content io.Reader) (string, error) {
		if n, _ := io.Copy(io.Discard, content); n <= maxFile {
			t.Errorf("the store saw only %d bytes", n)
		}
		return "", words.Refuse(words.TooLarge, "file", "太大")
	})
	if r, ok := words.AsRefusal(err); !ok || r.Kind != words.TooLarge {
		t.Errorf("got %v", err)
	}
	if v.r.PostForm.Get("what") != "工地夜里打桩" {
		t.Errorf("the field is lost: %v", v.r.PostForm)
	}
}

func TestOurOwnFaultGetsANumberAndTellsNothingElse(t *testing.T) {
	var log bytes.Buffer
	s := bare(&log)
	s.page("GET /x/{number}", func(*visit) error { return errors.New("dial tcp 10.0.0.7: secret") })
	w := httptest.NewRecorder()
	s.guard(s.mux).ServeHTTP(w, httptest.NewRequest("GET", "/x/LX2026-1", nil))
	id := w.Header().Get("X-Request-Id")
	if w.Code != 500 || !strings.Contains(w.Body.String(), id) || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), id) || strings.Contains(log.String(), "LX2026") {
		t.Errorf("log: %s", log.String())
	}
}

func TestAPanicIsOnePageAndTheServerGoesOn(t *testing.T) {
	s := bare(io.Discard)
	s.page("GET /x", func(*visit) error { panic("oh") })
	for range 2 {
		w := httptest.NewRecorder()
		s.guard(s.mux).ServeHTTP(w, httptest.NewRequest("GET", "/x", nil))
		if w.Code != 500 || !strings.Contains(w.Body.String(), "我们出了问题") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
}

func TestAFormFromAnotherSiteIsRefused(t *testing.T) {
	s := bare(io.Discard)
	s.page("POST /x", func(*visit) error { t.Error("it got through"); return nil })
	r := httptest.NewRequest("POST", "/x", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	s.guard(s.mux).ServeHTTP(w, r)
	if w.Code != 403 || !strings.Contains(w.Body.String(), "别的网站") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestOnlyOurOwnPathsAreGoneBackTo(t *testing.T) {
	for to, want := range map[string]string{"/desk?box=late": "/desk?box=late", "//evil.example": "/", "https://evil.example": "/", "/\\evil": "/", "": "/"} {
		if got := local(to); got != want {
			t.Errorf("local(%q) = %q", to, got)
		}
	}
}

// TestADatabaseThatIsAwayIsNoFaultOfOurs: during a fail-over a page says to try again, that the same form is not taken
// twice, and nothing of the inside.
func TestADatabaseThatIsAwayIsNoFaultOfOurs(t *testing.T) {
	s := bare(io.Discard)
	s.page("GET /away", func(*visit) error { return fmt.Errorf("desk: %w: dial tcp 10.0.0.1:5432", db.ErrUnavailable) })
	w := httptest.NewRecorder()
	s.guard(s.mux).ServeHTTP(w, httptest.NewRequest("GET", "/away", nil))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "不会收两次") || strings.Contains(w.Body.String(), "10.0.0.1") {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

// TestAnAttachmentThatIsCutOffIsToldSo: the network broke in the middle of a photograph.
func TestAnAttachmentThatIsCutOffIsToldSo(t *testing.T) {
	r := httptest.NewRequest("POST", "/x", strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.jpg\"\r\n\r\nabc"))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	err := bare(io.Discard).visit(httptest.NewRecorder(), r).read(func(_ string, content io.Reader) (string, error) {
		_, err := io.Copy(io.Discard, content)
		return "", err
	})
	if told, ok := words.AsRefusal(err); !ok || told.Code != "bad-form" {
		t.Errorf("got %v", err)
	}
}
