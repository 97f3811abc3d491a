package api

import (
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
)

// maxFairnessKey is how many bytes the key may have by which queues are shared fairly.
const maxFairnessKey = 64

// CheckPriority refuses a priority that is none, in Temporal's words: InvalidArgument. None at all is fine.
func CheckPriority(p *commonpb.Priority) error {
	switch {
	case p.GetPriorityKey() < 0:
		return serviceerror.NewInvalidArgument("priority key can't be negative")
	case len(p.GetFairnessKey()) > maxFairnessKey:
		return serviceerror.NewInvalidArgument("fairness key length exceeds limit")
	case p.GetFairnessWeight() < 0:
		return serviceerror.NewInvalidArgument("must be greater than zero")
	}
	return nil
}
