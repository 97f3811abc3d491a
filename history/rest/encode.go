package rest

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/recordpb"
)

const (
	// A run above splitFrom bytes ends with a part of lastPart bytes: who ran
	// last, and what a subject ends with, is asked by reading a last message.
	splitFrom = 64 << 10
	lastPart  = 4 << 10
)

// encode makes the messages of one write of a run: a recordpb.Rest, in parts
// that are put together by concatenation.
func (c Config) encode(run *Run, subject string, logSequence uint64) ([]*nats.Msg, error) {
	if run.FirstEventID < 1 || run.State == nil || run.Summary == nil {
		return nil, fmt.Errorf("%v: it needs a first event id, a state and a summary: this is a mistake of the program", run)
	}
	body, err := deterministic.Marshal(&recordpb.Rest{
		Version: c.Version, WorkflowId: run.WorkflowID, RunId: run.RunID,
		FirstEventId: run.FirstEventID, Batches: run.Batches, State: run.State, LogSequence: logSequence,
	})
	if err != nil {
		return nil, fmt.Errorf("%v: encoding: %w", run, err)
	}
	summary, err := deterministic.Marshal(run.Summary)
	if err != nil {
		return nil, fmt.Errorf("%v: encoding its summary: %w", run, err)
	}
	header := base64.StdEncoding.EncodeToString(summary)
	references := referencesIn(body)
	each := c.referencesEach(len(references))
	room := c.maxPayload() - headerRoom - len(header) - len(subject) - each*referenceBytes
	if len(body) > MaxRun || room < leastRoom {
		return nil, fmt.Errorf("%v: %w: it has %d bytes, its summary %d; %d and max_payload %d are allowed", run, ErrTooLarge, len(body), len(header), MaxRun, c.maxPayload())
	}
	chunks := split(body, roomFor(room, len(body), len(references), each))
	messages := make([]*nats.Msg, len(chunks))
	for i, chunk := range chunks {
		messages[i] = &nats.Msg{Subject: subject, Data: chunk, Header: nats.Header{
			api.HeaderSummary: []string{header},
			api.HeaderPart:    []string{strconv.Itoa(i+1) + "/" + strconv.Itoa(len(chunks))},
		}}
		references = attach(messages[i].Header, references, each)
	}
	if len(references) > 0 {
		return nil, fmt.Errorf("%v: %d references to large payloads are in no header: this is a mistake of the program", run, len(references))
	}
	return messages, nil
}

var deterministic = proto.MarshalOptions{Deterministic: true}

func split(body []byte, room int) [][]byte {
	if len(body) <= min(room, splitFrom) {
		return [][]byte{body}
	}
	var chunks [][]byte
	tail := min(lastPart, room, len(body)-1)
	for front := body[:len(body)-tail]; len(front) > 0; {
		n := min(len(front), room)
		chunks = append(chunks, front[:n])
		front = front[n:]
	}
	return append(chunks, body[len(body)-tail:])
}

// decodeSummary reads the header of any message at rest.
func decodeSummary(header nats.Header) (*recordpb.Summary, error) {
	body, err := base64.StdEncoding.DecodeString(header.Get(api.HeaderSummary))
	if err != nil || len(body) == 0 {
		return nil, fmt.Errorf("%w: it has no summary", ErrCorrupt)
	}
	summary := &recordpb.Summary{}
	if err := proto.Unmarshal(body, summary); err != nil {
		return nil, fmt.Errorf("%w: its summary: %w", ErrCorrupt, err)
	}
	return summary, nil
}

// decodePart reads which part of how many a message is.
func decodePart(header nats.Header) (number, of int, err error) {
	value := header.Get(api.HeaderPart)
	k, n, found := strings.Cut(value, "/")
	if found && len(k) < 10 && len(n) < 10 {
		number, _ = strconv.Atoi(k)
		of, _ = strconv.Atoi(n)
	}
	if number < 1 || number > of || strconv.Itoa(number)+"/"+strconv.Itoa(of) != value {
		return 0, 0, fmt.Errorf("%w: its part is %.40q", ErrCorrupt, value)
	}
	return number, of, nil
}

// decodeRest reads the parts of one write, put together.
func decodeRest(body []byte, workflowID, runID string) (*recordpb.Rest, error) {
	rest := &recordpb.Rest{}
	if err := proto.Unmarshal(body, rest); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	switch {
	case rest.Version < OldestVersion || rest.Version > Version:
		return nil, fmt.Errorf("%w: it has %d and this program knows %d to %d: run the program that wrote it, or a newer one", ErrVersion, rest.Version, OldestVersion, Version)
	case rest.WorkflowId != workflowID || rest.RunId != runID:
		return nil, fmt.Errorf("%w: it is of run %.80q of workflow %.80q", ErrCorrupt, rest.RunId, rest.WorkflowId)
	case rest.FirstEventId < 1 || rest.State == nil:
		return nil, fmt.Errorf("%w: it has no first event id or no state", ErrCorrupt)
	}
	return rest, nil
}
