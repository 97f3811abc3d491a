package connect

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
)

// DefaultURL is where a server with an embedded NATS listens.
const DefaultURL = "nats://127.0.0.1:4222"

// Settings name a NATS deployment and who connects. What is set here comes before
// what the context says.
type Settings struct {
	// URL is one or several server URLs, separated by commas. They may hold user:password@.
	URL string
	// Creds is the path of a .creds file.
	Creds string
	// Context is the name of a context of the `nats` command line, or the path of its file.
	Context string
	// User and Password are an alternative to Creds.
	User, Password string
	// Name is what the NATS server shows for the connection.
	Name string
	// InboxPrefix is the first part of reply subjects; empty: _INBOX.
	InboxPrefix string
	// Domain is the JetStream domain of the streams, where it is not the one that is connected to.
	Domain string
	// Variable is the environment variable that URL or Context was taken from, for messages; empty where
	// the user has given them otherwise.
	Variable string
	// Advice is what to do about a server that is absent or refuses the login; the zero value names the command line's flags.
	Advice Advice
}

// Advice ends the messages of connections that fail: what the user may do, in the words of what the user has set.
type Advice struct {
	// Absent is for when there is no server, Login for when it refuses who connects.
	Absent, Login string
}

// flagsLogin is the advice of the command line.
const flagsLogin = "give credentials that this server accepts: --creds, --context, or --user and --password"

// Target is a URL, and options that connect to it.
type Target struct {
	URL     string
	Options []nats.Option
	// Domain is the JetStream domain that the settings or a context name, or empty.
	Domain string
}

// Resolve reads the context, if one is named, and makes the options.
func (s Settings) Resolve() (Target, error) {
	var target Target
	if err := s.Validate(); err != nil {
		return target, err
	}
	var c contextFile
	if s.Context != "" {
		var err error
		if c, err = readContext(s.Context); err != nil {
			return target, err
		}
	}
	target.URL = cmp.Or(s.URL, c.URL, DefaultURL)
	target.Domain = cmp.Or(s.Domain, c.JetStreamDomain)
	target.Options = []nats.Option{nats.Name(cmp.Or(s.Name, "perdure"))}
	login, err := s.login(c)
	if err != nil {
		return target, err
	}
	target.Options = append(target.Options, login...)
	target.Options = append(target.Options, c.tls()...)
	if prefix := cmp.Or(s.InboxPrefix, c.InboxPrefix); prefix != "" {
		if err := checkInboxPrefix(prefix); err != nil {
			return target, err
		}
		target.Options = append(target.Options, nats.CustomInboxPrefix(prefix))
	}
	return target, nil
}

// login is how the connection says who it is: the settings' own way, else the context's.
func (s Settings) login(c contextFile) ([]nats.Option, error) {
	switch {
	case s.Creds != "":
		return credentials(s.Creds)
	case s.User != "":
		return []nats.Option{nats.UserInfo(s.User, s.Password)}, nil
	}
	return c.login()
}

// Connect resolves the settings and connects, with further options of the caller's.
func (s Settings) Connect(more ...nats.Option) (*nats.Conn, error) {
	target, err := s.Resolve()
	if err != nil {
		return nil, err
	}
	conn, err := nats.Connect(target.URL, append(target.Options, more...)...)
	if err != nil {
		return nil, s.explain(target.URL, err)
	}
	return conn, nil
}

// explain says what a client can do about a connection that could not be made.
func (s Settings) explain(url string, err error) error {
	advice := s.Advice
	switch {
	case advice.Absent != "":
	case s.Variable != "":
		advice.Absent = "start it, or name another with --nats-url or --context; " + s.Variable + " is set and names this one"
	default:
		advice.Absent = "start one with `perdure server`, or name another with --nats-url or --context"
	}
	return Explain(url, err, advice)
}

// Explain says what to do about a connection that could not be made. The error wraps err.
func Explain(url string, err error, advice Advice) error {
	hint := "check the address, and the files of the TLS settings and credentials if there are any"
	switch {
	case errors.Is(err, nats.ErrNoServers):
		hint = advice.Absent
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked):
		hint = cmp.Or(advice.Login, flagsLogin)
	case errors.Is(err, nats.ErrTimeout):
		hint = "something accepts connections there but does not answer as NATS does"
	}
	return fmt.Errorf("connecting to NATS at %s: %w: %s", Redact(url), err, hint)
}

// MayComeUp tells whether the error of a connection that could not be made is that of a server that is not
// there, or not yet: what the settings say need not be wrong.
func MayComeUp(err error) bool {
	return errors.Is(err, nats.ErrNoServers) || errors.Is(err, nats.ErrTimeout) || isBroken(err)
}
