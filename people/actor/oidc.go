package actor

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/words"
)

// OIDCConfig is one identity provider.
type OIDCConfig struct {
	Issuer       string
	ClientID     string
	ClientSecret string
	Redirect     string   // our page that the provider sends people back to
	Scopes       []string // besides openid
	Claim        string   // the claim that is the login of an account: "preferred_username"; "" for known subjects only
}

// OIDC signs staff in through an identity provider: code flow with PKCE, state and nonce.
type OIDC struct {
	d        *db.DB
	config   OIDCConfig
	client   *http.Client
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
}

// flowLife is how long a person may take at the provider.
const flowLife = 10 * time.Minute

// NewOIDC asks the provider for its addresses and keys. client may be nil.
func NewOIDC(ctx context.Context, d *db.DB, c OIDCConfig, client *http.Client) (*OIDC, error) {
	if client == nil {
		client = &http.Client{Timeout: 15 * time.Second}
	}
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, client), c.Issuer)
	if err != nil {
		return nil, fmt.Errorf("actor: identity provider %s: %w", c.Issuer, err)
	}
	return &OIDC{d: d, config: c, client: client,
		oauth: oauth2.Config{ClientID: c.ClientID, ClientSecret: c.ClientSecret, RedirectURL: c.Redirect,
			Endpoint: p.Endpoint(), Scopes: append([]string{oidc.ScopeOpenID}, c.Scopes...)},
		verifier: p.Verifier(&oidc.Config{ClientID: c.ClientID}),
	}, nil
}

const insertFlow = `INSERT INTO oidc_flow (state, nonce, verifier, next, expires_at) VALUES ($1, $2, $3, $4, $5)`

// Begin is the provider's page to send the person to, and the state. The caller keeps the state in a cookie
// of this browser and gives it back to Finish: otherwise a stranger could sign somebody in as themselves.
// next is the local path to return to.
func (o *OIDC) Begin(ctx context.Context, next string, now time.Time) (page, state string, err error) {
	state, nonce, verifier := NewToken(), NewToken(), oauth2.GenerateVerifier()
	if !localPath(next) {
		next = "/"
	}
	err = o.d.Write(ctx, func(tx *db.Tx) error {
		return tx.Put(ctx, insertFlow, digest(state), nonce, verifier, next, now.Add(flowLife).UnixMilli())
	})
	if err != nil {
		return "", "", fmt.Errorf("actor: begin: %w", err)
	}
	return o.oauth.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), state, nil
}

// localPath reports whether next stays on this server.
func localPath(next string) bool {
	u, err := url.Parse(next)
	return err == nil && u.Scheme == "" && u.Host == "" && strings.HasPrefix(next, "/") &&
		!strings.HasPrefix(next, "//") && !strings.ContainsAny(next, "\\\r\n\x00")
}

const (
	takeFlow = `DELETE FROM oidc_flow WHERE state = $1 AND expires_at > $2 RETURNING nonce, verifier, next`

	deleteOldFlows = `DELETE FROM oidc_flow WHERE expires_at <= $1`
)

func errFlow() error {
	return words.Refuse(words.SignIn, "oidc-failed", "统一身份登录没有完成，或已过期。").Try("请重新登录。")
}

// Finish takes what the provider sent back: state and code of the address, and the state of the cookie. Each
// state works once. It returns the member of staff with the posts of today and the path to go to.
func (o *OIDC) Finish(ctx context.Context, cookie, state, code string, now time.Time) (Actor, string, error) {
	if state == "" || code == "" || subtle.ConstantTimeCompare([]byte(cookie), []byte(state)) != 1 {
		return Actor{}, "", errFlow()
	}
	var nonce, verifier, next string
	err := o.d.Write(ctx, func(tx *db.Tx) error {
		return tx.Row(ctx, takeFlow, []any{digest(state), now.UnixMilli()}, &nonce, &verifier, &next)
	})
	if errors.Is(err, db.ErrNotFound) {
		return Actor{}, "", errFlow()
	}
	if err != nil {
		return Actor{}, "", fmt.Errorf("actor: finish: %w", err)
	}
	token, err := o.identity(ctx, code, nonce, verifier)
	if err != nil {
		return Actor{}, "", err
	}
	person, err := o.person(ctx, token)
	if err != nil {
		return Actor{}, "", err
	}
	a, err := StaffOn(ctx, o.d, person, calendar.DayOf(now))
	return a, next, err
}

