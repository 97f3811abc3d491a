package workflowtest

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/workflow"
)

// A history in either JSON form is the same history.
func TestBothFormsOfJSONAreRead(t *testing.T) {
	saved, err := os.ReadFile("testdata/golden/activity-cancel-wait.json")
	require.NoError(t, err)
	h, err := ReadHistory(saved)
	require.NoError(t, err)

	shorthand, err := temporalproto.CustomJSONMarshalOptions{}.Marshal(h)
	require.NoError(t, err)
	standard, err := protojson.Marshal(h)
	require.NoError(t, err)
	for _, data := range [][]byte{shorthand, standard} {
		again, err := ReadHistory(data)
		require.NoError(t, err)
		require.True(t, proto.Equal(h, again))
		require.NoError(t, ReplayJSON(data, caller(cancelAtSignal(true))))
	}
}

func TestReplayOfNothingAndOfNonsense(t *testing.T) {
	require.ErrorContains(t, Replay(&historypb.History{}), "it has no events")
	require.ErrorContains(t, ReplayJSON([]byte("{")), "read a history")
	require.ErrorContains(t, Replay(&historypb.History{Events: []*historypb.HistoryEvent{{EventId: 1}}}), "unable to find workflow type")
	one := alone(waitForGo)
	require.ErrorContains(t, Replay(&historypb.History{Events: []*historypb.HistoryEvent{{EventId: 7}}}, one, one), "already registered")
}

func TestReplayerUsesTheWritersConverter(t *testing.T) {
	reversed := converter.New(reversing{})
	env := New(t, Options{DataConverter: reversed}, collect(1))
	require.NoError(t, Signal(env, add, "abc"))
	out, err := Execute(env, workflow.Declare[none, []string]("Collect"), none{})
	require.NoError(t, err)
	require.Equal(t, []string{"abc"}, out)
	require.NoError(t, Replayer{DataConverter: reversed}.Replay(env.History(), collect(1)))
}
