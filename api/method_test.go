package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api"
)

func TestMethodsStandAtTheirDoors(t *testing.T) {
	start, found := api.FindMethod("StartWorkflowExecution", api.ClientDoor)
	require.True(t, found)
	require.Equal(t, "StartWorkflowExecutionRequest", string(start.NewRequest().ProtoReflect().Descriptor().Name()))
	require.Equal(t, "StartWorkflowExecutionResponse", string(start.NewReply().ProtoReflect().Descriptor().Name()))
	_, found = api.FindMethod("StartWorkflowExecution", api.WorkerDoor)
	require.False(t, found)
	_, found = api.FindMethod("NoSuchMethod", api.ClientDoor)
	require.False(t, found)
	for _, door := range []api.Door{api.ClientDoor, api.WorkerDoor, api.AdminDoor} {
		require.NotEmpty(t, api.Methods(door))
	}
}
