package actor

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"jishi/base/words"
)

// Argon2id as OWASP's password storage sheet recommends for a shared machine: 19 MiB, two passes, one lane.
const (
	argonMemory = 19 * 1024 // KiB
	argonTime   = 2
	argonLanes  = 1
	argonKey    = 32
	argonSalt   = 16
)

// kitchen lets two passwords be hashed at a time: a hundred sign-ins at once cost 38 MiB, not two GiB.
var kitchen = make(chan struct{}, 2)

// argon hashes when it is its turn, or gives up with ctx.
func argon(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case kitchen <- struct{}{}:
		defer func() { <-kitchen }()
	case <-ctx.Done():
		return nil, words.Refuse(words.Unavailable, "sign-in-busy", "现在登录的人太多。").Try("请稍候再试。")
	}
	return argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, argonKey), nil
}

// HashPassword is what is stored of a password, in the PHC string format.
func HashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	key, err := argon(ctx, password, salt)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes, b64(salt), b64(key)), nil
}

// unknownUser is hashed against when there is no such account, so that the answer takes as long.
const unknownUser = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// checkPassword compares in constant time. Every stored hash has the cost of this program: one with
// another cost is not recognised and its account needs a new password.
func checkPassword(ctx context.Context, stored, password string) (bool, error) {
	valid := true
	parts := strings.Split(stored, "$")
	if want := fmt.Sprintf("m=%d,t=%d,p=%d", argonMemory, argonTime, argonLanes); len(parts) != 6 || parts[1] != "argon2id" || parts[3] != want {
		parts, valid = strings.Split(unknownUser, "$"), false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	key, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil {
		return false, fmt.Errorf("actor: a stored password hash is damaged")
	}
	got, err := argon(ctx, password, salt)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, key) == 1 && valid && stored != unknownUser, nil
}

// NewPassword is a password with 100 random bits in groups that can be read aloud.
func NewPassword() string {
	t := strings.ToLower(rand.Text())
	return t[:5] + "-" + t[5:10] + "-" + t[10:15] + "-" + t[15:20]
}

// NewToken is a fresh 256-bit token for a cookie or an API client.
func NewToken() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// digest is what is stored of a token. The token has 256 random bits, so no salt is needed.
func digest(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}

// keyed is what is stored of something that could be guessed, an address or a short code: without the
// key, which is not in the database, a copy of the database does not tell it.
func keyed(key []byte, parts ...string) string {
	m := hmac.New(sha256.New, key)
	for _, p := range parts {
		fmt.Fprintf(m, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(m.Sum(nil))
}

// alphabet leaves out what is misread on paper or misheard on the telephone: 0 O 1 I L U.
const alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewQueryCode is a citizen's code for one matter: ten signs, 49 bits, written "ABCDE-23456".
func NewQueryCode() string {
	var b strings.Builder
	for b.Len() < 11 {
		if b.Len() == 5 {
			b.WriteByte('-')
		}
		b.WriteByte(alphabet[below(len(alphabet))])
	}
	return b.String()
}

// below is an even random number from 0 to n-1, n at most 256.
func below(n int) int {
	var b [1]byte
	for {
		rand.Read(b[:])
		if v := int(b[0]); v < 256-256%n {
			return v % n
		}
	}
}

// plainCode takes a code as people type it: small letters, spaces, dashes, full-width signs.
func plainCode(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～': // full-width forms of ASCII
			r -= '！' - '!'
		}
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z' || r >= '0' && r <= '9':
			return r
		}
		return -1
	}, code)
}

// HashCode is what is stored of a matter's query code. The key belongs to the installation.
func HashCode(key []byte, matter, code string) string {
	return keyed(key, "query-code", matter, plainCode(code))
}

// CheckCode compares a code, as typed, with the stored hash in constant time. An empty hash fits nothing.
func CheckCode(key []byte, matter, code, hash string) bool {
	return hash != "" && subtle.ConstantTimeCompare([]byte(HashCode(key, matter, code)), []byte(hash)) == 1
}
