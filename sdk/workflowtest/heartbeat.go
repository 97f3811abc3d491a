package workflowtest

import (
	"time"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/converter"
)

// Heartbeat is one heartbeat of an activity.
type Heartbeat struct {
	// Activity is the attempt that it came from.
	Activity activity.Info
	// Time is the virtual time.
	Time time.Time

	details *commonpb.Payloads
	dc      converter.DataConverter
}

// Details decodes what was recorded into pointers, in order; those that are left over get their zero value.
func (h Heartbeat) Details(into ...any) error { return converter.DecodeAll(h.dc, h.details, into...) }

// OnHeartbeat has fn called with every heartbeat, where the activity records it: in production those that
// come too often are left out. Set it before [Execute].
func (env *Environment) OnHeartbeat(fn func(Heartbeat)) { env.onHeartbeat = fn }
