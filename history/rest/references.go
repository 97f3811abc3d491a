package rest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/stream"
)

const (
	// mostReferences is how many references the header of one message lists: nats-server allows 64 KiB of headers.
	mostReferences = 256
	// referenceBytes is what one takes there.
	referenceBytes = 65
)

// References calls fn with every large payload that a run at rest refers to, some more than once, by messages' headers alone. A
// run that is in OPEN when it begins, or comes to rest meanwhile and leaves memory, is in it, but for messages in OPEN of which
// needless tells that they are: by the id of the run and the message's sequence. Errors: those of package stream, ErrCorrupt, ctx's.
func (s *Store) References(ctx context.Context, needless func(runID string, sequence uint64) bool, fn func(api.PayloadID)) error {
	err := s.open.Headers(ctx, func(m *stream.Message) error {
		if m.Header.Get(api.HeaderPayloads) == "" {
			return nil
		}
		summary, err := decodeSummary(m.Header)
		if err != nil || needless(summary.RunId, m.Sequence) {
			return err
		}
		return readReferences(m.Header, fn)
	})
	if err == nil {
		// A run is written to HISTORY before it leaves OPEN.
		err = s.history.Headers(ctx, func(m *stream.Message) error { return readReferences(m.Header, fn) })
	}
	if err != nil {
		return fmt.Errorf("looking for references to large payloads: %w", err)
	}
	return nil
}

// referencesIn are those that an encoded run holds, each once, in their order.
func referencesIn(body []byte) []string {
	var names []string
	api.FindReferences(body, func(id api.PayloadID) { names = append(names, id.String()) })
	slices.Sort(names)
	return slices.Compact(names)
}

// referencesEach is how many of a run's references one message lists at most. They take no more than a quarter of it.
func (c Config) referencesEach(all int) int {
	return min(all, mostReferences, max(1, c.maxPayload()/4/referenceBytes))
}

// roomFor is how much of a body one message takes, so that there are enough messages to list all references.
func roomFor(room, body, references, each int) int {
	if references <= each {
		return room
	}
	messages := (references + each - 1) / each
	return min(room, max(1, body/(messages+1)))
}

// attach lists the first references in a message's header, and returns the rest.
func attach(header nats.Header, references []string, each int) []string {
	n := min(len(references), each)
	if n > 0 {
		header[api.HeaderPayloads] = []string{strings.Join(references[:n], ",")}
	}
	return references[n:]
}

func readReferences(header nats.Header, fn func(api.PayloadID)) error {
	list := header.Get(api.HeaderPayloads)
	if list == "" {
		return nil
	}
	for name := range strings.SplitSeq(list, ",") {
		id, ok := api.ParsePayloadID(name)
		if !ok {
			return fmt.Errorf("%w: its list of large payloads names %.100q", ErrCorrupt, name)
		}
		fn(id)
	}
	return nil
}
