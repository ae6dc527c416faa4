package web

import (
	"bytes"
	"io"
	"net/http/httptest"
	"testing"
	"unicode/utf8"

	"jishi/base/words"
)

// FuzzForm: whatever a browser or anybody else sends as a form, it is read or refused with a sentence, and what comes back is
// text.
func FuzzForm(f *testing.F) {
	f.Add("application/x-www-form-urlencoded", []byte("title=%E8%B7%AF%E7%81%AF&what=a%00b&x=%ff"))
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"what\"\r\n\r\n路灯\r\n--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.txt\"\r\n\r\nabc\r\n--x--\r\n"))
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a\"\r\n\r\nabc"))
	f.Add("multipart/form-data", []byte("--\r\n"))
	f.Add("////", []byte("%zz"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		r := httptest.NewRequest("POST", "/x", bytes.NewReader(body))
		r.Header.Set("Content-Type", kind)
		v := bare(io.Discard).visit(httptest.NewRecorder(), r)
		err := v.read(func(_ string, content io.Reader) (string, error) {
			_, err := io.Copy(io.Discard, content)
			return "ref", err
		})
		if _, ok := words.AsRefusal(err); err != nil && !ok {
			t.Fatalf("not a refusal: %v", err)
		}
		for name, values := range v.r.PostForm {
			for _, s := range values {
				if !utf8.ValidString(s) || bytes.ContainsRune([]byte(s), 0) {
					t.Fatalf("the field %q comes back as %q", name, s)
				}
			}
		}
	})
}
