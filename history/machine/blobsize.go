package machine

import (
	"strings"
	"unicode/utf8"

	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"
)

// What an activity whose payloads are too large fails with, and what stands in place of a failure that is, in Temporal's words.
const (
	resultTooLarge    = "Complete result exceeds size limit."
	detailsTooLarge   = "Cancel details exceed size limit."
	heartbeatTooLarge = "Heartbeat details exceed size limit."
	failureTooLarge   = "Failure exceeds size limit."
)

// tooLarge tells whether payloads, or a failure, exceed what a request may bring.
func (t *transaction) tooLarge(m proto.Message) bool {
	size, limit := int64(proto.Size(m)), t.in.limits().BlobSize
	if size > limit.Warn {
		t.warn(Warning{"the size of what a request brings exceeds its warning limit", size, limit.Warn})
	}
	return size > limit.Error
}

// checkInput is the refusal of a request whose payloads are too large.
func (t *transaction) checkInput(input *commonpb.Payloads) error {
	if t.tooLarge(input) {
		return serviceerror.NewInvalidArgument("Blob data size exceeds limit.")
	}
	return nil
}

// checkStart is the refusal of a start that brings too much.
func (t *transaction) checkStart(input *commonpb.Payloads, memo *commonpb.Memo) error {
	if err := t.checkInput(input); err != nil {
		return err
	}
	size, limit := int64(proto.Size(memo)), t.in.limits().MemoSize
	if size > limit.Warn {
		t.warn(Warning{"the size of a memo exceeds its warning limit", size, limit.Warn})
	}
	if size > limit.Error {
		return serviceerror.NewInvalidArgument("Memo size exceeds limit.")
	}
	return nil
}

// boundFailure is the failure, or where it is too large one that says so, and has as much of it as is worth keeping.
func (t *transaction) boundFailure(failure *failurepb.Failure) *failurepb.Failure {
	if !t.tooLarge(failure) {
		return failure
	}
	bounded := serverFailure(failureTooLarge)
	bounded.Cause = truncate(failure, int(t.in.limits().BlobSize.Warn), 20)
	return bounded
}

// serverFailure is a failure that no retry mends.
func serverFailure(message string) *failurepb.Failure {
	return &failurepb.Failure{
		Message:     message,
		FailureInfo: &failurepb.Failure_ServerFailureInfo{ServerFailureInfo: &failurepb.ServerFailureInfo{NonRetryable: true}},
	}
}

// truncate is a failure in about so many bytes, with its causes down to a depth: what tells most comes first.
func truncate(f *failurepb.Failure, room, depth int) *failurepb.Failure {
	if f == nil {
		return nil
	}
	const overhead = 8 // of a field, and of a message in another
	cut := func(text string) string {
		text = cutText(text, room)
		room -= len(text) + overhead
		return text
	}
	short := &failurepb.Failure{}
	switch info := f.FailureInfo.(type) {
	case *failurepb.Failure_ApplicationFailureInfo:
		short.FailureInfo = &failurepb.Failure_ApplicationFailureInfo{ApplicationFailureInfo: &failurepb.ApplicationFailureInfo{
			NonRetryable: info.ApplicationFailureInfo.NonRetryable, Type: cut(info.ApplicationFailureInfo.Type),
		}}
	case *failurepb.Failure_ServerFailureInfo:
		short.FailureInfo = &failurepb.Failure_ServerFailureInfo{ServerFailureInfo: &failurepb.ServerFailureInfo{NonRetryable: info.ServerFailureInfo.NonRetryable}}
	}
	short.Source, short.Message, short.StackTrace = cut(f.Source), cut(f.Message), cut(f.StackTrace)
	if room > overhead && depth > 0 {
		short.Cause = truncate(f.Cause, room-overhead, depth-1)
	}
	return short
}

// cutText is at most so many bytes of a text, in whole characters.
func cutText(text string, room int) string {
	if len(text) <= room {
		return text
	}
	end := max(room, 0)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return strings.ToValidUTF8(text[:end], "")
}

// failBounded fails an activity's attempt. What was too large of it is left out, and told.
func (t *transaction) failBounded(a *activity, failure *failurepb.Failure, details *commonpb.Payloads, identity string) (told []*failurepb.Failure, err error) {
	if t.tooLarge(details) {
		details, told = nil, append(told, serverFailure(heartbeatTooLarge))
	}
	bounded := t.boundFailure(failure)
	if bounded != failure {
		told = append(told, bounded)
	}
	return told, t.failActivity(a, bounded, details, identity)
}
