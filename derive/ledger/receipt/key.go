package receipt

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"
)

// A Key checks what a ledger signed from a day on. Vouched is a note by which the key before it and this one sign for
// each other, so that whoever trusts one of them can trust all.
type Key struct {
	Public  string `json:"public"` // in the form of golang.org/x/mod/sumdb/note
	From    string `json:"from"`
	Vouched string `json:"vouched,omitempty"`
}

// Handover is what two keys sign when one follows the other.
func Handover(last, next string) string {
	return fmt.Sprintf("jishi ledger key v1\nlast %s\nnext %s\n", last, next)
}

// Chain checks that each key is vouched for, and that the trusted one is among them ("" for any), and gives the verifiers.
func Chain(keys []Key, trusted string) (list []note.Verifier, err error) {
	if len(keys) == 0 || trusted != "" && !slices.ContainsFunc(keys, func(k Key) bool { return k.Public == trusted }) {
		return nil, errors.New("receipt: the trusted key is not among the ledger's")
	}
	for i, k := range keys {
		v, err := note.NewVerifier(k.Public)
		if err != nil {
			return nil, fmt.Errorf("receipt: key %d: %w", i+1, err)
		}
		if list = append(list, v); i == 0 {
			continue
		}
		n, err := note.Open([]byte(k.Vouched), note.VerifierList(list[i-1], v))
		if err != nil || len(n.Sigs) != 2 || n.Text != Handover(keys[i-1].Public, k.Public) || v.Name() != list[0].Name() {
			return nil, fmt.Errorf("receipt: key %d is not vouched for by the one before it", i+1)
		}
	}
	return list, nil
}
