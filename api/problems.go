package api

import (
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"

	"jishi/base/words"
)

//go:embed problems.tsv
var problemTable string

// kindOf is a kind of refusal: its stable name and what it means, in Chinese.
type kindOf struct{ Code, Title, Meaning string }

var kinds = sync.OnceValue(func() map[string]kindOf {
	m := map[string]kindOf{}
	for line := range strings.Lines(problemTable) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		// The table is compiled in; a line without its three parts is a fault of this build.
		parts := strings.Split(line, "\t")
		m[parts[0]] = kindOf{parts[0], parts[1], parts[2]}
	}
	return m
})

// titleOf is what a kind of refusal is called; by its status where the table does not know it.
func titleOf(code string, status int) string {
	if k, ok := kinds()[code]; ok {
		return k.Title
	}
	switch status {
	case http.StatusUnauthorized:
		return "需要先登录"
	case http.StatusForbidden:
		return "没有这样做的权限"
	case http.StatusNotFound:
		return "没有找到"
	case http.StatusConflict, http.StatusPreconditionFailed:
		return "现在不能办理"
	case http.StatusInternalServerError:
		return "系统内部错误"
	}
	return "发来的内容有误"
}

var problemPage = template.Must(template.New("problem").Parse(`<!DOCTYPE html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Title}}</title>
<link rel="stylesheet" href="/api/reader.css"></head><body><main>
<h1>{{.Title}}</h1>{{range .Kinds}}<section id="{{.Code}}"><h2><code>/problems/{{.Code}}</code> {{.Title}}</h2><p>{{.Meaning}}</p></section>
{{end}}<p><a href="/api/">{{.Back}}</a></p></main></body></html>
`))

// explain answers GET /problems/{code} and /problems/: what a refusal of this name means.
func (s *server) explain(w http.ResponseWriter, r *http.Request) {
	l := languageOf(r.Header.Get("Accept-Language"))
	code := r.PathValue("code")
	var list []kindOf
	for _, k := range kinds() {
		if code == "" || k.Code == code {
			list = append(list, kindOf{k.Code, words.Say(l, k.Title), words.Say(l, k.Meaning)})
		}
	}
	if len(list) == 0 {
		s.fail(w, r, refuse(http.StatusNotFound, "no-such-problem", "没有这种拒绝的说明。"))
		return
	}
	slices.SortFunc(list, func(a, b kindOf) int { return strings.Compare(a.Code, b.Code) })
	title := words.Say(l, "接口拒绝的种类")
	if code != "" {
		title = list[0].Title
	}
	page(w, l, problemPage, map[string]any{"Lang": l, "Title": title, "Kinds": list, "Back": words.Say(l, "接口说明")})
}
