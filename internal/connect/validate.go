package connect

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Validate tells what is wrong with the settings themselves, before any file is read.
func (s Settings) Validate() error {
	if s.Creds != "" && s.User != "" {
		return errors.New("both a user and a credentials file of NATS are given: give one")
	}
	if s.InboxPrefix != "" {
		if err := checkInboxPrefix(s.InboxPrefix); err != nil {
			return err
		}
	}
	if s.Domain != "" && (!isLiteral(s.Domain) || strings.Contains(s.Domain, ".")) {
		return fmt.Errorf("JetStream domain %q: use the name of a domain: no spaces, dots or wildcards", s.Domain)
	}
	return nil
}

func checkInboxPrefix(prefix string) error {
	if !isLiteral(prefix) {
		return fmt.Errorf("inbox prefix %q: use the beginning of a subject, such as _INBOX_shop: no spaces or wildcards, and no dot at its end", prefix)
	}
	return nil
}

// isLiteral tells whether a text is a subject that stands for itself alone.
func isLiteral(subject string) bool {
	for token := range strings.SplitSeq(subject, ".") {
		if token == "" || strings.ContainsAny(token, "*>") || strings.ContainsFunc(token, func(r rune) bool {
			return unicode.IsSpace(r) || unicode.IsControl(r)
		}) {
			return false
		}
	}
	return true
}
