package api

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// MaxID is how many bytes a workflow id, a task queue's name or any other id
// of a user's may have, as in Temporal.
const MaxID = 1000

const (
	// maxToken is how many bytes a subject token of ours has at most: a line
	// of NATS's protocol must stay below 4 KiB and a consumer's name below 256.
	maxToken = 120
	// hashMark separates the readable prefix of a long id from its hash. It
	// occurs in no escaped id, where % is followed by two hexadecimal digits.
	hashMark = "%-"
	hashHex  = 32
	empty    = "%"
	hexUpper = "0123456789ABCDEF"
)

// Token writes an id, any string, as one token of a subject: letters, digits
// and the characters -_:@=+~ stand for themselves, any other byte is %XX. A
// token that would exceed 120 bytes is its beginning and 128 bits of the id's
// SHA-256. Different ids have different tokens.
func Token(id string) string {
	if id == "" {
		return empty
	}
	escaped := 0
	for i := range len(id) {
		if !readable(id[i]) {
			escaped++
		}
	}
	if escaped == 0 && len(id) <= maxToken {
		return id
	}
	var b strings.Builder
	length := len(id) + 2*escaped
	limit := length
	if length > maxToken {
		limit = maxToken - len(hashMark) - hashHex
	}
	b.Grow(min(length, maxToken))
	for i := range len(id) {
		c := id[i]
		if readable(c) {
			if b.Len()+1 > limit {
				break
			}
			b.WriteByte(c)
			continue
		}
		if b.Len()+3 > limit {
			break
		}
		b.WriteByte('%')
		b.WriteByte(hexUpper[c>>4])
		b.WriteByte(hexUpper[c&15])
	}
	if length > maxToken {
		sum := sha256.Sum256([]byte(id))
		b.WriteString(hashMark)
		b.WriteString(hex.EncodeToString(sum[:hashHex/2]))
	}
	return b.String()
}

// ID is the id that a token was made from. It is false for a token that holds
// a hash, and for what Token never makes.
func ID(token string) (string, bool) {
	if token == empty {
		return "", true
	}
	if token == "" || len(token) > maxToken || strings.Contains(token, hashMark) {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(token); i++ {
		c := token[i]
		if c != '%' {
			if !readable(c) {
				return "", false
			}
			b.WriteByte(c)
			continue
		}
		if i+2 >= len(token) {
			return "", false
		}
		high, low := strings.IndexByte(hexUpper, token[i+1]), strings.IndexByte(hexUpper, token[i+2])
		if high < 0 || low < 0 || readable(byte(high<<4|low)) {
			return "", false
		}
		b.WriteByte(byte(high<<4 | low))
		i += 2
	}
	return b.String(), true
}

func readable(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("-_:@=+~", c) >= 0
}
