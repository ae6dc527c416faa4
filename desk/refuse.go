package desk

import (
	"context"
	"errors"
	"strings"

	"jishi/base/db"
	"jishi/base/words"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/people/org"
	"jishi/work/matter"
)

// Demand is what somebody asks of a village that was never admitted.
type Demand struct {
	Token     string
	What      string // in one sentence
	Detail    string
	From      string // the body that asks, "" where it is none of the list
	FromNamed string // who asks, as the village writes it, where From is ""
	Quiet     bool   // tell the county only: From and whoever is beneath it cannot know
	Files     []matter.File
}

// Refuse refuses a demand for the actor's village or township: the letter writes itself and goes to whoever asked, and
// the county sees it. One press is enough; nothing is asked for that the village does not know anyway.
func (d *Desk) Refuse(ctx context.Context, who actor.Actor, x Demand) (Receipt, error) {
	own, ok := d.Offices.Tree().Get(who.Acting)
	if who.Kind != actor.Staff || !ok || own.Kind != org.Village && own.Kind != org.StreetTownship {
		return Receipt{}, words.Refuse(words.Forbidden, "not-the-base", "只有村（社区）和乡镇（街道）可以拒办。")
	}
	with := map[string]string{"title": strings.TrimSpace(x.What), "what": x.Detail, "asker": strings.TrimSpace(x.FromNamed), "to_body": d.AdmissionDesk(own.Division)}
	class, asker := "answer", "asker_org"
	if x.Quiet {
		class, asker = "quiet", "kept_from"
	}
	if from, ok := d.Offices.Tree().Get(x.From); ok {
		with["asker"], with[asker] = from.Name, from.ID
	}
	return d.File(ctx, who, Filing{Token: x.Token, Procedure: BurdenRefusal, Class: class, With: with, Files: x.Files})
}

// AdmissionDesk is the body that admits what comes down to the place: the county's social-work department, or where
// there is none its government; "" where the county has neither.
func (d *Desk) AdmissionDesk(place string) string {
	for _, kind := range []org.Kind{org.SocialWork, org.Government} {
		for _, o := range d.Offices.Tree().In("", kind) {
			if o.Level == org.County && o.To == "" && strings.HasPrefix(place, division.Prefix(o.Division)) {
				return o.ID
			}
		}
	}
	return ""
}

// Admitted is what is on the admitted list now, so that nobody refuses what was admitted.
func (d *Desk) Admitted(ctx context.Context) ([]AdmissionLine, error) {
	var list []AdmissionLine
	err := d.eachOf(ctx, Admission, func(m *matter.Matter) {
		if m.State == "active" {
			list = append(list, d.admissionLine(m))
		}
	})
	if err != nil {
		return nil, err
	}
	return list, d.reach(ctx, list)
}

// CertificateOf is the code of an issued certificate, for whoever may see the matter; one that was revoked
// says so.
func (d *Desk) CertificateOf(ctx context.Context, who actor.Actor, id string) (Checked, string, error) {
	m, err := d.Matters.Load(ctx, d.DB, id)
	if errors.Is(err, db.ErrNotFound) || err == nil && (!d.Matters.Sees(who, m) || m.Procedure != Certificate) {
		return Checked{}, "", matter.NotFound()
	}
	if err != nil {
		return Checked{}, "", err
	}
	if m.State != "issued" && m.State != "revoked" {
		return Checked{}, "", words.Refuse(words.Closed, "not-issued", "这张证明还没有出具。")
	}
	c, err := d.checked(m)
	return c, d.CertificateCode(m.Number), err
}
