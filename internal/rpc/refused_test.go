package rpc

import (
	"errors"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
)

func TestRefused(t *testing.T) {
	for text, want := range map[string]struct{ subject, advice string }{
		`Permissions Violation for Publish to "perdure.api.shop.X"`:                   {"perdure.api.shop.X", "perdure.api.shop.X"},
		`Permissions Violation for Subscription to "_INBOX.abc.*"`:                    {"_INBOX.abc.*", "--inbox-prefix"},
		`Permissions Violation for Subscription to "_INBOX.abc.*" (sid "1")`:          {"_INBOX.abc.*", "Options.InboxPrefix"},
		`Permissions Violation for Subscription to "perdure.events.shop.x"`:           {},
		`Permissions Violation for Subscription to "perdure.query.x" using queue "q"`: {},
		`Permissions Violation for Publish with Reply of "x"`:                         {},
		`Permissions Violation for Publish to "unfinished`:                            {},
		`Permissions Violation for Publish to "a\"b"`:                                 {`a"b`, "check the namespace"},
	} {
		subject, err := Refused(fmt.Errorf("%w: %s", nats.ErrPermissionViolation, text), "_INBOX.")
		require.Equal(t, want.subject, subject, text)
		if want.subject == "" {
			require.NoError(t, err, text)
			continue
		}
		var denied *serviceerror.PermissionDenied
		require.ErrorAs(t, err, &denied, text)
		require.ErrorContains(t, err, want.subject)
		require.ErrorContains(t, err, want.advice)
	}
	for _, other := range []error{nil, nats.ErrSlowConsumer, errors.New(`Publish to "x"`)} {
		subject, err := Refused(other, "_INBOX.")
		require.Empty(t, subject)
		require.NoError(t, err)
	}
}
