package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	sdkpb "go.temporal.io/api/sdk/v1"

	"github.com/perdure/perdure/internal/render"
)

func TestMetadata(t *testing.T) {
	got := render.Metadata(&sdkpb.WorkflowMetadata{
		CurrentDetails: "waits for *payment*\x1b[2J\nsince Monday\n",
		Definition: &sdkpb.WorkflowDefinition{
			Type:              "Order",
			QueryDefinitions:  []*sdkpb.WorkflowInteractionDefinition{{Name: "status", Description: "Where it stands.\nAll of it."}},
			SignalDefinitions: []*sdkpb.WorkflowInteractionDefinition{{Name: "pay"}},
		},
	}, 0)
	require.Equal(t, []string{
		"Type    Order", `Query   status  Where it stands.\nAll of it.`, "Signal  pay", "", `waits for *payment*\x1b[2J`, "since Monday",
	}, got)
}

func TestText(t *testing.T) {
	require.Empty(t, render.Text(nil))
	require.Equal(t, `an order\n`, render.Text(&commonpb.Payload{Data: []byte(`"an order\n"`)}))
	require.Equal(t, "<secret, 1 bytes>", render.Text(&commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("secret")}, Data: []byte("x")}))
}
