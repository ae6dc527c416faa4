package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"net/http"

	"jishi/api"
	"jishi/api/ledger"
	"jishi/api/open311"
	"jishi/demo"
	"jishi/people/actor"
	"jishi/people/division"
	"jishi/web"
)

// rooms puts the pages, the API and Open311 behind one address.
func (s *system) rooms(ctx context.Context, mux *http.ServeMux) error {
	pages := web.Options{Site: s.Site, Origin: s.Origin, Secure: s.Secure, Demo: s.desk.Demo, Log: s.log, Key: s.key("pages")}
	if s.desk.Demo {
		pages.Home, pages.Roles, pages.Shown = division.DemoCounty, rolesFor(s.roles), s.shown
	}
	if s.OIDC.Issuer != "" {
		provider, err := actor.NewOIDC(ctx, s.db, actor.OIDCConfig{Issuer: s.OIDC.Issuer, ClientID: s.OIDC.Client,
			ClientSecret: s.OIDC.Secret, Redirect: s.Origin + "/sign-in/oidc", Scopes: []string{"profile"}, Claim: s.OIDC.Claim}, nil)
		if err != nil {
			return err
		}
		pages.OIDC, pages.OIDCName = provider, s.OIDC.Name
	}
	interfaces := api.New(s.desk, api.Options{Site: s.Site, Origin: s.Origin, Cookie: web.StaffCookie, Secret: s.key("api"), Log: s.log})
	mux.Handle("/api/", interfaces)
	mux.Handle("/problems/", interfaces)
	mux.Handle("/open311/", open311.New(s.desk, open311.Options{Site: s.Site, Origin: s.Origin, Demo: s.desk.Demo, Log: s.log}))
	mux.Handle("/ledger/", ledger.New(s.ledger, ledger.Options{Witnesses: s.Witnesses, Now: now,
		Fault: func(err error) { s.log.Error("the ledger failed", "error", err.Error()) }}))
	mux.Handle("/", web.New(s.desk, pages))
	return nil
}

// key derives a key for one purpose from the installation's secret, so that one cannot be used for another.
func (s *system) key(purpose string) []byte {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte("jishi " + purpose))
	return mac.Sum(nil)
}

func rolesFor(list []demo.Role) []web.Role {
	roles := make([]web.Role, len(list))
	for i, r := range list {
		roles[i] = web.Role{ID: r.ID, Person: r.ID, Title: r.Title, Name: r.Name, Body: r.Body}
	}
	return roles
}

// shown is the last code that was sent to the number, which the demonstration shows on the screen.
func (s *system) shown(phone string) string {
	texts := s.screen.Last()
	for i := len(texts) - 1; i >= 0; i-- {
		if texts[i].To == phone {
			return texts[i].Text
		}
	}
	return ""
}