// identity exchanges the code and verifies the ID token's signature, issuer, audience, expiry and nonce. The reason
// of a failure is wrapped behind the refusal, for the log.
func (o *OIDC) identity(ctx context.Context, code, nonce, verifier string) (*oidc.IDToken, error) {
	ctx = oidc.ClientContext(ctx, o.client)
	answer, err := o.oauth.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, fmt.Errorf("%w (exchange: %w)", errFlow(), err)
	}
	raw, ok := answer.Extra("id_token").(string)
	if !ok {
		return nil, fmt.Errorf("%w (the answer holds no id_token)", errFlow())
	}
	token, err := o.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("%w (verify: %w)", errFlow(), err)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1 {
		return nil, fmt.Errorf("%w (nonce differs)", errFlow())
	}
	return token, nil
}

const (
	selectSubject = `SELECT c.person, c.closed_at FROM account_oidc o JOIN account c ON c.login = o.login
WHERE o.issuer = $1 AND o.subject = $2`
	insertSubject = `INSERT INTO account_oidc (issuer, subject, login) VALUES ($1, $2, $3) ON CONFLICT (issuer, subject) DO NOTHING`
)

// LinkSubject says that the provider's subject is the account with the login.
func LinkSubject(ctx context.Context, tx *db.Tx, issuer, subject, login string) error {
	return run(ctx, tx, "link subject", insertSubject, issuer, subject, PlainLogin(login))
}

// person finds whose the token is: by its subject, or the first time by the configured claim, after which
// the subject counts and a login given anew to somebody else does not carry over.
func (o *OIDC) person(ctx context.Context, token *oidc.IDToken) (string, error) {
	var person string
	var closed int64
	err := o.d.Row(ctx, selectSubject, []any{token.Issuer, token.Subject}, &person, &closed)
	if errors.Is(err, db.ErrNotFound) && o.config.Claim != "" {
		person, closed, err = o.first(ctx, token)
	}
	if errors.Is(err, db.ErrNotFound) || err == nil && closed != 0 {
		return "", words.Refuse(words.Forbidden, "no-account", "您的身份已经确认，但在本系统中没有账号。").Try("请联系本单位的系统管理员开通账号。")
	}
	if err != nil {
		return "", fmt.Errorf("actor: account of subject: %w", err)
	}
	return person, nil
}

const selectLinked = `SELECT COUNT(*) FROM account_oidc WHERE issuer = $1 AND login = $2`

func (o *OIDC) first(ctx context.Context, token *oidc.IDToken) (person string, closed int64, err error) {
	var claims map[string]any
	if err := token.Claims(&claims); err != nil {
		return "", 0, err
	}
	name, _ := claims[o.config.Claim].(string)
	login := PlainLogin(name)
	if login == "" {
		return "", 0, db.ErrNotFound
	}
	err = o.d.Write(ctx, func(tx *db.Tx) error {
		var password string
		var given int64
		if err := tx.Row(ctx, selectAccount, []any{login}, &person, &password, &closed, &given); err != nil {
			return err
		}
		var linked int64
		if err := tx.Row(ctx, selectLinked, []any{token.Issuer, login}, &linked); err != nil {
			return err
		}
		if linked > 0 {
			return db.ErrNotFound // the account is another subject's
		}
		return LinkSubject(ctx, tx, token.Issuer, token.Subject, login)
	})
	return person, closed, err
}
