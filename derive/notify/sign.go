// Package notify tells other programs what happened: webhooks after the Standard Webhooks scheme.
//
// It follows the journal by position. An event becomes one message for each hook whose body has a part in the matter;
// of sealed matters, and of those that only their parties know, nothing is ever told. A message says number, kind, step
// and state, and leads to the rest, which its reader must be allowed to see: it carries no name, text or place.
package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// Secret is a key as people copy it.
func Secret(key []byte) string { return "whsec_" + base64.StdEncoding.EncodeToString(key) }

// ParseSecret is the key of a secret that Secret wrote.
func ParseSecret(secret string) ([]byte, error) {
	text, ok := strings.CutPrefix(secret, "whsec_")
	key, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(key) < 24 {
		return nil, fmt.Errorf("notify: a secret begins with whsec_ and holds 24 bytes or more in base64")
	}
	return key, nil
}

// Sign is the header webhook-signature: one signature for each key, the present one first.
func Sign(id string, at time.Time, body []byte, keys ...[]byte) string {
	var list []string
	for _, key := range keys {
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
		mac.Write(body)
		list = append(list, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(list, " ")
}
