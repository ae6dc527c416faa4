package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"jishi/base/words"
)

// maxJSON is the most bytes that a JSON body may have: the longest form with room to spare.
const maxJSON = 1 << 20

// languageTags are what we speak, in the order of languages.
var (
	languages    = []words.Lang{words.ZH, words.EN}
	languageTags = language.NewMatcher([]language.Tag{language.SimplifiedChinese, language.English})
)

// languageOf is the language of Accept-Language that we speak, Chinese where it names none.
func languageOf(accept string) words.Lang {
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(tags) == 0 {
		return words.ZH
	}
	_, i, sure := languageTags.Match(tags...)
	if sure == language.No {
		return words.ZH
	}
	return languages[i]
}

// checkAddress refuses an address or header that is not text: no database takes NUL, and no route needs it.
func checkAddress(r *http.Request) error {
	if !isText(r.URL.Path) {
		return refuse(http.StatusBadRequest, "bad-address", "网址里有无法识别的字符。")
	}
	query := r.URL.Query()
	for name, values := range query {
		for _, v := range values {
			if !isText(name) || !isText(v) {
				return refuse(http.StatusBadRequest, "bad-address", "网址里有无法识别的字符。")
			}
		}
	}
	for _, name := range []string{"Idempotency-Key", "If-Match", "X-Jishi-Number", "X-Jishi-Code", "Authorization"} {
		if v := r.Header.Get(name); !isText(v) || len(v) > 1000 {
			return refuse(http.StatusBadRequest, "bad-header", "请求头“{name}”的写法不对。", "name", name)
		}
	}
	return nil
}

func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(c rune) bool { return badRune(c) || c == '\n' || c == '\r' })
}

// badRune: control characters other than line ends and tabs, and the marks that turn the reading direction around.
func badRune(c rune) bool {
	return unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t' ||
		c >= '\u202a' && c <= '\u202e' || c >= '\u2066' && c <= '\u2069' || c == '\u200e' || c == '\u200f'
}

// checkBody reads a JSON body whole and refuses what is not one, before anything is made of it.
func checkBody(w http.ResponseWriter, r *http.Request) error {
	if r.Body == nil || r.Body == http.NoBody || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "multipart/form-data" && (strings.HasSuffix(r.URL.Path, "/files") || strings.HasSuffix(r.URL.Path, "-files")) {
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxJSON))
	if err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return err
		}
		return refuse(http.StatusBadRequest, "body-cut", "内容没有完整传到。").try("请重新发送。")
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	if len(body) == 0 {
		return nil
	}
	if charset := strings.ToLower(params["charset"]); kind != "application/json" || charset != "" && charset != "utf-8" {
		return refuse(http.StatusUnsupportedMediaType, "media-type", "内容的类型要写成 application/json。")
	}
	return checkJSON(body)
}

func checkJSON(body []byte) error {
	if !utf8.Valid(body) {
		return refuse(http.StatusBadRequest, "not-utf-8", "内容不是合法的 UTF-8 编码。").try("请以 UTF-8 编码发送。")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value any
	err := d.Decode(&value)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("more than one value")
		}
	}
	if err != nil {
		at := d.InputOffset()
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			at = syntax.Offset
		}
		return refuse(http.StatusBadRequest, "not-json", "内容不是合法的 JSON，第{at}个字节附近有错。", "at", at)
	}
	if where, bad := badText(value, "#"); bad {
		p := refuse(http.StatusUnprocessableEntity, "not-text", "内容里有看不见的控制字符或者改变文字方向的符号。").try("请删去后再发送。")
		return pointed{p, where}
	}
	return nil
}

// pointed is a refusal that knows where its cause stands: a JSON pointer into the body, or "query:limit".
type pointed struct {
	protocol
	pointer string
}

func (p pointed) Unwrap() error { return p.protocol }

func (p pointed) wrong(detail string) Wrong {
	if strings.HasPrefix(p.pointer, "#") {
		return Wrong{Pointer: p.pointer, Detail: detail}
	}
	return Wrong{Parameter: p.pointer, Detail: detail}
}

// badText finds the first string that is not text, and its JSON pointer.
func badText(value any, at string) (string, bool) {
	switch v := value.(type) {
	case string:
		return at, strings.ContainsFunc(v, badRune)
	case []any:
		for i, item := range v {
			if where, bad := badText(item, at+"/"+strconv.Itoa(i)); bad {
				return where, true
			}
		}
	case map[string]any:
		for name, item := range v {
			if strings.ContainsFunc(name, badRune) {
				return at, true
			}
			if where, bad := badText(item, at+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name)); bad {
				return where, true
			}
		}
	}
	return "", false
}

// seqOf reads If-Match: the ETag of the matter as the client saw it.
func seqOf(header string) (int, error) {
	if header == "" {
		return 0, refuse(http.StatusPreconditionRequired, "if-match-missing", "请在 If-Match 里带上您读到的 ETag，以免覆盖别人刚做的事。").
			try("先 GET 这件事项，把它的 ETag 原样发回来。")
	}
	text := strings.Trim(strings.TrimPrefix(strings.TrimSpace(header), "W/"), `"`)
	seq, err := strconv.Atoi(text)
	if err != nil || seq < 1 {
		return 0, refuse(http.StatusBadRequest, "bad-header", "请求头“{name}”的写法不对。", "name", "If-Match")
	}
	return seq, nil
}

func etag(seq int) string { return fmt.Sprintf(`"%d"`, seq) }

// sameTag reports whether If-None-Match names the tag.
func sameTag(header, tag string) bool {
	for t := range strings.SplitSeq(header, ",") {
		if t = strings.TrimPrefix(strings.TrimSpace(t), "W/"); t == tag || t == "*" {
			return true
		}
	}
	return false
}
