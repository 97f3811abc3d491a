package command

import (
	"testing"

	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

func TestEveryCloseHasItsEvent(t *testing.T) {
	cases := map[enumspb.EventType]func(*Outbox){
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: func(o *Outbox) { Complete(o, nil) },
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:    func(o *Outbox) { Fail(o, nil) },
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:  func(o *Outbox) { Cancel(o, nil) },
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: func(o *Outbox) {
			ContinueAsNew(o, &commandpb.ContinueAsNewWorkflowExecutionCommandAttributes{})
		},
	}
	for made, add := range cases {
		for got := range cases {
			o := newOutbox()
			add(o)
			err := o.Settle([]*historypb.HistoryEvent{{EventId: 5, EventType: got}})
			require.Equal(t, made == got, err == nil, "%s for the command of %s", got, made)
		}
	}
}
