// Package message carries short texts, such as one-time codes, to a person's telephone or mailbox.
package message

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/mail"
	"net/smtp"
	"strings"
	"sync"
	"time"
)

// Channel sends a text to an address. An error means that it may not have arrived.
type Channel interface {
	Send(ctx context.Context, to, text string) error
}

const patience = 15 * time.Second

// SMTP sends mail over STARTTLS; a server that does not offer it is refused, unless it is on this machine.
type SMTP struct {
	Addr     string // host:port
	User     string // "" for none
	Password string
	From     string // mail address of the office
	Subject  string
	TLS      *tls.Config // nil for the system's roots
}

// Send mails the text.
func (s SMTP) Send(ctx context.Context, to, text string) error {
	rcpt, err := mail.ParseAddress(to)
	if err != nil {
		return fmt.Errorf("message: not a mail address")
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.Addr)
	if err != nil {
		return fmt.Errorf("message: mail server: %w", err)
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	conn.SetDeadline(deadline)
	host, _, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return fmt.Errorf("message: mail server: %w", err)
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return fmt.Errorf("message: mail server: %w", err)
	}
	if err := s.deliver(c, host, rcpt.Address, text); err != nil {
		return fmt.Errorf("message: mail: %w", err)
	}
	return nil
}

func (s SMTP) deliver(c *smtp.Client, host, to, text string) error {
	if ok, _ := c.Extension("STARTTLS"); ok {
		config := s.TLS.Clone()
		if config == nil {
			config = &tls.Config{}
		}
		if config.ServerName == "" {
			config.ServerName = host
		}
		if err := c.StartTLS(config); err != nil {
			return err
		}
	} else if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("the server at %s offers no STARTTLS", host)
	}
	if s.User != "" {
		if err := c.Auth(smtp.PlainAuth("", s.User, s.Password, host)); err != nil {
			return err
		}
	}
	if err := c.Mail(s.From); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, s.letter(to, text)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return c.Quit()
}

func (s SMTP) letter(to, text string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: %s\r\n", s.From, to, mime.BEncoding.Encode("utf-8", s.Subject))
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	body := base64.StdEncoding.EncodeToString([]byte(text))
	for len(body) > 76 {
		b.WriteString(body[:76] + "\r\n")
		body = body[76:]
	}
	return b.String() + body + "\r\n"
}

// Hook gives the text to an SMS gateway: POST of {"to", "text", "at"} as JSON, signed in the header
// X-Jishi-Signature: sha256=HEX, the HMAC-SHA256 of the body. "at" is in seconds since 1970, so that the
// gateway can refuse what is sent again later. Any answer of 2xx is success.
type Hook struct {
	URL    string
	Secret []byte
	Client *http.Client     // nil for one that waits 15 seconds
	Now    func() time.Time // the clock of the caller
}

// Send posts the text.
func (h Hook) Send(ctx context.Context, to, text string) error {
	body, err := json.Marshal(map[string]any{"to": to, "text": text, "at": h.Now().Unix()})
	if err != nil {
		return fmt.Errorf("message: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("message: SMS hook: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Jishi-Signature", Sign(h.Secret, body))
	client := h.Client
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("message: SMS hook: %w", err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("message: SMS hook answered %s", resp.Status)
	}
	return nil
}

// Sign is the signature of a body, as the header carries it.
func Sign(secret, body []byte) string {
	m := hmac.New(sha256.New, secret)
	m.Write(body)
	return "sha256=" + hex.EncodeToString(m.Sum(nil))
}

// Screen keeps the last texts in memory, for the demonstration to show. Nothing is sent.
type Screen struct {
	mu   sync.Mutex
	kept []Text
}

// Text is one text that Screen kept.
type Text struct{ To, Text string }

const screenful = 50

// Send keeps the text.
func (s *Screen) Send(_ context.Context, to, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, Text{to, text})
	if len(s.kept) > screenful {
		s.kept = append([]Text(nil), s.kept[len(s.kept)-screenful:]...)
	}
	return nil
}

// Last are the kept texts, newest first.
func (s *Screen) Last() []Text {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Text, 0, len(s.kept))
	for i := len(s.kept) - 1; i >= 0; i-- {
		out = append(out, s.kept[i])
	}
	return out
}
