package pull

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api/workerpb"
)

func TestTheConsumerThatTheServiceNames(t *testing.T) {
	answer := &workerpb.OpenTaskQueueResponse{Stream: "TASKS", Consumer: "c", Domain: "hub", AckWait: durationpb.New(time.Minute)}
	require.Equal(t, Source{Stream: "TASKS", Consumer: "c", Domain: "hub", AckWait: time.Minute}, SourceOf(answer))
	for _, none := range []*durationpb.Duration{nil, {}, durationpb.New(-time.Second)} {
		answer.AckWait = none
		require.Equal(t, defaultAckWait, SourceOf(answer).AckWait)
	}
}
