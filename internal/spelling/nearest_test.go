package spelling

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNearest(t *testing.T) {
	known := []string{"WorkflowType", "WorkflowId", "RunId", "City"}
	for word, want := range map[string]string{
		"WorkflowTyp": "WorkflowType", "workflowid": "WorkflowId", "RunID": "RunId", "Citty": "City", "Colour": "", "": "",
	} {
		require.Equal(t, want, Nearest(word, known), "%q", word)
	}
	require.Equal(t, "WorkflowType", known[0], "the caller's order stays")
}
