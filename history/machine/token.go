package machine

import (
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/workerpb"
)

// stamp marks a task with the owner's epoch.
func (t *transaction) stamp(task *workerpb.Task) *workerpb.Task {
	task.Epoch = t.in.Epoch
	return task
}

func (t *transaction) token(token *workerpb.TaskToken) []byte {
	encoded, err := proto.Marshal(token)
	if err != nil && t.broken == nil {
		t.broken = err
	}
	return encoded
}

func decodeToken(encoded []byte) (*workerpb.TaskToken, error) {
	token := &workerpb.TaskToken{}
	if err := proto.Unmarshal(encoded, token); err != nil || token.Task.GetRunId() == "" {
		return nil, serviceerror.NewInvalidArgument("the task token is none that this service gave out")
	}
	return token, nil
}

// TokenTask is the task of a task token: InvalidArgument for bytes that are none.
func TokenTask(encoded []byte) (*workerpb.Task, error) {
	token, err := decodeToken(encoded)
	if err != nil {
		return nil, err
	}
	return token.Task, nil
}
