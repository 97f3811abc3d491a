package api

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestIsInbox(t *testing.T) {
	for subject, want := range map[string]bool{
		"_INBOX.a": true, "_INBOX.a.b": true, "_INBOX_worker1.a": true, "_R_.a.b": true,
		"": false, "_INBOX": false, "_INBOX.": false, "_INBOXES.a": false, "_INBOX_.a": false, "_INBOX_a": false, "x_INBOX.a": false,
		"_R_": false, "$JS.API.STREAM.DELETE.X": false, "perdure.log.default.0": false, "._INBOX.a": false,
	} {
		require.Equal(t, want, IsInbox(subject), subject)
	}
}
