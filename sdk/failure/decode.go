package failure

import (
	failurepb "go.temporal.io/api/failure/v1"

	"github.com/perdure/perdure/sdk/converter"
)

// ToError turns a failure into a typed error; nil stays nil. A kind of failure that is unknown here
// becomes an [ApplicationError] without a type.
func ToError(dc converter.DataConverter, f *failurepb.Failure) error {
	if f == nil {
		return nil
	}
	message, stack := texts(dc, f)
	from, cause := origin{f, stack}, ToError(dc, f.GetCause())
	switch info := f.GetFailureInfo().(type) {
	case *failurepb.Failure_ApplicationFailureInfo:
		i := info.ApplicationFailureInfo
		if i.GetType() == panicType {
			return &PanicError{origin: from, message: message, stack: stack}
		}
		return &ApplicationError{
			origin: from, details: details{payloads: i.GetDetails(), dc: dc}, message: message, errType: i.GetType(),
			nonRetryable: i.GetNonRetryable(), nextRetryDelay: i.GetNextRetryDelay().AsDuration(), category: i.GetCategory(), cause: cause,
		}
	case *failurepb.Failure_TimeoutFailureInfo:
		i := info.TimeoutFailureInfo
		return &TimeoutError{
			origin: from, details: details{payloads: i.GetLastHeartbeatDetails(), dc: dc},
			message: message, kind: i.GetTimeoutType(), cause: cause,
		}
	case *failurepb.Failure_CanceledFailureInfo:
		return &CanceledError{origin: from, details: details{payloads: info.CanceledFailureInfo.GetDetails(), dc: dc}, message: message}
	case *failurepb.Failure_TerminatedFailureInfo:
		return &TerminatedError{origin: from, message: message}
	case *failurepb.Failure_ServerFailureInfo:
		return &ServerError{origin: from, message: message, nonRetryable: info.ServerFailureInfo.GetNonRetryable(), cause: cause}
	case *failurepb.Failure_ActivityFailureInfo:
		i := info.ActivityFailureInfo
		return &ActivityError{origin: from, cause: cause, info: ActivityInfo{
			ActivityType: i.GetActivityType().GetName(), ActivityID: i.GetActivityId(), ScheduledEventID: i.GetScheduledEventId(),
			StartedEventID: i.GetStartedEventId(), Identity: i.GetIdentity(), RetryState: i.GetRetryState(),
		}}
	case *failurepb.Failure_ChildWorkflowExecutionFailureInfo:
		i := info.ChildWorkflowExecutionFailureInfo
		return &ChildWorkflowExecutionError{origin: from, cause: cause, info: ChildWorkflowInfo{
			Namespace: i.GetNamespace(), WorkflowID: i.GetWorkflowExecution().GetWorkflowId(), RunID: i.GetWorkflowExecution().GetRunId(),
			WorkflowType: i.GetWorkflowType().GetName(), InitiatedEventID: i.GetInitiatedEventId(),
			StartedEventID: i.GetStartedEventId(), RetryState: i.GetRetryState(),
		}}
	default:
		return &ApplicationError{origin: from, message: message, cause: cause}
	}
}
