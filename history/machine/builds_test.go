package machine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The list of builds is bounded: the oldest go, and the word that the workers are not versioned stays.
func TestBuildsAreBounded(t *testing.T) {
	w := newWorld()
	s := newScript(w)
	do := func(line string) {
		require.NotContains(t, s.do(parseCommand([]string{line})), "FAULT")
		require.NoError(t, w.check())
	}
	do("start")
	for i := range 30 {
		do("start-task")
		do(fmt.Sprintf("complete-task build=%d%s force", i, strings.Repeat("b", 200)))
	}
	value := w.run().Describe(w.now).WorkflowExecutionInfo.SearchAttributes.IndexedFields["BuildIds"]
	require.Equal(t, "KeywordList", string(value.Metadata["type"]))
	require.LessOrEqual(t, len(value.Data), 2<<10)
	require.True(t, strings.HasPrefix(string(value.Data), `["unversioned","unversioned:21b`), string(value.Data))
	require.True(t, strings.HasSuffix(string(value.Data), `b"]`))
	require.Contains(t, string(value.Data), `"unversioned:29b`)
}
