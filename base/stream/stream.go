// Package stream writes server-sent events: an answer that does not end, one event at a time.
package stream

import (
	"fmt"
	"net/http"
	"time"
)

// patience is how long one event may take to leave: a reader in a tunnel must not hold us.
const patience = 10 * time.Second

// Stream is one open answer.
type Stream struct {
	w   http.ResponseWriter
	out *http.ResponseController
}

// Open begins the answer.
func Open(w http.ResponseWriter) *Stream {
	s := &Stream{w, http.NewResponseController(w)}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")    // a proxy in front must not wait for more
	s.out.SetReadDeadline(time.Time{})  // the request was read; its deadline would end the answer
	s.out.SetWriteDeadline(time.Time{}) // and so would the one of answers that end
	return s
}

// Send writes one event; data is one line. An error means that the reader has left.
func (s *Stream) Send(event string, data []byte) error {
	stuck := time.AfterFunc(patience, func() { s.out.SetWriteDeadline(time.Unix(1, 0)) })
	defer stuck.Stop()
	if _, err := fmt.Fprintf(s.w, "event: %s\ndata: %s\n\n", event, data); err != nil {
		return err
	}
	return s.out.Flush()
}
