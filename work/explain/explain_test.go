package explain_test

import (
	"encoding/xml"
	"io"
	"slices"
	"strings"
	"testing"

	"jishi/base/words"
	"jishi/rules"
	"jishi/work/explain"
	"jishi/work/procedure"
	"jishi/work/scenario"
)

func shipped(t *testing.T) []*procedure.Procedure {
	t.Helper()
	w, err := scenario.NewWorld(rules.FS, words.ZH)
	if err != nil {
		t.Fatal(err)
	}
	return w.Book.Procedures()
}

// Each drawing is well-formed, shows every state by name, and carries nothing that a page's policy forbids.
func TestDrawingShowsEveryState(t *testing.T) {
	for _, p := range shipped(t) {
		for _, lang := range []words.Lang{words.ZH, words.EN} {
			svg := explain.Draw(p, lang)
			dec := xml.NewDecoder(strings.NewReader(svg))
			for {
				tok, err := dec.Token()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatalf("%s: %v", p.Key(), err)
				}
				if e, ok := tok.(xml.StartElement); ok {
					for _, a := range e.Attr {
						if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") || e.Name.Local == "script" {
							t.Errorf("%s: <%s %s> is not allowed on a page", p.Key(), e.Name.Local, a.Name.Local)
						}
					}
				}
			}
			for id, s := range p.States {
				if lang == words.ZH && !strings.Contains(svg, ">"+s.Title+"<") {
					t.Errorf("%s: the state %s (%s) is not drawn", p.Key(), id, s.Title)
				}
			}
			if svg != explain.Draw(p, lang) {
				t.Errorf("%s: two drawings of one procedure differ", p.Key())
			}
		}
	}
}

// No state covers another.
func TestStatesDoNotOverlap(t *testing.T) {
	for _, p := range shipped(t) {
		seen := map[string]bool{}
		for _, line := range strings.Split(explain.Draw(p, words.ZH), "\n") {
			if _, rest, ok := strings.Cut(line, `<rect x="`); ok {
				at, _, _ := strings.Cut(rest, ` width`)
				if seen[at] {
					t.Errorf("%s: two states at %s", p.Key(), at)
				}
				seen[at] = true
			}
		}
		if len(seen) != len(p.States) {
			t.Errorf("%s: %d places for %d states", p.Key(), len(seen), len(p.States))
		}
	}
}

// The sentences say the limits, who decides and what is our own setting; none leaves a name in braces.
func TestSentences(t *testing.T) {
	list := shipped(t)
	p := list[slices.IndexFunc(list, func(p *procedure.Procedure) bool { return p.ID == "petition" })]
	for lang, want := range map[words.Lang][]string{
		words.ZH: {"办理期限：60日", "最多延长30日，由承办机关的负责人批准", "过期的督办", "不是法律规定", "从“复核听证开始”到“复核听证结束”不计入"},
		words.EN: {"Time for handling: 60", "extended by 30", "head of the handling body", "not law"},
	} {
		text := strings.Join(explain.Sentences(p, lang, nil), "\n")
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is not said in\n%s", lang, w, text)
			}
		}
		if strings.ContainsAny(text, "{}") {
			t.Errorf("%s: a name was left in braces", lang)
		}
	}
}
