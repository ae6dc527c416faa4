package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"jishi/base/words"
	"jishi/web/follow"
	"jishi/work/matter"
)

// keep stores an attachment as soon as it arrives. What the form carries in its place is a sealed receipt:
// a hash alone would let anyone who knows one hang somebody else's file on their own matter.
func (s *Server) keep(v *visit) keep {
	return func(name string, content io.Reader) (string, error) {
		f, err := os.CreateTemp("", "jishi-in-")
		if err != nil {
			return "", fmt.Errorf("web.keep: %w", err)
		}
		defer os.Remove(f.Name())
		defer f.Close()
		n, err := io.Copy(f, content)
		if err != nil {
			return "", err
		}
		if n == 0 {
			return "", notKept(name, words.Refuse(words.Invalid, "empty-file", "文件是空的。"))
		}
		kept, err := s.desk.Keep(v.r.Context(), name, f)
		if r, ok := words.AsRefusal(err); ok {
			return "", notKept(name, r)
		}
		if err != nil {
			return "", err
		}
		return s.receipt(kept)
	}
}

// notKept says which file was refused, and that nothing else was lost.
func notKept(name string, r *words.Refusal) error {
	why := words.Two{ZH: words.Say(words.ZH, r.What, r.Args...) + words.Say(words.ZH, r.Way, r.Args...),
		EN: strings.TrimSpace(words.Say(words.EN, r.What, r.Args...) + " " + words.Say(words.EN, r.Way, r.Args...))}
	args := append([]any{"file", name, "why", why}, r.Args...)
	return words.Refuse(r.Kind, r.Code, "有附件没有收下，其他内容都还在。", args...).Try("请换一个文件，或去掉它再提交。").
		At("files", "“{file}”没有收下：{why}", args...)
}

func (s *Server) receipt(f matter.File) (string, error) {
	b, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("web.receipt: %w", err)
	}
	text := base64.RawURLEncoding.EncodeToString(b)
	return text + "." + s.sign(text), nil
}

func (s *Server) sign(text string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte("file\x00" + text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}

// attached are the files whose receipts the form brought back; a receipt that we did not seal is left aside.
func (s *Server) attached(refs []string) []matter.File {
	var files []matter.File
	for _, ref := range refs {
		text, seal, _ := strings.Cut(ref, ".")
		if !hmac.Equal([]byte(seal), []byte(s.sign(text))) {
			continue
		}
		var f matter.File
		b, err := base64.RawURLEncoding.DecodeString(text)
		if err == nil && json.Unmarshal(b, &f) == nil {
			files = append(files, f)
		}
	}
	return files
}

// arrived is one file as the forms show it.
type arrived struct{ Ref, Name, Size string }

func (s *Server) arrived(refs []string) []arrived {
	var list []arrived
	for _, ref := range refs {
		for _, f := range s.attached([]string{ref}) {
			list = append(list, arrived{Ref: ref, Name: f.Name, Size: follow.Size(f.Size)})
		}
	}
	return list
}
