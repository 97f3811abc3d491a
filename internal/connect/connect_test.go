package connect

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

func options(t *testing.T, target Target) nats.Options {
	t.Helper()
	o := nats.GetDefaultOptions()
	for _, option := range target.Options {
		require.NoError(t, option(&o))
	}
	return o
}

func writeContext(t *testing.T, name, body string) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	path := filepath.Join(dir, "nats", "context")
	require.NoError(t, os.MkdirAll(path, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(path, name+".json"), []byte(body), 0o600))
}

func TestNothingSetMeansTheLocalServer(t *testing.T) {
	target, err := Settings{}.Resolve()
	require.NoError(t, err)
	require.Equal(t, DefaultURL, target.URL)
	require.Equal(t, "perdure", options(t, target).Name)
}

func TestAContextByName(t *testing.T) {
	writeContext(t, "prod", `{"url":"nats://a:1,nats://b:2","user":"u","password":"p","inbox_prefix":"_INBOX_u","jetstream_domain":"hub","description":"ignored"}`)
	target, err := Settings{Context: "prod"}.Resolve()
	require.NoError(t, err)
	require.Equal(t, "nats://a:1,nats://b:2", target.URL)
	require.Equal(t, "hub", target.Domain)
	o := options(t, target)
	require.Equal(t, []string{"u", "p", "_INBOX_u"}, []string{o.User, o.Password, o.InboxPrefix})
}

func TestSettingsComeBeforeTheContext(t *testing.T) {
	writeContext(t, "prod", `{"url":"nats://a:1","user":"u","password":"p"}`)
	target, err := Settings{Context: "prod", URL: "nats://b:2", User: "me", Password: "x", InboxPrefix: "_INBOX.me", Domain: "leaf"}.Resolve()
	require.NoError(t, err)
	require.Equal(t, "nats://b:2", target.URL)
	require.Equal(t, "leaf", target.Domain)
	require.Equal(t, "me", options(t, target).User)
	require.Equal(t, "_INBOX.me", options(t, target).InboxPrefix)
}

func TestWhatIsWrongWithAContext(t *testing.T) {
	for name, test := range map[string]struct{ context, body, want string }{
		"absent":      {"other", `{}`, "nats context ls"},
		"not JSON":    {"prod", `{`, "is not the JSON of a context"},
		"nsc":         {"prod", `{"nsc":"nsc://o/a/u"}`, "nsc generate creds"},
		"jwt no nkey": {"prod", `{"user_jwt":"e30"}`, "no nkey"},
	} {
		t.Run(name, func(t *testing.T) {
			writeContext(t, "prod", test.body)
			_, err := Settings{Context: test.context}.Resolve()
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestTwoWaysToLogInAreRefused(t *testing.T) {
	_, err := Settings{Creds: "x.creds", User: "u"}.Resolve()
	require.ErrorContains(t, err, "give one")
}

func TestNobodyThere(t *testing.T) {
	_, err := Settings{URL: "nats://me:secret@127.0.0.1:1"}.Connect()
	require.ErrorIs(t, err, nats.ErrNoServers)
	require.ErrorContains(t, err, "perdure server")
	require.NotContains(t, err.Error(), "secret")
}

func TestExplainKeepsTheCause(t *testing.T) {
	cause := errors.New("boom")
	require.ErrorIs(t, Explain("nats://a:1", cause, Advice{Absent: "start it"}), cause)
	require.ErrorContains(t, Explain("nats://a:1", nats.ErrAuthorization, Advice{}), "--creds")
	require.ErrorContains(t, Explain("nats://a:1", nats.ErrAuthorization, Advice{Login: "ask ann"}), ": ask ann")
}

func TestNobodyWhereTheEnvironmentSays(t *testing.T) {
	_, err := Settings{URL: "nats://127.0.0.1:1", Variable: "PERDURE_NATS_URL"}.Connect()
	require.ErrorContains(t, err, "PERDURE_NATS_URL is set")
}

func TestSettingsThatCannotBe(t *testing.T) {
	for want, s := range map[string]Settings{
		`inbox prefix "foo.*"`:      {InboxPrefix: "foo.*"},
		`inbox prefix "foo."`:       {InboxPrefix: "foo."},
		`JetStream domain "a b"`:    {Domain: "a b"},
		`JetStream domain "a.b"`:    {Domain: "a.b"},
		"reading the NATS credenti": {Creds: "/nope"},
	} {
		_, err := s.Resolve()
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "address")
	}
	require.NoError(t, Settings{InboxPrefix: "_INBOX.me", Domain: "hub"}.Validate())
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"nats://a:1":                   "nats://a:1",
		"nats://u:p@a:1, nats://t@b:2": "nats://u:xxxxx@a:1,nats://xxxxx@b:2",
		"u:p@a:1":                      "xxxxx@a:1",
		"nats://u:p%zz@a:1,nats://b:2": "xxxxx@a:1,nats://b:2",
		"tls://user:pa:ss@[::1]:4222":  "tls://user:xxxxx@[::1]:4222",
		"":                             "",
	} {
		require.Equal(t, want, Redact(in), in)
	}
}
