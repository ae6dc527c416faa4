package vault

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"jishi/base/calendar"
)

// Number is something in a text by which a person can be found.
type Number struct {
	Kind  string // in Chinese; its English is in the catalogue
	Start string // how it begins, enough to find it in the text and not enough to use it
}

var (
	digitRun = regexp.MustCompile(`[0-9](?:[ -]?[0-9])*[Xx]?`)
	// 省份简称 + a letter + five or six characters, GA 36; letters I and O are not used.
	plate = regexp.MustCompile(`[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·. ]?[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳使领]`)
)

// Numbers finds in a text what must not be published: numbers of identity cards, mobile phones and landlines, bank
// cards, and licence plates, however they are spaced and whether wide or narrow. It knows shapes and check digits, not
// people: names and addresses it cannot find.
func Numbers(text string, today calendar.Day) (found []Number) {
	for _, x := range spots(text, today) {
		found = append(found, x.Number)
	}
	return found
}

// WithoutNumbers is the text with such numbers made unreadable but for how they begin, for a door through which a text
// leaves without anybody looking at it. The text that is kept is not touched.
func WithoutNumbers(text string, today calendar.Day) string {
	list := spots(text, today)
	if len(list) == 0 {
		return text
	}
	runes := []rune(text)
	for _, x := range list {
		shown := 0
		for i := x.from; i < x.to; i++ {
			if r := runes[i]; !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				continue
			} else if shown++; shown > x.clear {
				runes[i] = '*'
			}
		}
	}
	return string(runes)
}

// spot is where a number stands, in runes of the text as it was written, and how much of it may be shown.
type spot struct {
	Number
	from, to, clear int
}

func spots(text string, today calendar.Day) (found []spot) {
	plain, at := flat(text)
	if !strings.ContainsAny(plain, "0123456789") { // most texts: without digits there is no number, and no plate either
		return nil
	}
	for _, m := range digitRun.FindAllStringIndex(plain, -1) {
		run := plain[m[0]:m[1]]
		bare := strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(run))
		if kind := numberKind(bare, run, today); kind != "" {
			found = append(found, spot{Number{kind, bare[:min(4, len(bare))]}, at[m[0]], at[m[1]-1] + 1, 3})
		}
	}
	for _, m := range plate.FindAllStringIndex(plain, -1) {
		found = append(found, spot{Number{"车牌号", string([]rune(plain[m[0]:m[1]])[:3])}, at[m[0]], at[m[1]-1] + 1, 2})
	}
	return found
}

// flat is the text as a reader takes it: narrow, without signs that nobody sees, all dashes and blanks alike, letters
// large. at tells for each byte from which rune of the text it came.
func flat(text string) (plain string, at []int) {
	var b strings.Builder
	b.Grow(len(text))
	at = make([]int, 0, len(text))
	i := 0
	for _, r := range text {
		if r < utf8.RuneSelf || 0x4E00 <= r && r <= 0x9FFF { // nearly all that is written here: there is nothing to fold
			one(&b, r)
		} else {
			for _, n := range norm.NFKC.String(string(r)) {
				one(&b, n)
			}
		}
		for len(at) < b.Len() {
			at = append(at, i)
		}
		i++
	}
	return b.String(), at
}

// one writes a character as a reader takes it.
func one(b *strings.Builder, n rune) {
	switch {
	case 'a' <= n && n <= 'z':
		n -= 'a' - 'A'
	case n < utf8.RuneSelf && n > ' ' || 0x4E00 <= n && n <= 0x9FFF:
	case unicode.Is(unicode.Cf, n):
		return
	case strings.ContainsRune("‐‑–—－", n):
		n = '-'
	case n != '\n' && unicode.IsSpace(n):
		n = ' '
	default:
		n = unicode.ToUpper(n)
	}
	b.WriteRune(n)
}

// numberKind is what a run of digits is; "" for a number that tells nobody.
func numberKind(bare, written string, today calendar.Day) string {
	digits := strings.TrimSuffix(bare, "X")
	switch {
	case CheckIDNumber("", bare, today) == nil, len(bare) == 15 && oldIDNumber(bare):
		return "身份证号"
	case mobile.MatchString(strings.TrimPrefix(digits, "86")):
		return "手机号"
	case len(digits) >= 16 && len(digits) <= 19 && luhn(digits):
		return "银行卡号"
	case landline.MatchString(digits) && !strings.Contains(strings.TrimSpace(written), " ") && len(digits) >= 10 && !calendarLike(written):
		return "电话号码"
	}
	return ""
}

// oldIDNumber is a number of the first generation: no check digit, a day of birth in the century that was.
func oldIDNumber(n string) bool {
	_, err := calendar.ParseDay("19" + n[6:8] + "-" + n[8:10] + "-" + n[10:12])
	return err == nil && n[0] != '0'
}

// calendarLike: a run that begins with a zero and is parted like a day or an amount is no landline.
func calendarLike(written string) bool { return strings.Count(written, "-") > 1 }

// luhn is the check digit of ISO/IEC 7812, which bank cards carry.
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
