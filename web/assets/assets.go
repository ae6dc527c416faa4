// Package assets holds the few files that pages load, named by what is in them: a name that a browser
// has seen never changes its bytes, so it may be kept for a year.
package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"jishi/base/paper"
)

//go:embed jishi.css jishi.js htmx.js mark.svg ed25519.js verify.js whistle.css board.js spot.js table.js passkey.js sw.js
var files embed.FS

type asset struct {
	plain, small []byte
	kind         string
}

var (
	byName = map[string]asset{}  // "jishi.4f2a….css"
	named  = map[string]string{} // "jishi.css" → "/assets/jishi.4f2a….css"
)

func init() {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // the files are compiled in; a fault is a fault of this build
	}
	for _, e := range entries {
		b, err := files.ReadFile(e.Name())
		if err != nil {
			panic(err)
		}
		add(e.Name(), b)
	}
	add("paper.css", []byte(paper.CSS))
}

// Text is one of our own files as it is, for a page that must hold everything itself.
func Text(name string) string {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err) // the files are compiled in
	}
	return string(b)
}

func add(name string, b []byte) {
	sum := sha256.Sum256(b)
	ext := path.Ext(name)
	full := fmt.Sprintf("%s.%s%s", strings.TrimSuffix(name, ext), hex.EncodeToString(sum[:6]), ext)
	var small bytes.Buffer
	z, _ := gzip.NewWriterLevel(&small, gzip.BestCompression)
	z.Write(b)
	z.Close()
	byName[full] = asset{plain: b, small: small.Bytes(), kind: mime.TypeByExtension(ext)}
	named[name] = "/assets/" + full
}

// URL is where a page finds the file; asking for one that is not compiled in is a fault of this build.
func URL(name string) string {
	u, ok := named[name]
	if !ok {
		panic("assets: no file " + name)
	}
	return u
}

// Serve answers GET /assets/{file}.
func Serve(w http.ResponseWriter, r *http.Request) {
	a, ok := byName[path.Base(r.URL.Path)]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := a.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = a.small
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
