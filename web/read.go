package web

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"jishi/base/blob"
	"jishi/base/words"
)

const (
	maxText   = 1 << 20    // bytes of all the fields of one form
	maxFile   = blob.Limit // bytes of one attachment: what the store takes
	maxFields = 400
)

// keep takes one attachment of a form as it streams in, and returns what the form brings back in its place.
type keep func(name string, content io.Reader) (string, error)

// read takes the form. Attachments are stored as they come, so that a fault in a field never loses one:
// their receipts join the field "file". A text that cannot be text is refused with its field, and the
// form comes back with what of it could be read.
func (v *visit) read(store keep) error {
	kind, params, _ := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		r := v.r
		r.Body = http.MaxBytesReader(v.w, r.Body, maxText)
		if err := r.ParseForm(); err != nil {
			r.PostForm = url.Values{}
			if errors.As(err, new(*http.MaxBytesError)) {
				return err
			}
			return cutOff()
		}
		return tidy(r.PostForm)
	}
	v.r.PostForm = url.Values{}
	err := v.parts(multipart.NewReader(v.r.Body, params["boundary"]), store)
	if fault := tidy(v.r.PostForm); fault != nil && err == nil {
		err = fault
	}
	return err
}

// parts reads a multipart form to its end, so that every field comes back even when a file was refused.
func (v *visit) parts(m *multipart.Reader, store keep) error {
	var refused error
	text := 0
	for n := 0; ; n++ {
		part, err := m.NextPart()
		if err == io.EOF {
			return refused
		}
		if err != nil || n > maxFields {
			if errors.As(err, new(*http.MaxBytesError)) {
				return err
			}
			return cutOff()
		}
		if part.FileName() != "" {
			if err := v.attach(part, store); err != nil {
				if errors.Is(err, io.ErrUnexpectedEOF) {
					return cutOff()
				}
				if _, ok := words.AsRefusal(err); !ok {
					return fmt.Errorf("web.read: attachment: %w", err)
				}
				refused = err
			}
			continue
		}
		b, err := io.ReadAll(io.LimitReader(part, int64(maxText-text)+1))
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return cutOff()
		}
		if err != nil {
			return err
		}
		if text += len(b); text > maxText {
			return words.Refuse(words.TooLarge, "form-too-large", "填写的文字太多，一次收不下。").Try("请缩短文字，或把材料作为附件提交。")
		}
		if name := part.FormName(); name != "" && part.Header.Get("Content-Type") == "" {
			v.r.PostForm.Add(name, string(b))
		}
	}
}

// cutOff refuses a form of which only a part arrived.
func cutOff() error {
	return words.Refuse(words.Invalid, "bad-form", "这张表没有完整传到。").Try("请返回再提交一次。")
}

// attach stores one file, and drains what is beyond the limit so that the fields behind it still arrive.
func (v *visit) attach(part *multipart.Part, store keep) error {
	name := part.FileName()
	limited := &io.LimitedReader{R: part, N: maxFile + 1}
	ref, err := store(name, limited)
	if _, e := io.Copy(io.Discard, part); e != nil && err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	if ref != "" {
		v.r.PostForm.Add("file", ref)
	}
	return nil
}

// noFiles is for forms that take no attachments: a file sent to one is left aside.
func noFiles(string, io.Reader) (string, error) { return "", nil }

// readable refuses an address that is no text: nothing of ours leads to one, and no database takes it.
func readable(r *http.Request) error {
	query, err := url.QueryUnescape(r.URL.RawQuery)
	for _, text := range []string{r.URL.Path, query} {
		if err != nil || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return words.Refuse(words.Invalid, "bad-address", "这个网址里有不是文字的符号。").Try("请核对网址，或从首页重新进入。")
		}
	}
	return nil
}

// turning are the characters that turn the direction of text around, so that it reads differently from what it is.
const turning = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

// tidy takes out of every field what is not text, and refuses where something was taken out: the writer
// should see what is left before it goes on record. Line ends become "\n".
func tidy(form url.Values) error {
	var refusal *words.Refusal
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for i, s := range form[name] {
			clean := strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
			form[name][i] = clean
			safe := strings.Map(textOnly, strings.ToValidUTF8(clean, ""))
			if safe == clean && utf8.ValidString(clean) {
				continue
			}
			form[name][i] = safe
			if refusal == nil {
				refusal = words.Refuse(words.Invalid, "not-text", "填写的内容里有不是文字的符号。").Try("我们已经把它去掉，请核对后再提交。")
			}
			refusal.At(name, "这一栏里有看不见的或无法识别的符号，已经去掉，请核对。")
		}
	}
	if refusal == nil {
		return nil
	}
	return refusal
}

func textOnly(r rune) rune {
	if r == '\n' || r == '\t' {
		return r
	}
	if r < ' ' || r == 0x7f || r == utf8.RuneError || strings.ContainsRune(turning, r) {
		return -1
	}
	return r
}
