package rpc

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"go.temporal.io/api/serviceerror"
)

// violation is how nats-server names what it refuses, with the subject in quotes.
var violation = regexp.MustCompile(`(Publish|Subscription) to ("(?:[^"\\]|\\.)*")`)

// Refused tells whether an error that a connection reports (to its error handler, or as its LastError) is that NATS
// refuses a request, or the answers to requests, whose inboxes begin as given. It returns the subject that is refused,
// and the PermissionDenied of a call that met it; "" and nil for all other errors.
//
// NATS says so to the connection, not to whoever waits for the answer.
func Refused(report error, inbox string) (subject string, denied error) {
	if !errors.Is(report, nats.ErrPermissionViolation) {
		return "", nil
	}
	found := violation.FindStringSubmatch(report.Error())
	if found == nil {
		return "", nil
	}
	subject, unquotable := strconv.Unquote(found[2])
	switch {
	case unquotable != nil:
		return "", nil //nolint:nilerr // a report of a form that is not known tells nothing
	case found[1] == "Publish":
		return subject, serviceerror.NewPermissionDenied("NATS does not let these credentials publish to "+subject+
			": use others, check the namespace, or grant it", "")
	case strings.HasPrefix(subject, inbox):
		return subject, serviceerror.NewPermissionDenied("NATS does not let these credentials subscribe to "+subject+
			", where the answers come: name the inbox prefix that they allow (--inbox-prefix, or Options.InboxPrefix of the SDK's client)", "")
	}
	return "", nil
}

// InboxPrefix is what the subjects of a connection's inboxes begin with.
func InboxPrefix(conn *nats.Conn) string {
	if prefix := conn.Opts.InboxPrefix; prefix != "" {
		return prefix + "."
	}
	return nats.InboxPrefix
}
