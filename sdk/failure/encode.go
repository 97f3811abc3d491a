package failure

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"

	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/sdk/converter"
)

// Source is what failures made here name as their source.
const Source = "perdure-go"

// FromError turns an error into a failure; nil stays nil. Details that dc cannot encode are replaced
// by a note in the message: a failure is always made.
func FromError(dc converter.DataConverter, err error) *failurepb.Failure {
	if err == nil {
		return nil
	}
	if o, ok := err.(hasOriginal); ok && o.original() != nil {
		return o.original()
	}
	f := &failurepb.Failure{Source: Source, Message: err.Error(), Cause: FromError(dc, errors.Unwrap(err))}
	switch e := err.(type) {
	case *ApplicationError:
		info := &failurepb.ApplicationFailureInfo{Type: e.errType, NonRetryable: e.nonRetryable, Category: e.category}
		if e.nextRetryDelay != 0 {
			info.NextRetryDelay = durationpb.New(e.nextRetryDelay)
		}
		f.Message = e.message
		info.Details = encodeDetails(dc, e.details, f)
		f.FailureInfo = &failurepb.Failure_ApplicationFailureInfo{ApplicationFailureInfo: info}
	case *TimeoutError:
		info := &failurepb.TimeoutFailureInfo{TimeoutType: e.kind}
		f.Message = e.message
		info.LastHeartbeatDetails = encodeDetails(dc, e.details, f)
		f.FailureInfo = &failurepb.Failure_TimeoutFailureInfo{TimeoutFailureInfo: info}
	case *CanceledError:
		info := &failurepb.CanceledFailureInfo{Details: encodeDetails(dc, e.details, f)}
		f.FailureInfo = &failurepb.Failure_CanceledFailureInfo{CanceledFailureInfo: info}
	case *TerminatedError:
		f.FailureInfo = &failurepb.Failure_TerminatedFailureInfo{TerminatedFailureInfo: &failurepb.TerminatedFailureInfo{}}
		f.Message = cmp.Or(e.message, terminated)
	case *ServerError:
		f.Message = e.message
		f.FailureInfo = &failurepb.Failure_ServerFailureInfo{ServerFailureInfo: &failurepb.ServerFailureInfo{NonRetryable: e.nonRetryable}}
	case *PanicError:
		f.StackTrace = e.stack
		f.FailureInfo = applicationInfo(panicType)
	case *ActivityError:
		f.Message = "activity error"
		f.FailureInfo = activityInfo(e.info)
	case *ChildWorkflowExecutionError:
		f.Message = "child workflow execution error"
		f.FailureInfo = childInfo(e.info)
	default:
		f.FailureInfo = applicationInfo(typeName(err))
	}
	if converter.EncodesFailures(dc) {
		encodeTexts(dc, f)
	}
	return f
}

func encodeDetails(dc converter.DataConverter, d details, f *failurepb.Failure) *commonpb.Payloads {
	payloads, err := d.encode(dc)
	if err != nil {
		f.Message += fmt.Sprintf(" (its details are lost: %v)", err)
	}
	return payloads
}

func applicationInfo(errType string) *failurepb.Failure_ApplicationFailureInfo {
	return &failurepb.Failure_ApplicationFailureInfo{ApplicationFailureInfo: &failurepb.ApplicationFailureInfo{Type: errType}}
}

func activityInfo(i ActivityInfo) *failurepb.Failure_ActivityFailureInfo {
	return &failurepb.Failure_ActivityFailureInfo{ActivityFailureInfo: &failurepb.ActivityFailureInfo{
		ScheduledEventId: i.ScheduledEventID, StartedEventId: i.StartedEventID, Identity: i.Identity,
		ActivityType: &commonpb.ActivityType{Name: i.ActivityType}, ActivityId: i.ActivityID, RetryState: i.RetryState,
	}}
}

func childInfo(i ChildWorkflowInfo) *failurepb.Failure_ChildWorkflowExecutionFailureInfo {
	return &failurepb.Failure_ChildWorkflowExecutionFailureInfo{ChildWorkflowExecutionFailureInfo: &failurepb.ChildWorkflowExecutionFailureInfo{
		Namespace: i.Namespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: i.WorkflowID, RunId: i.RunID},
		WorkflowType: &commonpb.WorkflowType{Name: i.WorkflowType}, InitiatedEventId: i.InitiatedEventID,
		StartedEventId: i.StartedEventID, RetryState: i.RetryState,
	}}
}

// typeName is the name of the error's Go type. That of errors.New says nothing and is left out.
func typeName(err error) string {
	t := reflect.TypeOf(err)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.PkgPath() == "errors" && t.Name() == "errorString" {
		return ""
	}
	return t.Name()
}
