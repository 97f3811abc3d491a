package machine

import (
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api"
)

// capped is a duration that a command brings as it is recorded: at most api.LongestDuration, and one that JSON can tell.
func capped(d *durationpb.Duration) *durationpb.Duration {
	if d == nil || d.IsValid() && d.AsDuration() <= api.LongestDuration {
		return d
	}
	return durationpb.New(min(d.AsDuration(), api.LongestDuration))
}
