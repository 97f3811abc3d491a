// Package puback reads JetStream's answer to a published message. Those who publish without nats.go's
// own waiting, for its cost, hand it the data that came to their reply subject: history's log and rest, and matching.
package puback

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Ack is JetStream's answer to a published message.
type Ack struct {
	// Stream that took the message; part of what was parsed, where it could be.
	Stream []byte
	// Sequence of the message; of a batch's last.
	Sequence uint64
	// Count of messages in a batch.
	Count uint64
	// Code is an error's code, 0 for none, and Description its text.
	Code        int
	Description string
}

// ErrMalformed is wrapped by Parse's error: what came is no acknowledgement.
var ErrMalformed = errors.New("not an acknowledgement of JetStream's")

// Parse reads an acknowledgement; a refusal is one too, with its Code. Errors: ErrMalformed.
//
// It allocates nothing where the message was stored and the answer says no more than every server does.
func Parse(data []byte) (Ack, error) {
	if ack, ok := parsePlain(data); ok {
		return ack, nil
	}
	var full struct {
		Error *struct {
			Code        int    `json:"code"`
			ErrorCode   int    `json:"err_code"`
			Description string `json:"description"`
		} `json:"error"`
		Stream string `json:"stream"`
		Seq    uint64 `json:"seq"`
		Count  uint64 `json:"count"`
	}
	if err := json.Unmarshal(data, &full); err != nil {
		return Ack{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	ack := Ack{Stream: []byte(full.Stream), Sequence: full.Seq, Count: full.Count}
	switch {
	case full.Error != nil:
		ack.Code, ack.Description = full.Error.ErrorCode, full.Error.Description
		if ack.Code == 0 {
			ack.Code = max(full.Error.Code, 1)
		}
	case full.Stream == "" || full.Seq == 0:
		return Ack{}, ErrMalformed
	}
	return ack, nil
}

// parsePlain reads {"stream":"NAME","seq":N}, with "domain":"D" between or not. Servers have written a
// space behind the comma.
func parsePlain(data []byte) (ack Ack, ok bool) {
	rest, ok := bytes.CutPrefix(data, []byte(`{"stream":"`))
	if !ok {
		return ack, false
	}
	if ack.Stream, rest, ok = plainString(rest); !ok || len(ack.Stream) == 0 {
		return ack, false
	}
	if after, found := nextField(rest, `"domain":"`); found {
		if _, rest, ok = plainString(after); !ok {
			return ack, false
		}
	}
	rest, ok = nextField(rest, `"seq":`)
	if !ok || len(rest) < 2 || len(rest) > 19 || rest[0] == '0' || rest[len(rest)-1] != '}' {
		return ack, false
	}
	for _, c := range rest[:len(rest)-1] {
		if c < '0' || c > '9' {
			return ack, false
		}
		ack.Sequence = ack.Sequence*10 + uint64(c-'0')
	}
	return ack, true
}

// nextField cuts a comma and what follows it.
func nextField(data []byte, name string) (rest []byte, found bool) {
	rest, found = bytes.CutPrefix(data, []byte(","))
	if !found {
		return data, false
	}
	if rest, found = bytes.CutPrefix(bytes.TrimPrefix(rest, []byte(" ")), []byte(name)); !found {
		return data, false
	}
	return rest, true
}

// plainString cuts a string of printable ASCII without escapes, and its closing quote.
func plainString(data []byte) (s, rest []byte, ok bool) {
	for i, c := range data {
		switch {
		case c == '"':
			return data[:i], data[i+1:], true
		case c == '\\' || c < ' ' || c > '~':
			return nil, nil, false
		}
	}
	return nil, nil, false
}
