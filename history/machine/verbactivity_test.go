package machine_test

import (
	"cmp"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/history/machine"
)

// activityVerbs are the requests of workers about activities. A token is kept under the
// activity's id, or as=, and used with token=; with by-id the activity's id is said in its place.
var activityVerbs = map[string]func(*script, command) error{
	// start-activity ID [as= request=]
	"start-activity": func(s *script, c command) error {
		task := s.world.task(enumspb.TASK_QUEUE_TYPE_ACTIVITY, c.words.arg(0))
		if task == nil {
			return fmt.Errorf("activity %s is not queued", c.words.arg(0))
		}
		return s.startActivity(c, task)
	},
	"start-activity-again": func(s *script, c command) error {
		task, err := machine.TokenTask(s.activityToken(c.words))
		if err != nil {
			return err
		}
		return s.startActivity(c, task)
	},
	// complete-activity ID [token= by-id result=]
	"complete-activity": func(s *script, c command) error {
		w := c.words
		if w.has("by-id") {
			_, err := s.request(&workflowservice.RespondActivityTaskCompletedByIdRequest{
				WorkflowId: workflowID, RunId: w.named["run"], ActivityId: w.arg(0), Result: w.payloads("result"),
			})
			return err
		}
		_, err := s.request(&workflowservice.RespondActivityTaskCompletedRequest{TaskToken: s.activityToken(w), Result: w.payloads("result")})
		return err
	},
	// fail-activity ID [token= by-id message= type= non-retryable next-delay= details=]
	"fail-activity": func(s *script, c command) error {
		w := c.words
		if w.has("by-id") {
			_, err := s.request(&workflowservice.RespondActivityTaskFailedByIdRequest{
				WorkflowId: workflowID, RunId: w.named["run"], ActivityId: w.arg(0), Failure: w.failure(), LastHeartbeatDetails: w.payloads("details"),
			})
			return err
		}
		_, err := s.request(&workflowservice.RespondActivityTaskFailedRequest{TaskToken: s.activityToken(w), Failure: w.failure(), LastHeartbeatDetails: w.payloads("details")})
		return err
	},
	// cancel-activity ID [token= by-id details=]
	"cancel-activity": func(s *script, c command) error {
		w := c.words
		if w.has("by-id") {
			_, err := s.request(&workflowservice.RespondActivityTaskCanceledByIdRequest{
				WorkflowId: workflowID, RunId: w.named["run"], ActivityId: w.arg(0), Details: w.payloads("details"),
			})
			return err
		}
		_, err := s.request(&workflowservice.RespondActivityTaskCanceledRequest{TaskToken: s.activityToken(w), Details: w.payloads("details")})
		return err
	},
	// heartbeat ID [token= by-id details=]
	"heartbeat": func(s *script, c command) error {
		w := c.words
		if w.has("by-id") {
			reply, err := s.request(&workflowservice.RecordActivityTaskHeartbeatByIdRequest{
				WorkflowId: workflowID, RunId: w.named["run"], ActivityId: w.arg(0), Details: w.payloads("details"),
			})
			if r, ok := reply.(*workflowservice.RecordActivityTaskHeartbeatByIdResponse); ok {
				s.printBeat(r)
			}
			return err
		}
		reply, err := s.request(&workflowservice.RecordActivityTaskHeartbeatRequest{TaskToken: s.activityToken(w), Details: w.payloads("details")})
		if r, ok := reply.(*workflowservice.RecordActivityTaskHeartbeatResponse); ok {
			s.printBeat(r)
		}
		return err
	},
}

// printBeat prints what a heartbeat was answered, whether by token or by id.
func (s *script) printBeat(r interface {
	GetCancelRequested() bool
	GetActivityPaused() bool
	GetActivityReset() bool
}) {
	answer := fmt.Sprintf("cancel_requested=%t", r.GetCancelRequested())
	if r.GetActivityPaused() {
		answer += " paused"
	}
	if r.GetActivityReset() {
		answer += " reset"
	}
	s.printf("%s", answer)
}

func (s *script) activityToken(w words) []byte { return s.tokens[cmp.Or(w.named["token"], w.arg(0))] }

func (s *script) startActivity(c command, task *workerpb.Task) error {
	s.world.starts++
	reply, err := s.request(&workerpb.StartTaskRequest{
		Task: task, RequestId: cmp.Or(c.words.named["request"], fmt.Sprintf("start-%d", s.world.starts)), Identity: c.words.named["worker"],
	})
	if r, ok := reply.(*workflowservice.PollActivityTaskQueueResponse); ok {
		s.gotActivity(c.words, r)
	}
	return err
}

func (s *script) gotActivity(w words, r *workflowservice.PollActivityTaskQueueResponse) {
	s.tokens[cmp.Or(w.named["as"], r.ActivityId)] = r.TaskToken
	s.printf("activity %s: attempt=%d heartbeat_details=%s", r.ActivityId, r.Attempt, printKnown(r.HeartbeatDetails))
}
