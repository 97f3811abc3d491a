package matching

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// outcome is what became of one publish.
type outcome int

const (
	stored   outcome = iota
	already          // one message of that subject is in the stream: the task is queued
	noStream         // nobody listens on the subject: TASKS is gone or has no leader
	refused
)

// codeStoreFailed stands for every reason why a store refused a message; which
// one is told by the description alone.
const codeStoreFailed jetstream.ErrorCode = 10077

// sequenceField is where the fast path finds a sequence: {"stream":"NAME", "seq":12...
var sequenceField = []byte(`"seq":`)

// readAck reads the answer to a publish: the sequence of a stored message, or why it was refused.
func readAck(m *nats.Msg) (outcome, uint64, error) {
	if len(m.Data) == 0 && m.Header.Get("Status") == "503" {
		return noStream, 0, nil
	}
	if sequence := quickSequence(m.Data); sequence > 0 {
		return stored, sequence, nil
	}
	var ack struct {
		Stream   string              `json:"stream"`
		Sequence uint64              `json:"seq"`
		Error    *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(m.Data, &ack); err != nil {
		return refused, 0, fmt.Errorf("an acknowledgement that is none: %w", err)
	}
	switch e := ack.Error; {
	case e == nil && ack.Stream == "":
		return refused, 0, fmt.Errorf("an acknowledgement that names no stream")
	case e == nil:
		return stored, ack.Sequence, nil
	case e.ErrorCode == codeStoreFailed && strings.Contains(e.Description, "per subject"):
		return already, 0, nil
	default:
		return refused, 0, e
	}
}

// quickSequence reads the sequence of an acknowledgement as the server writes it;
// 0 when it looks otherwise.
func quickSequence(data []byte) uint64 {
	if !bytes.HasPrefix(data, []byte(`{"stream":"`)) {
		return 0
	}
	at := bytes.Index(data, sequenceField)
	if at < 0 || bytes.Contains(data[:at], []byte("error")) {
		return 0
	}
	digits := bytes.TrimLeft(data[at+len(sequenceField):], " ")
	var n uint64
	for i, c := range digits {
		if c < '0' || c > '9' {
			if i == 0 || (c != '}' && c != ',') {
				return 0
			}
			return n
		}
		if i >= 18 {
			return 0
		}
		n = n*10 + uint64(c-'0')
	}
	return 0 // cut off
}
