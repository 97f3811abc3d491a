package machine

import (
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"
)

// checkUpdateLimits refuses one update more, of so many bytes, than the namespace's limits let the run have, in Temporal's words.
func (r *Run) checkUpdateLimits(in Input, size int) error {
	l := in.limits()
	inFlight, payloads := r.updatesInFlight(), int64(size)
	for _, u := range r.asked {
		payloads += int64(proto.Size(u.request))
	}
	switch total := r.updatesTaken(); {
	case l.UpdatesInFlight > 0 && inFlight >= l.UpdatesInFlight:
		return tooManyUpdates(fmt.Sprintf("limit on number of concurrent in-flight updates has been reached (%d)", l.UpdatesInFlight))
	case l.UpdatePayloads > 0 && payloads >= l.UpdatePayloads:
		return tooManyUpdates(fmt.Sprintf("limit on total payload size of in-flight updates has been reached (%d bytes)", l.UpdatePayloads))
	case l.Updates > 0 && total >= l.Updates:
		return serviceerror.NewFailedPrecondition(tooManyInAll(l.Updates))
	}
	return nil
}

func tooManyUpdates(message string) error {
	return &serviceerror.ResourceExhausted{
		Cause: enumspb.RESOURCE_EXHAUSTED_CAUSE_CONCURRENT_LIMIT, Scope: enumspb.RESOURCE_EXHAUSTED_SCOPE_NAMESPACE, Message: message,
	}
}

func tooManyInAll(most int64) string {
	return fmt.Sprintf("The limit on the total number of distinct updates in this workflow has been reached (%d). "+
		"Make sure any duplicate updates share an Update ID so the server can deduplicate them, and consider rejecting updates that you aren't going to process. "+
		"You can also Continue-as-New to avoid this; we recommend you check Continue-as-New Suggested in your Workflow.", most)
}

// updatesTaken are all updates of the run so far. From nine tenths of their limit on, continue-as-new is suggested.
func (r *Run) updatesTaken() int64 { return int64(len(r.updates) + len(r.asked)) }

// updatesInFlight are the updates that are neither completed nor rejected.
func (r *Run) updatesInFlight() int64 {
	n := int64(len(r.asked))
	for _, u := range r.updates {
		if u.CompletedEventId == 0 && u.Rejection == nil {
			n++
		}
	}
	return n
}
