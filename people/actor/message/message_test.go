package message

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestTheHookIsSignedAndToldTheTime(t *testing.T) {
	secret := []byte("shared with the gateway")
	var got struct {
		To, Text string
		At       int64
	}
	status := http.StatusAccepted
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("X-Jishi-Signature") != Sign(secret, body) {
			t.Error("the signature does not fit the body")
		}
		if err := json.Unmarshal(body, &got); err != nil {
			t.Error(err)
		}
		w.WriteHeader(status)
	}))
	defer gateway.Close()
	hook := Hook{URL: gateway.URL, Secret: secret, Now: func() time.Time { return time.Unix(1_772_400_000, 0) }}
	if err := hook.Send(t.Context(), "13800138000", "验证码 123456"); err != nil {
		t.Fatal(err)
	}
	if got.To != "13800138000" || got.Text != "验证码 123456" || got.At != 1_772_400_000 {
		t.Errorf("%+v", got)
	}
	if Sign([]byte("another"), []byte("x")) == Sign(secret, []byte("x")) {
		t.Error("the secret does not count")
	}
	status = http.StatusBadGateway
	if err := hook.Send(t.Context(), "13800138000", "x"); err == nil || strings.Contains(err.Error(), "13800138000") {
		t.Errorf("a failing gateway: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := hook.Send(ctx, "1", "x"); err == nil {
		t.Error("sent after the end")
	}
}

// mailServer speaks as much SMTP as one letter needs and hands the letter over.
func mailServer(t *testing.T, starttls bool) (addr string, roots *x509.CertPool, letters chan string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, _ := x509.ParseCertificate(der)
	roots = x509.NewCertPool()
	roots.AddCert(cert)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	letters = make(chan string, 10)
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go converse(c, starttls, config, letters)
		}
	}()
	return l.Addr().String(), roots, letters
}

func converse(c net.Conn, starttls bool, config *tls.Config, letters chan string) {
	defer c.Close()
	in, secret, letter := bufio.NewReader(c), false, ""
	say := func(s string) { fmt.Fprintf(c, "%s\r\n", s) }
	say("220 test")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(strings.TrimSpace(line)); {
		case strings.HasPrefix(verb, "EHLO") && starttls && !secret:
			say("250-test\r\n250 STARTTLS")
		case strings.HasPrefix(verb, "EHLO"):
			say("250-test\r\n250 AUTH PLAIN")
		case verb == "STARTTLS":
			say("220 go")
			s := tls.Server(c, config)
			c, in, secret = s, bufio.NewReader(s), true
		case verb == "DATA":
			say("354 go")
			for {
				l, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if l == ".\r\n" {
					break
				}
				letter += l
			}
			letters <- fmt.Sprintf("secret=%v\r\n", secret) + letter
			say("250 taken")
		case strings.HasPrefix(verb, "AUTH"):
			letter += "> " + line
			say("235 welcome")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			letter += "> " + line
			say("250 ok")
		}
	}
}

func TestMailGoesThroughStartTLS(t *testing.T) {
	addr, roots, letters := mailServer(t, true)
	s := SMTP{Addr: addr, User: "office", Password: "p", From: "office@example.org", Subject: "验证码", TLS: &tls.Config{RootCAs: roots}}
	text := strings.Repeat("您的验证码是 123456。", 10)
	if err := s.Send(t.Context(), "li@example.org", text); err != nil {
		t.Fatal(err)
	}
	letter := <-letters
	head, body, _ := strings.Cut(letter, "\r\n\r\n")
	got, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(body, "\r\n", ""))
	if err != nil || string(got) != text {
		t.Errorf("body %q, %v", got, err)
	}
	for _, want := range []string{"secret=true", "RCPT TO:<li@example.org>", "AUTH PLAIN", "Subject: =?utf-8?b?"} {
		if !strings.Contains(head, want) {
			t.Errorf("no %q in\n%s", want, head)
		}
	}
	s.TLS = nil // a certificate nobody vouches for
	if err := s.Send(t.Context(), "li@example.org", text); err == nil {
		t.Error("an unknown certificate was trusted")
	}
	if err := s.Send(t.Context(), "li@example.org\r\nBcc: x@example.org", text); err == nil {
		t.Error("a second recipient was slipped in")
	}
}

func TestMailInTheOpenOnlyOnThisMachine(t *testing.T) {
	addr, _, letters := mailServer(t, false)
	s := SMTP{Addr: addr, From: "office@example.org"}
	if err := s.Send(t.Context(), "li@example.org", "x"); err != nil {
		t.Fatal(err)
	}
	if letter := <-letters; !strings.Contains(letter, "secret=false") {
		t.Error(letter)
	}
}

func TestTheScreenKeepsTheLast(t *testing.T) {
	var s Screen
	for i := range screenful + 5 {
		s.Send(t.Context(), "1", fmt.Sprint(i))
	}
	last := s.Last()
	if len(last) != screenful || last[0].Text != fmt.Sprint(screenful+4) {
		t.Errorf("%d kept, first %v", len(last), last[0])
	}
}
