package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a shell is told of a flag's value: words, and then a colon and a number that says whether files are right, too.
func TestShellsAreToldWhatFlagsMayBe(t *testing.T) {
	const asIs, files, folders = ":4", ":0", ":16"
	for _, test := range []struct {
		line string
		want []string
	}{
		{"workflow start --id-reuse-policy", []string{"AllowDuplicate", "AllowDuplicateFailedOnly", "RejectDuplicate", "TerminateIfRunning", asIs}},
		{"workflow reset --type", []string{"FirstWorkflowTask", "LastWorkflowTask", asIs}},
		{"workflow reset --reapply-exclude", []string{"Signal", "Update", "All", asIs}},
		{"workflow update-with-start --wait-for-stage", []string{"Accepted", "Completed", asIs}},
		{"workflow list --output", []string{"text", "json", "jsonl", asIs}},
		{"search-attribute add --type", []string{"Bool", "Datetime", "Double", "Int", "Keyword", "KeywordList", "Text", asIs}},
		{"task-queue describe --task-queue-type", []string{"workflow", "activity", asIs}},
		{"server --log-level", []string{"trace", "debug", "info", "warn", "error", asIs}},
		{"server --log-format", []string{"text", "json", asIs}},
		{"workflow start --workflow-id", []string{asIs}},
		{"workflow start --input-file", []string{files}},
		{"server --config", []string{files}},
		{"server --data-dir", []string{folders}},
	} {
		r := perdure(t.Context(), "", append(append([]string{"__complete"}, strings.Fields(test.line)...), "")...)
		require.Equal(t, exitOK, r.code, test.line)
		require.Equal(t, test.want, strings.Fields(r.out), test.line)
	}
}
