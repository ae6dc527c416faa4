package collect

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/unicode/norm"
)

// Words are the ways of saying the same that forms know: data of rules/matching, which an office may change.
type Words struct {
	Same  [][]string
	Drop  []string
	Count []string

	same *strings.Replacer
}

// LoadWords reads rules/matching/words.yaml.
func LoadWords(files fs.FS) (*Words, error) {
	text, err := fs.ReadFile(files, "matching/words.yaml")
	if err != nil {
		return nil, fmt.Errorf("collect.LoadWords: %w", err)
	}
	w := &Words{}
	dec := yaml.NewDecoder(strings.NewReader(string(text)))
	dec.KnownFields(true)
	if err := dec.Decode(w); err != nil {
		return nil, fmt.Errorf("collect.LoadWords: %w", err)
	}
	var pairs [][2]string
	for _, group := range w.Same {
		for _, other := range group[1:] {
			pairs = append(pairs, [2]string{plain(other), plain(group[0])})
		}
		pairs = append(pairs, [2]string{plain(group[0]), plain(group[0])}) // the word itself is not cut by a shorter one
	}
	byLength := func(a, b string) int { return len(b) - len(a) }
	slices.SortStableFunc(pairs, func(a, b [2]string) int { return byLength(a[0], b[0]) })
	var flat []string
	for _, p := range pairs {
		flat = append(flat, p[0], p[1])
	}
	w.same = strings.NewReplacer(flat...)
	slices.SortStableFunc(w.Drop, byLength)
	slices.SortStableFunc(w.Count, byLength)
	return w, nil
}

// phrase is a label as the matcher reads it.
type phrase struct {
	text string // what is left when brackets, units, ordinals and dropped words are gone
	unit string // 人, 户, 亩 …: from brackets or the last word, "" where none is said
	asks string // yes, day, name: what its form says of the value; "" nothing
	part bool   // "of these": it belongs to the heading above it
}

var (
	brackets = regexp.MustCompile(`\(([^()]*)\)`)
	ordinal  = regexp.MustCompile(`^(\d+[.、)]|[一二三四五六七八九十]+、|\([一二三四五六七八九十\d]+\))`)
	numerals = strings.NewReplacer("六十五", "65", "三十五", "35", "六十", "60", "八十", "80", "一百", "100", "十八", "18", "~", "-", "至", "-", "—", "-", "–", "-")
)

// units that say the same.
var units = map[string]string{"名": "人", "人口": "人", "km": "公里", "㎡": "平方米", "m2": "平方米", "m²": "平方米", "平米": "平方米", "kg": "公斤",
	"月": "个月", "平方千米": "平方公里", "km2": "平方公里", "元/年": "元", "元/月": "元", "户数": "户", "人数": "人"}

var knownUnits = []string{"人次", "万元", "平方米", "平方公里", "公里", "公斤", "元/亩", "个月", "人", "户", "个", "亩", "元", "吨", "头", "只", "栋", "处", "座", "口", "岁", "件", "次",
	"支", "家", "所", "张", "台", "辆", "株", "条", "具", "起", "宗", "盏", "册", "份", "项", "%", "组", "年"}

// plain is the text in half width and lower case, without signs that say nothing.
func plain(s string) string {
	s = strings.ToLower(norm.NFKC.String(s))
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune(`"'“”‘’:：,，.。;；*※★_`, r) {
			return -1
		}
		return r
	}, s)
}

// read takes a label apart.
func (w *Words) read(label string) phrase {
	var p phrase
	s := ordinal.ReplaceAllString(strings.ToLower(norm.NFKC.String(strings.TrimSpace(label))), "")
	s = w.same.Replace(numerals.Replace(plain(s)))
	for _, m := range brackets.FindAllStringSubmatch(s, -1) {
		for _, part := range strings.FieldsFunc(m[1], func(r rune) bool { return r == '/' || r == '、' }) {
			if u := unitOf(part); u != "" && p.unit == "" {
				p.unit = u
			}
		}
	}
	bare := brackets.ReplaceAllString(s, "")
	if bare == "" { // a label that is all brackets
		bare = strings.NewReplacer("(", "", ")", "").Replace(s)
	}
	p.part = strings.HasPrefix(bare, "其中")
	p.asks = asks(bare)
	p.text, p.unit = w.core(bare, p.unit)
	return p
}

func unitOf(s string) string {
	if u, ok := units[s]; ok {
		s = u
	}
	if slices.Contains(knownUnits, s) {
		return s
	}
	return ""
}

// core drops what does not tell one element from another; a word that counts tells the unit.
func (w *Words) core(s, unit string) (string, string) {
	for _, d := range w.Drop {
		if utf8.RuneCountInString(s)-utf8.RuneCountInString(d) >= 1 {
			s = strings.Replace(s, d, "", 1)
		}
	}
	s = strings.TrimPrefix(strings.TrimPrefix(s, "是否"), "有无")
	for _, c := range w.Count {
		rest, ok := strings.CutSuffix(s, c)
		if !ok || rest == "" {
			continue
		}
		if unit == "" {
			for _, u := range knownUnits {
				if strings.Contains(c, u) {
					unit = u
					break
				}
			}
		}
		s = rest
		break
	}
	if unit == "" {
		switch {
		case strings.HasSuffix(s, "户"):
			unit = "户"
		case strings.HasSuffix(s, "人口"), strings.HasSuffix(s, "人员"):
			unit = "人"
		}
	}
	return s, unit
}

// asks says what the label's own form tells of the value.
func asks(s string) string {
	switch {
	case strings.HasPrefix(s, "是否"), strings.HasPrefix(s, "有无"):
		return "yes"
	case strings.HasSuffix(s, "日期"):
		return "day"
	case strings.HasSuffix(s, "姓名"), strings.HasSuffix(s, "名称"):
		return "name"
	case strings.HasSuffix(s, "率"):
		return "rate"
	case strings.HasSuffix(s, "金额"), strings.HasSuffix(s, "资金"), strings.HasSuffix(s, "经费"):
		return "money"
	case strings.HasSuffix(s, "面积"):
		return "area"
	case strings.HasSuffix(s, "电话"):
		return "phone"
	}
	return ""
}

// grams are the single signs and the pairs of a text, each with how often it stands there.
func grams(s string) map[string]float64 {
	g := map[string]float64{}
	runes := []rune(s)
	for i, r := range runes {
		g[string(r)] += 0.5
		if i+1 < len(runes) {
			g[string(runes[i:i+2])]++
		}
	}
	return g
}
