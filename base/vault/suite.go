package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"hash"
	"slices"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
)

// A Suite is the set of algorithms that seal identities.
type Suite string

const (
	// AES seals with AES-256-GCM, and hashes with SHA-256. It is the default.
	AES Suite = "aes-256-gcm"
	// SM4 seals with SM4-GCM (GB/T 32907), and hashes with SM3 (GB/T 32905). The library that computes them is no product
	// certified for commercial cryptography; where one is asked for, the keys lie in it (see Options.Command).
	SM4 Suite = "sm4-gcm"
)

// Suites are those that a setting may name.
var Suites = []Suite{AES, SM4}

// Known reports whether the name is a suite; "" is: it leaves the choice to the key file.
func (s Suite) Known() bool { return s == "" || slices.Contains(Suites, s) }

func (s Suite) or(other Suite) Suite {
	if s == "" {
		return other
	}
	return s
}

// newKey is a fresh key of the suite's length.
func (s Suite) newKey() []byte {
	if s == SM4 {
		return random(16)
	}
	return random(32)
}

// hash is the one that look-ups and commitments are made with.
func (s Suite) hash() func() hash.Hash {
	if s == SM4 {
		return sm3.New
	}
	return sha256.New
}

// sealer is the suite's cipher under a key. Each sealing has a nonce of its own, in front of the ciphertext.
func (s Suite) sealer(key []byte) (cipher.AEAD, error) {
	switch s {
	case AES:
		if len(key) != 32 {
			return nil, fmt.Errorf("a key of %s has 32 bytes, this one %d", s, len(key))
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		return cipher.NewGCMWithRandomNonce(block)
	case SM4:
		block, err := sm4.NewCipher(key)
		if err != nil {
			return nil, err
		}
		gcm, err := cipher.NewGCM(block)
		return nonced{gcm}, err
	}
	return nil, fmt.Errorf("this program knows no algorithm %q", string(s))
}

// nonced puts a random nonce in front of what it seals, as the standard library does for AES.
type nonced struct{ cipher.AEAD }

func (n nonced) NonceSize() int { return 0 }

func (n nonced) Overhead() int { return n.AEAD.NonceSize() + n.AEAD.Overhead() }

func (n nonced) Seal(dst, _, plain, data []byte) []byte {
	nonce := make([]byte, n.AEAD.NonceSize())
	rand.Read(nonce) // never fails: the runtime ends the program instead
	return n.AEAD.Seal(append(dst, nonce...), nonce, plain, data)
}

func (n nonced) Open(dst, _, sealed, data []byte) ([]byte, error) {
	size := n.AEAD.NonceSize()
	if len(sealed) < size {
		return nil, fmt.Errorf("too short to be sealed")
	}
	return n.AEAD.Open(dst, sealed[:size], sealed[size:], data)
}

// SM3 is the hash of GB/T 32905.
func SM3(text []byte) []byte {
	sum := sm3.Sum(text)
	return sum[:]
}
