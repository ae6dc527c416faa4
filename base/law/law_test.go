package law_test

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"jishi/base/calendar"
	"jishi/base/law"
	"jishi/base/words"
)

func shipped(t *testing.T) *law.Library {
	t.Helper()
	b, err := law.Load(os.DirFS("../../rules"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestArticlesAreFoundAsCited(t *testing.T) {
	b := shipped(t)
	for _, k := range []struct{ cite, found, gist string }{
		{"信访工作条例第三十四条", "第三十四条", "60日"},
		{"《信访工作条例》第34条", "第三十四条", "60日"},
		{"XF第二十三条第三款", "第二十三条第三款", "5个工作日"},
		{"信访工作条例第二十三条", "第二十三条", "书面告知"},
		{"信访工作条例第二十二条第一款第三项", "第二十二条第一款第三项", "交办"},
		{"信访工作条例第三十四条第一款", "第三十四条", "60日"},
		{"信访工作条例第二十三条第一款第二项", "第二十三条第一款", "转送"},
		{"信访工作条例第四十条第二款第一项", "第四十条", "三项建议"},
		{"民法典第二百零三条", "第二百零三条", "24时"},
		{"民事诉讼法第八十五条", "第八十五条", "在途"},
	} {
		c, err := b.Resolve(k.cite, "2025-03-03")
		if err != nil {
			t.Errorf("%s: %v", k.cite, err)
			continue
		}
		if c.Found != k.found || !strings.Contains(c.Gist, k.gist) || c.GistEn == "" {
			t.Errorf("%s: found %s: %s", k.cite, c.Found, c.Gist)
		}
	}
	c, err := b.Cite("XF", "第23条第3款", "2025-03-03")
	if err != nil || c.String() != "信访工作条例第二十三条第三款" || c.Say(words.EN) != "Regulations on Petition Work, art. 23, para. 3" {
		t.Errorf("%s, %s, %v", c, c.Say(words.EN), err)
	}
	if !strings.Contains(c.GistIn(words.EN), "5 working days") {
		t.Errorf("English gist: %s", c.GistIn(words.EN))
	}
}

func TestWhatCannotBeCited(t *testing.T) {
	b := shipped(t)
	for _, k := range []struct {
		cite string
		on   calendar.Day
		want error
	}{
		{"信访工作条例第三十四条", "2022-04-30", law.ErrNotInForce},
		{"信访条例第三十六条", "2022-05-01", law.ErrNotInForce},
		{"信访工作条例第五十一条", "2025-01-01", law.ErrNoArticle},
		{"信访工作条例第二十七条", "2025-01-01", law.ErrNoArticle}, // our notes do not tell what it says
		{"不存在的条例第一条", "2025-01-01", law.ErrNoLaw},
		{"第三十四条", "2025-01-01", law.ErrNoLaw},
		{"信访工作条例", "2025-01-01", law.ErrForm},
		{"《信访工作条例》", "2025-01-01", law.ErrNoArticle},
		{"信访工作条例第三十四", "2025-01-01", law.ErrForm},
		{"信访工作条例第十三二条", "2025-01-01", law.ErrForm},
		{"信访工作条例第三十四条第一项第二款", "2025-01-01", law.ErrForm},
		{"", "2025-01-01", law.ErrForm},
	} {
		if _, err := b.Resolve(k.cite, k.on); !errors.Is(err, k.want) {
			t.Errorf("%q on %s: %v, want %v", k.cite, k.on, err, k.want)
		}
	}
}

func TestParseCite(t *testing.T) {
	for _, k := range []struct{ cite, law, article string }{
		{"信访工作条例第三十四条", "信访工作条例", "第三十四条"},
		{"第二十三条第三款", "", "第二十三条第三款"},
		{"《民法典》第201条", "民法典", "第二百零一条"},
		{"XF第十条", "XF", "第十条"},
		{"第一百一十五条之二第一款", "", "第一百一十五条之二第一款"},
		{"《信访事项简易办理办法（试行）》", "信访事项简易办理办法（试行）", ""},
	} {
		l, a, err := law.ParseCite(k.cite)
		if l != k.law || a != k.article || err != nil {
			t.Errorf("%s: %q %q %v", k.cite, l, a, err)
		}
	}
}

// An amended statute is a new file with a new day; each matter meets the text of its time.
func TestAsOfDay(t *testing.T) {
	file := func(from, to, days string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("id: T\ntitle: 试行办法\nen: Trial\nfrom: " + from + "\n" + to +
			"status: in-force\ngrade: A\narticles:\n  - {n: 第一条, gist: " + days + "日, en: " + days + " days}\n")}
	}
	b, err := law.Load(fstest.MapFS{"T1.yaml": file("2020-01-01", "to: 2021-12-31\n", "10"), "T2.yaml": file("2022-01-01", "", "20")})
	if err != nil {
		t.Fatal(err)
	}
	for on, want := range map[calendar.Day]string{"2020-01-01": "10日", "2021-12-31": "10日", "2022-01-01": "20日", "2030-01-01": "20日"} {
		if c, err := b.Resolve("试行办法第一条", on); err != nil || c.Gist != want {
			t.Errorf("on %s: %q %v", on, c.Gist, err)
		}
	}
	_, err = law.Load(fstest.MapFS{"T1.yaml": file("2020-01-01", "", "10"), "T2.yaml": file("2022-01-01", "", "20")})
	if err == nil || !strings.Contains(err.Error(), "in force on the same day") {
		t.Errorf("two texts at once: %v", err)
	}
}

func TestDoubtsSurvive(t *testing.T) {
	b := shipped(t)
	for _, k := range []struct {
		cite   string
		on     calendar.Day
		grade  law.Grade
		status law.Status
		verify bool
	}{
		{"信访工作条例第三十四条", "2024-01-01", "A", law.InForce, false},
		{"信访事项简易办理办法第四条", "2024-01-01", "B", law.Procedural, true},
		{"《信访事项简易办理办法》", "2024-01-01", "C", law.Procedural, true},
		{"信访事项简易办理办法（试行）第五条", "2020-01-01", "B", law.Historic, true},
		{"《信访事项办理群众满意度评价工作办法》", "2024-01-01", "C", law.Procedural, true},
		{"信访条例第三十六条", "2010-01-01", "A", law.Historic, true},
		{"浙江省信访条例第十五条", "2024-01-01", "A", law.Legacy, true},
		{"山东省信访条例第四十三条", "2024-01-01", "A", law.Legacy, true},
		{"行政诉讼法第四十七条", "2024-01-01", "C", law.InForce, true},
		{"依法分类处理信访诉求工作规则第三条", "2024-01-01", "B", law.Legacy, true},
	} {
		c, err := b.Resolve(k.cite, k.on)
		if err != nil || c.Grade != k.grade || c.Status != k.status || c.Verify != k.verify || k.verify && c.Note == "" {
			t.Errorf("%s: %+v %v", k.cite, c, err)
		}
	}
}

// What people read has both languages, and no English sentence was left in Chinese.
func TestShippedGistsAreBilingual(t *testing.T) {
	han := regexp.MustCompile(`\p{Han}`)
	for _, l := range shipped(t).Laws() {
		if han.MatchString(l.En + l.GistEn) {
			t.Errorf("%s: Chinese in the English", l.ID)
		}
		for _, a := range l.Articles {
			if han.MatchString(a.En) || !han.MatchString(a.Gist) {
				t.Errorf("%s%s: %s / %s", l.ID, a.N, a.Gist, a.En)
			}
		}
	}
}

func TestFaultsAreToldAllAtOnce(t *testing.T) {
	_, err := law.Load(os.DirFS("testdata/faults"))
	if err == nil {
		t.Fatal("loaded")
	}
	for _, want := range []string{
		"unknown-field.yaml", "field isued not found", "status \"valid\"",
		"missing.yaml", "id is missing", "en is missing", "from is missing", "no article is listed", "grade \"\"",
		"articles.yaml", "第34条: is written 第三十四条", "第三十五条: is listed twice", "第三十六条第一款 is listed without 第三十六条 itself",
		"gist and en are both needed", "grade \"Z\"", "\"第三十七\" is not an article",
		"days.yaml", "2022-02-30", "to 2020-01-01 is before from 2022-05-01", "verify needs a note",
		"same-name.yaml", "one name for two statutes", "broken.yaml", "two.yaml", "one file holds one statute",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not told: %q", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
	if _, err := law.Load(fstest.MapFS{}); err == nil {
		t.Error("an empty folder is not a library")
	}
}
