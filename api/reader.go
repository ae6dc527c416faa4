package api

import (
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"

	"jishi/base/words"
)

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// reader serves the document, the page that reads it, and what the names of refusals mean.
func (s *server) reader() {
	document := sync.OnceValues(func() ([]byte, error) { return json.MarshalIndent(s.huma.OpenAPI(), "", " ") })
	asYAML := sync.OnceValues(func() ([]byte, error) { return s.huma.OpenAPI().YAML() })
	serve := func(kind string, make func() ([]byte, error)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			b, err := make()
			if err != nil {
				s.fail(w, r, err)
				return
			}
			w.Header().Set("Content-Type", kind)
			w.Write(b)
		}
	}
	s.mux.HandleFunc("GET /api/v1/openapi.json", serve("application/vnd.oai.openapi+json;version=3.1", document))
	s.mux.HandleFunc("GET /api/v1/openapi.yaml", serve("application/vnd.oai.openapi;version=3.1", asYAML))
	s.mux.HandleFunc("GET /api/reader.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Write([]byte(readerStyle))
	})
	s.mux.HandleFunc("GET /api/{$}", s.read)
	s.mux.HandleFunc("GET /problems/{$}", s.explain)
	s.mux.HandleFunc("GET /problems/{code}", s.explain)
}

const readerStyle = `body{font:17px/1.6 "Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;margin:0;color:#0b0c0c;background:#fff}
main{max-width:60rem;margin:0 auto;padding:1.5rem}
a{color:#0b4f8a}a:focus-visible{outline:3px solid #ffb000;outline-offset:2px}
code{font-family:"Noto Sans Mono CJK SC",Menlo,Consolas,monospace;font-size:.95em;overflow-wrap:anywhere}
article{border-top:1px solid #b1b4b6;padding:.75rem 0}h3{margin:.25rem 0;font-size:1.05rem}p{margin:.25rem 0}
.method{font-weight:700;display:inline-block;min-width:4.5rem}dt{font-weight:700}dd{margin:0 0 .25rem 0}
`

var readerPage = template.Must(template.New("reader").Parse(`<!DOCTYPE html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Title}}</title>
<link rel="stylesheet" href="/api/reader.css"></head><body><main>
<h1>{{.Title}}</h1>
<p>{{.Intro}}</p>
<p><a href="/api/v1/openapi.json">OpenAPI 3.1 (JSON)</a> · <a href="/api/v1/openapi.yaml">OpenAPI 3.1 (YAML)</a> · <a href="/problems/">{{.Problems}}</a></p>
<nav><ul>{{range .Groups}}<li><a href="#{{.Tag}}">{{.Title}}</a></li>{{end}}</ul></nav>
{{range .Groups}}<section><h2 id="{{.Tag}}">{{.Title}}</h2>{{range .Operations}}
<article id="{{.ID}}"><h3><span class="method">{{.Method}}</span> <code>{{.Path}}</code></h3>
<p>{{.Summary}}</p><dl><dt>{{$.Who}}</dt><dd>{{.Who}}{{if .Scope}} <code>{{.Scope}}</code>{{end}}</dd><dt>{{$.Refuses}}</dt><dd>{{.Refuses}}</dd>
<dt>{{$.Answers}}</dt><dd>{{range .Answers}}<code>{{.}}</code> {{end}}</dd></dl></article>{{end}}</section>
{{end}}</main></body></html>
`))

// groupTitles are what the groups of operations are called.
var groupTitles = map[string]string{"burden": "为基层减负", "filings": "提出和查询", "matters": "事项和清单", "actions": "办理的操作", "letters": "文书的文字和文件", "files": "上传和下载附件", "people": "人和机关",
	"places": "地方", "rules": "规则的文本和图", "figures": "统计数字", "collect": "报表和数据元", "table": "一张表", "whistles": "吹哨", "suggestions": "人民建议", "calendar": "日历和期限", "webhooks": "通知别的系统", "tokens": "令牌"}

type readerGroup struct {
	Tag, Title string
	Operations []readerOperation
}

type readerOperation struct {
	ID, Method, Path, Summary, Who, Refuses, Scope string
	Answers                                        []string
}

// read is the reader page: every operation of the document, in the reader's language, without a line of script.
func (s *server) read(w http.ResponseWriter, r *http.Request) {
	l := languageOf(r.Header.Get("Accept-Language"))
	var groups []readerGroup
	for _, o := range s.listed {
		i := slices.IndexFunc(groups, func(g readerGroup) bool { return g.Tag == o.tag })
		if i < 0 {
			i = len(groups)
			groups = append(groups, readerGroup{Tag: o.tag, Title: words.Say(l, groupTitles[o.tag])})
		}
		groups[i].Operations = append(groups[i].Operations, readerOperation{ID: o.id, Method: o.method, Path: o.path, Summary: words.Say(l, o.summary),
			Who: words.Say(l, o.who), Refuses: words.Say(l, o.refuses), Scope: o.scope, Answers: s.answers(o)})
	}
	page(w, l, readerPage, map[string]any{"Lang": l, "Title": words.Say(l, "接口说明"), "Groups": groups, "Problems": words.Say(l, "接口拒绝的种类"),
		"Intro": words.Say(l, "信访事项从提出到终结的全部操作。拒绝以 RFC 9457 的文档回答，语言随 Accept-Language；写操作可带 Idempotency-Key 重试；办理操作必须带 If-Match。"),
		"Who":   words.Say(l, "谁可以调用"), "Refuses": words.Say(l, "怎样拒绝"), "Answers": words.Say(l, "可能的回答")})
}

// answers are the statuses that the document gives for the operation.
func (s *server) answers(o operation) []string {
	item := s.huma.OpenAPI().Paths[o.path]
	if item == nil {
		return nil
	}
	for method, op := range map[string]any{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "DELETE": item.Delete} {
		if method == strings.ToUpper(o.method) {
			b, _ := json.Marshal(op)
			var x struct {
				Responses map[string]any `json:"responses"`
			}
			json.Unmarshal(b, &x)
			return sorted(x.Responses)
		}
	}
	return nil
}
