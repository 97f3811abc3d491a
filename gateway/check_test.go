package gateway

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api"
)

func TestDurations(t *testing.T) {
	require.NoError(t, duration("D", nil))
	for given, want := range map[*durationpb.Duration]time.Duration{
		{}:                                  0,
		{Seconds: 1, Nanos: 5}:              time.Second + 5,
		durationpb.New(api.LongestDuration): api.LongestDuration,
		durationpb.New(math.MaxInt64):       api.LongestDuration,
		{Seconds: math.MaxInt64, Nanos: 1}:  api.LongestDuration,
	} {
		require.NoError(t, duration("D", given))
		require.Equal(t, want, given.AsDuration())
	}
	for _, bad := range []*durationpb.Duration{{Seconds: -1}, {Nanos: -1}, {Seconds: 1, Nanos: -1}, {Seconds: -1, Nanos: 1}, {Nanos: 1e9}, {Seconds: math.MinInt64}} {
		require.ErrorContains(t, duration("D", bad), "An invalid D is set on request", bad)
	}
}
