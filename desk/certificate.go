package desk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
	"jishi/module/duty"
	"jishi/work/matter"
)

// CertificateKind is one thing that people are sent to their village for.
type CertificateKind struct {
	Class, Title, En string
	Code             string   // NEG20#8 for an item of the national list
	Cite             string   // the item of the list
	Issued           bool     // a village issues it, after checking
	Options          []Choice // of the local list, where the class leaves it to the place
	Field            string   // that they answer
	Referral         duty.Referral
}

// CertificateKinds are the kinds in the order of the list, those that need no certificate first. A kind that the place
// has no list for is left out.
func (d *Desk) CertificateKinds() ([]CertificateKind, error) {
	p, err := d.Book.Procedure(Certificate, d.Today(), d.Profile)
	if err != nil {
		return nil, err
	}
	var list []CertificateKind
	for _, id := range p.ClassIDs() {
		c := p.Classes[id]
		k := CertificateKind{Class: id, Title: c.Title, En: c.En, Cite: c.Cite, Code: negativeCode(id), Issued: id == "listed" || id == "statutory", Referral: d.Local.Referrals[id]}
		if k.Field = map[string]string{"neg-local": "negative_item", "listed": "listed_item"}[id]; k.Field != "" {
			f := p.Fields[k.Field]
			if !f.Asked() {
				continue
			}
			for _, o := range f.Order {
				k.Options = append(k.Options, Choice{Value: o, Title: f.Options[o].Title, En: f.Options[o].En})
			}
		}
		list = append(list, k)
	}
	order := func(k CertificateKind) int {
		return slices.Index([]string{"", "neg-local", "listed", "statutory", "other"}, k.rest())
	}
	slices.SortStableFunc(list, func(a, b CertificateKind) int { return order(a) - order(b) })
	return list, nil
}

// rest is "" for an item of the national list, else the class.
func (k CertificateKind) rest() string {
	if k.Code != "" {
		return ""
	}
	return k.Class
}

// negativeCode names an item of the national list as people cite it: neg-08 is NEG20#8.
func negativeCode(class string) string {
	n, ok := strings.CutPrefix(class, "neg-")
	if !ok || n == "local" {
		return ""
	}
	return "NEG20#" + strings.TrimLeft(n, "0")
}

// CertificateCode is what anyone checks a certificate with, beside its number.
func (d *Desk) CertificateCode(number string) string {
	mac := hmac.New(sha256.New, d.secret)
	mac.Write([]byte("certificate\x00" + number))
	code := readable.EncodeToString(mac.Sum(nil))
	return code[:4] + "-" + code[4:8] + "-" + code[8:12]
}

// Checked is what anyone may know of a certificate whose number and code they hold: that it is genuine, not whose it is.
type Checked struct {
	Number, Kind, KindEn string
	Body                 Body
	Letter               string // number of the document
	On                   calendar.Day
	Revoked              bool
}

// CheckCertificate answers whoever holds number and code. A wrong code and a number that does not exist are one answer.
func (d *Desk) CheckCertificate(ctx context.Context, number, code string) (Checked, error) {
	number, code = strings.ToUpper(strings.TrimSpace(number)), strings.ToUpper(strings.TrimSpace(code))
	none := words.Refuse(words.NotFound, "no-such-certificate", "没有这张证明，或者核验码不对。").Try("请照证明上的编号和核验码再输一遍；还是不对的，这张证明不是从这里出的。")
	if !hmac.Equal([]byte(code), []byte(d.CertificateCode(number))) {
		return Checked{}, none
	}
	m, err := d.Matters.ByNumber(ctx, d.DB, number)
	if errors.Is(err, db.ErrNotFound) || err == nil && (m.Procedure != Certificate || m.State != "issued" && m.State != "revoked") {
		return Checked{}, none
	}
	if err != nil {
		return Checked{}, err
	}
	return d.checked(m)
}

func (d *Desk) checked(m *matter.Matter) (Checked, error) {
	p, err := d.Book.ByKey(m.Version)
	if err != nil {
		return Checked{}, err
	}
	c := Checked{Number: m.Number, Kind: m.Fields["title"], KindEn: p.Classes[m.Class].En, Body: d.Body(m.Org("committee")), Revoked: m.State == "revoked"}
	for _, l := range m.Letters {
		if l.Kind == Certificate {
			c.Letter, c.On = l.Number, dayOf(l.At)
		}
	}
	return c, nil
}
