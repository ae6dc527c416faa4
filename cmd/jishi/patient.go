package main

import (
	"io"
	"net/http"
	"time"
)

// bodyTime is how long the body of a request may take to arrive.
const bodyTime = 5 * time.Minute

// patient bounds how long a body takes, and lifts the bound when it is there. The bounds of net/http (ReadTimeout) and of
// huma (five seconds) stay while the answer is made; when they pass, the context of this request ends as if its reader
// had left, and so does that of every later request on the same connection: people were told that we are at fault, for as
// long as the proxy kept the connection.
func patient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := &body{ReadCloser: r.Body, conn: http.NewResponseController(w)}
		b.until(time.Now().Add(bodyTime))
		r.Body = b
		next.ServeHTTP(w, r)
	})
}

type body struct {
	io.ReadCloser
	conn  *http.ResponseController
	begun bool
}

// until ignores that a connection may know no bound: then there is none to lift.
func (b *body) until(t time.Time) { _ = b.conn.SetReadDeadline(t) }

func (b *body) Read(p []byte) (int, error) {
	if !b.begun {
		b.begun = true
		b.until(time.Now().Add(bodyTime))
	}
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.until(time.Time{})
	}
	return n, err
}
