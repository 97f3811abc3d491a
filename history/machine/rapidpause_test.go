package machine_test

import (
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"
)

func (c *chaos) pause(t *rapid.T) proto.Message {
	if rapid.IntRange(0, 4).Draw(t, "options") == 0 {
		return optionsRequest(said(map[string]string{"key": choose(t, "key", "", "1", "2"), "fairness": choose(t, "fairness", "", "t")}))
	}
	if rapid.IntRange(0, 2).Draw(t, "pause") == 0 {
		return &workflowservice.PauseWorkflowExecutionRequest{WorkflowId: workflowID, RequestId: c.requestID(t), Reason: choose(t, "reason", "", "chaos")}
	}
	return &workflowservice.UnpauseWorkflowExecutionRequest{WorkflowId: workflowID}
}

// operate is what an operator does to an activity, to those of its type, or to all.
func (c *chaos) operate(t *rapid.T) proto.Message {
	w := said(map[string]string{
		"type": choose(t, "type", "", "", "Act", "None"), "jitter": choose(t, "jitter", "", "", "5s"), "request": choose(t, "request", "", "r1", "r2"),
	})
	w.args = []string{choose(t, "activity", "a", "b", "c", "d", "e", "all")}
	for _, flag := range []string{"reset-attempts", "reset-heartbeat", "keep-paused", "restore"} {
		if rapid.IntRange(0, 2).Draw(t, flag) == 0 {
			w.args = append(w.args, flag)
		}
	}
	switch choose(t, "operation", "pause", "pause", "unpause", "reset", "options") {
	case "pause":
		return pauseActivityRequest(w)
	case "unpause":
		return unpauseActivityRequest(w)
	case "reset":
		return resetActivityRequest(w)
	}
	for name, value := range map[string]string{
		"queue": choose(t, "queue", "", "other"), "start-to-close": choose(t, "start to close", "", "1s", "-1s", "1m"),
		"heartbeat": choose(t, "heartbeat", "", "1s"), "schedule-to-close": choose(t, "schedule to close", "", "", "20s"),
		"retry": choose(t, "retry", "", "initial=3s", "attempts=1", "coefficient=0.5"),
	} {
		if value != "" {
			w.named[name] = value
		}
	}
	return activityOptionsRequest(w)
}
