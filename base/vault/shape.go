package vault

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"jishi/base/calendar"
	"jishi/base/words"
)

var (
	mobile   = regexp.MustCompile(`^1[3-9][0-9]{9}$`)
	landline = regexp.MustCompile(`^0[1-9][0-9]{8,10}$`)    // area code of 3 or 4 digits, number of 7 or 8
	abroad   = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)   // ITU-T E.164
	number   = regexp.MustCompile(`^[1-9][0-9]{16}[0-9X]$`) // GB 11643
)

// NormalPhone brings a phone number to one form: half-width digits without spaces, dashes or +86.
func NormalPhone(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("-‐‑–—()（）.", r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, norm.NFKC.String(s))
	if rest, ok := strings.CutPrefix(s, "00"); ok {
		s = "+" + rest
	}
	if rest, ok := strings.CutPrefix(s, "+86"); ok {
		s = rest
		if !mobile.MatchString(s) && s != "" && s[0] != '0' {
			s = "0" + s // a landline is written without its 0 after the country code
		}
	}
	return s
}

// CheckPhone is nil for a phone number of a possible shape, mainland or abroad.
func CheckPhone(field, phone string) *words.Fault {
	p := NormalPhone(phone)
	if mobile.MatchString(p) || landline.MatchString(p) || abroad.MatchString(p) {
		return nil
	}
	return &words.Fault{Field: field, Text: "请填写11位手机号，或带区号的固定电话，如0571-12345678；境外号码请以+和国家代码开头。"}
}

// NormalIDNumber brings an ID number to one form: half-width, without spaces, the final X a capital.
func NormalIDNumber(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, norm.NFKC.String(s)))
}

// CheckIDNumber is nil for a citizen identity number as GB 11643-1999 forms it: a division, a birth
// day that exists and is not after today, and the check character of ISO 7064 MOD 11-2. It cannot
// tell whether such a person exists.
func CheckIDNumber(field, id string, today calendar.Day) *words.Fault {
	n := NormalIDNumber(id)
	if !number.MatchString(n) {
		return &words.Fault{Field: field, Text: "身份证号应为18位：前17位是数字，最后一位是数字或X。"}
	}
	birth, err := calendar.ParseDay(n[6:10] + "-" + n[10:12] + "-" + n[12:14])
	if err != nil || birth > today || birth < "1880-01-01" {
		return &words.Fault{Field: field, Text: "身份证号第7到14位应是出生年月日，请对照证件核对。"}
	}
	if n[17] != CheckCharacter(n) {
		return &words.Fault{Field: field, Text: "身份证号有一位写错了，请对照证件核对。"}
	}
	return nil
}

// CheckCharacter is the last of the number; each of its first 17 digits weighs 2 to the power of its distance from the end, modulo 11.
func CheckCharacter(n string) byte {
	sum := 0
	for i, weight := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(n[i]-'0') * weight
	}
	return "10X98765432"[sum%11]
}

// Masked hides what would name the person and leaves what lets an officer tell two rows apart.
func (i Identity) Masked() Identity {
	name, address := []rune(i.Name), []rune(i.Address)
	if len(name) > 1 {
		i.Name = string(name[:1]) + strings.Repeat("*", min(len(name)-1, 2))
	} else if len(name) == 1 {
		i.Name = "*"
	}
	i.Phone = middle(i.Phone, 3, 4)
	i.IDNumber = middle(i.IDNumber, 4, 2)
	if len(address) > 0 {
		i.Address = string(address[:min(6, len(address)/2)]) + "***"
	}
	if at := strings.LastIndexByte(i.Email, '@'); at > 0 {
		first := []rune(i.Email)[0]
		i.Email = string(first) + "***" + i.Email[at:]
	} else if i.Email != "" {
		i.Email = "***"
	}
	return i
}

// middle hides all but the first and the last characters; of a short text it shows nothing.
func middle(s string, first, last int) string {
	r := []rune(s)
	if len(r) < first+last+3 {
		return strings.Repeat("*", len(r))
	}
	return string(r[:first]) + strings.Repeat("*", len(r)-first-last) + string(r[len(r)-last:])
}

// OnlyCheckDigit reports whether nothing but the check character of the number is wrong.
func OnlyCheckDigit(id string, today calendar.Day) bool {
	n := NormalIDNumber(id)
	return number.MatchString(n) && n[17] != CheckCharacter(n) && CheckIDNumber("", n[:17]+string(CheckCharacter(n)), today) == nil
}
