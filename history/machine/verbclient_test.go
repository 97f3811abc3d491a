package machine_test

import (
	"cmp"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"
)

// clientVerbs are the requests of clients.
var clientVerbs = map[string]func(*script, command) error{
	// start [type= queue= input= request= reuse= conflict= execution-timeout= run-timeout= task-timeout= delay= cron= retry=
	// memo= search-attribute= eager as= attach bare]; attach is with its request and links, bare is without what Temporal's Go client adds
	"start": func(s *script, c command) error {
		q := startRequest(c.words)
		if c.words.has("bare") {
			q.WorkflowExecutionTimeout, q.WorkflowRunTimeout, q.WorkflowTaskTimeout, q.Header = nil, nil, nil, nil
		}
		reply, err := s.request(q)
		if r, ok := reply.(*workflowservice.StartWorkflowExecutionResponse); ok {
			s.printf("run_id=%s started=%t status=%s%s", r.RunId, r.Started, r.Status, attachedTo(r))
			if r.EagerWorkflowTask != nil {
				s.gotTask(c.words, r.EagerWorkflowTask)
			}
		}
		return err
	},
	"signal-with-start": func(s *script, c command) error {
		reply, err := s.request(signalWithStartRequest(c.words))
		if r, ok := reply.(*workflowservice.SignalWithStartWorkflowExecutionResponse); ok {
			s.printf("run_id=%s started=%t", r.RunId, r.Started)
		}
		return err
	},
	// signal NAME [input= request= run=]
	"signal": func(s *script, c command) error {
		_, err := s.request(&workflowservice.SignalWorkflowExecutionRequest{
			WorkflowExecution: c.words.execution(), SignalName: c.words.arg(0), Input: c.words.payloads("input"), RequestId: c.words.named["request"],
		})
		return err
	},
	// cancel [run= first-run= reason=]
	"cancel": func(s *script, c command) error {
		_, err := s.request(&workflowservice.RequestCancelWorkflowExecutionRequest{
			WorkflowExecution: c.words.execution(), FirstExecutionRunId: c.words.named["first-run"], Reason: c.words.named["reason"],
		})
		return err
	},
	// delete [run=]
	"delete": func(s *script, c command) error {
		_, err := s.request(&workflowservice.DeleteWorkflowExecutionRequest{WorkflowExecution: c.words.execution()})
		return err
	},
	// terminate [run= first-run= reason= details=]
	"terminate": func(s *script, c command) error {
		_, err := s.request(&workflowservice.TerminateWorkflowExecutionRequest{
			WorkflowExecution: c.words.execution(), FirstExecutionRunId: c.words.named["first-run"], Reason: c.words.named["reason"], Details: c.words.payloads("details"),
			Identity: c.words.named["identity"],
		})
		return err
	},
}

// attachedTo tells the request by which a start was attached to the run that it came upon.
func attachedTo(r *workflowservice.StartWorkflowExecutionResponse) string {
	if ref := r.Link.GetWorkflowEvent().GetRequestIdRef(); ref != nil {
		return " attached=" + ref.RequestId
	}
	return ""
}

// startRequest is what Temporal's Go client sends: time-outs that are not set are zero, and a header is there.
func startRequest(w words) *workflowservice.StartWorkflowExecutionRequest {
	return &workflowservice.StartWorkflowExecutionRequest{
		Namespace: namespace, WorkflowId: workflowID, RequestId: w.named["request"],
		WorkflowType: &commonpb.WorkflowType{Name: cmp.Or(w.named["type"], defaultType)}, TaskQueue: w.queue(), Input: w.payloads("input"),
		WorkflowExecutionTimeout: orZero(w.duration("execution-timeout")), WorkflowRunTimeout: orZero(w.duration("run-timeout")),
		WorkflowTaskTimeout: orZero(w.duration("task-timeout")), WorkflowStartDelay: w.duration("delay"), CronSchedule: w.named["cron"], RetryPolicy: w.retryPolicy(),
		WorkflowIdReusePolicy:    enumspb.WorkflowIdReusePolicy(enum(enumspb.WorkflowIdReusePolicy_shorthandValue, w.named["reuse"])),
		WorkflowIdConflictPolicy: enumspb.WorkflowIdConflictPolicy(enum(enumspb.WorkflowIdConflictPolicy_shorthandValue, w.named["conflict"])),
		RequestEagerExecution:    w.has("eager"),
		OnConflictOptions:        w.onConflict(),
		Header:                   &commonpb.Header{}, Memo: w.memo(), SearchAttributes: w.searchAttributes(),
	}
}

// onConflict attaches all that can be attached, or what one word says.
func (w words) onConflict() *workflowpb.OnConflictOptions {
	all := w.has("attach")
	if o := (&workflowpb.OnConflictOptions{AttachRequestId: all || w.has("attach-request"), AttachLinks: all}); all || w.has("attach-request") || w.has("attach-nothing") {
		return o
	}
	return nil
}

// memo has one field, named as its value.
func (w words) memo() *commonpb.Memo {
	if w.named["memo"] == "" {
		return nil
	}
	return &commonpb.Memo{Fields: map[string]*commonpb.Payload{"m" + w.named["memo"]: w.payloads("memo").Payloads[0]}}
}

// searchAttributes has one field, named as its value.
func (w words) searchAttributes() *commonpb.SearchAttributes {
	if w.named["search-attribute"] == "" {
		return nil
	}
	return &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{w.named["search-attribute"]: w.payloads("search-attribute").Payloads[0]}}
}

func orZero(d *durationpb.Duration) *durationpb.Duration {
	if d == nil {
		return durationpb.New(0)
	}
	return d
}

func signalWithStartRequest(w words) *workflowservice.SignalWithStartWorkflowExecutionRequest {
	q := startRequest(w)
	return &workflowservice.SignalWithStartWorkflowExecutionRequest{
		Namespace: q.Namespace, WorkflowId: q.WorkflowId, RequestId: q.RequestId, WorkflowType: q.WorkflowType, TaskQueue: q.TaskQueue, Input: q.Input,
		WorkflowExecutionTimeout: q.WorkflowExecutionTimeout, WorkflowRunTimeout: q.WorkflowRunTimeout, WorkflowTaskTimeout: q.WorkflowTaskTimeout,
		WorkflowStartDelay: q.WorkflowStartDelay, CronSchedule: q.CronSchedule, RetryPolicy: q.RetryPolicy, WorkflowIdReusePolicy: q.WorkflowIdReusePolicy,
		WorkflowIdConflictPolicy: q.WorkflowIdConflictPolicy, Header: q.Header,
		SignalName: w.named["signal"], SignalInput: w.payloads("signal-input"),
	}
}
