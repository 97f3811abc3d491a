package matching

import (
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/perdure/perdure/internal/puback"
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
const codeStoreFailed = 10077

// readAck reads the answer to a publish: the sequence of a stored message, or why it was refused.
func readAck(m *nats.Msg) (outcome, uint64, error) {
	if len(m.Data) == 0 && m.Header.Get("Status") == "503" {
		return noStream, 0, nil
	}
	ack, err := puback.Parse(m.Data)
	switch {
	case err != nil:
		return refused, 0, err
	case ack.Code == codeStoreFailed && strings.Contains(ack.Description, "per subject"):
		return already, 0, nil
	case ack.Code != 0:
		return refused, 0, fmt.Errorf("JetStream refused it: %s (%d)", ack.Description, ack.Code)
	}
	return stored, ack.Sequence, nil
}
