package procedure_test

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jishi/base/words"
	"jishi/rules"
	"jishi/work/procedure"
)

func book(t *testing.T) *procedure.Book {
	t.Helper()
	laws, cal := shipped(t)
	b, err := procedure.Load(rules.FS, laws, cal)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wellFormed parses the drawing and refuses what a page's policy would: styles and scripts.
func wellFormed(t *testing.T, svg string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%v in %.200s", err, svg)
		}
		e, ok := token.(xml.StartElement)
		for _, a := range e.Attr {
			if ok && (a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on")) {
				t.Fatalf("<%s %s>", e.Name.Local, a.Name.Local)
			}
		}
		if e.Name.Local == "style" || e.Name.Local == "script" {
			t.Fatalf("<%s>", e.Name.Local)
		}
	}
}

// keep writes a drawing where JISHI_DRAWINGS says, to be looked at.
func keep(t *testing.T, name, svg string) {
	t.Helper()
	if dir := os.Getenv("JISHI_DRAWINGS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".svg"), []byte(svg), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDrawTheWholeProcedure(t *testing.T) {
	for _, p := range book(t).Procedures() {
		for _, lang := range []words.Lang{words.ZH, words.EN} {
			svg := procedure.Draw(p, "", nil, lang)
			wellFormed(t, svg)
			keep(t, p.ID+"-"+string(lang), svg)
			for id, s := range p.States {
				title := s.Title
				if lang == words.EN {
					title = s.En
				}
				if !strings.Contains(svg, ">"+title+"<") && id != "withdrawn" {
					t.Errorf("%s %s: the state %s is not drawn", p.ID, lang, title)
				}
			}
		}
	}
}

func TestTheLineSaysWhereYouAre(t *testing.T) {
	p, err := book(t).Procedure("petition", "2025-01-01", "")
	if err != nil {
		t.Fatal(err)
	}
	taken := []string{"submitted", "registered", "forwarded", "at-competent"}
	svg := procedure.Line(p, procedure.LineOptions{Taken: taken, Now: "handling", Lang: words.ZH, Due: "最迟12月10日"})
	wellFormed(t, svg)
	keep(t, "line", svg)
	for _, want := range []string{"您在这里 · 最迟12月10日", "60日", "30日", "也可能：", "导入法定程序", `aria-label="流程：提交（已经过）`} {
		if !strings.Contains(svg, want) {
			t.Errorf("%q is not in the drawing", want)
		}
	}
	aside := procedure.Line(p, procedure.LineOptions{Taken: taken[:2], Now: "redirected", Lang: words.ZH})
	wellFormed(t, aside)
	keep(t, "aside", aside)
	if !strings.Contains(aside, "已告知另行提出") || strings.Contains(aside, "也可能") {
		t.Error("a matter off the line is not drawn where it is")
	}
	keep(t, "line-en", procedure.Line(p, procedure.LineOptions{Taken: taken, Now: "handling", Lang: words.EN}))
}

func TestExplainNamesTheArticle(t *testing.T) {
	b := book(t)
	p, _ := b.Procedure("petition", "2025-01-01", "")
	for id, wants := range map[string][]string{
		"extend":        {"承办机关的负责人", "说明理由", "延长办理期限告知书", "信访工作条例第三十四条"},
		"handle":        {"60日", "累计不超过30日", "不顺延", "违反办理规定"},
		"rereview":      {"首尾两日都算", "信访工作条例第三十六条第一款"},
		"deem-accepted": {"系统", "非法律规定"},
		"ask-review":    {"顺延", "逾期未请求"},
	} {
		lines, ok := b.Explain(p, id, words.ZH)
		text := strings.Join(lines, "\n")
		for _, want := range wants {
			if !ok || !strings.Contains(text, want) {
				t.Errorf("%s: %q is not said in\n%s", id, want, text)
			}
		}
	}
	if _, ok := b.Explain(p, "sing", words.ZH); ok {
		t.Error("what is not there was explained")
	}
	for _, line := range b.ExplainAll(p, words.EN) {
		if strings.ContainsAny(line, "。：、") {
			t.Errorf("not English: %s", line)
		}
	}
}

func TestProfilesLieOver(t *testing.T) {
	b := book(t)
	national, _ := b.Procedure("petition", "2025-01-01", "")
	local, err := b.Procedure("petition", "2025-01-01", "zhejiang-legacy")
	if err != nil {
		t.Fatal(err)
	}
	again, _ := b.ByKey(local.Key())
	switch {
	case again != local:
		t.Error("laid twice")
	case local.Clocks["dispose"].Limit != "5个工作日" || national.Clocks["dispose"].Limit != "15日":
		t.Error("the limit is not changed in the profile alone")
	case len(local.Actions["name-representatives"].Guards) != 3 || len(national.Actions["name-representatives"].Guards) != 2:
		t.Error("the guard is not added in the profile alone")
	case local.Hash == national.Hash || b.Hash(local.Key()) != local.Hash || local.Key() != "petition@2022-05-01+zhejiang-legacy":
		t.Error("the version is not told apart")
	}
	if l, _ := b.Letter("opinion", "shandong-legacy"); !strings.Contains(strings.Join(l.Needs, " "), "reasons") {
		t.Error("Shandong's opinion does not need its reasons")
	}
	if _, err := b.Procedure("petition", "2022-04-30", ""); err == nil {
		t.Error("in force before its day")
	}
	if _, err := b.ByKey("petition@2022-05-01+moon"); err == nil {
		t.Error("an unknown profile was laid")
	}
}
