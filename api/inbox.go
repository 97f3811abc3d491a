package api

import "strings"

// IsInbox tells whether a subject is one where replies are waited for: under `_INBOX.`, under
// `_INBOX_<name>.` (an inbox prefix of a user's own), or under `_R_.`, which a server puts in place of
// the reply subject of a request from another account, and which no client can name.
//
// Whoever serves requests answers them there and nowhere else: an answer on any other subject, such as
// one of JetStream's API or of a log, would be sent with the rights of who answers.
func IsInbox(subject string) bool {
	first, rest, _ := strings.Cut(subject, ".")
	return rest != "" && (first == "_INBOX" || first == "_R_" || len(first) > len("_INBOX_") && strings.HasPrefix(first, "_INBOX_"))
}
