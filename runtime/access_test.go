package runtime

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/connect"
	"github.com/perdure/perdure/internal/logtest"
	"github.com/perdure/perdure/internal/natstest"
)

// usersOnly is a configuration that lets in nobody but u.
func usersOnly(t *testing.T) Config {
	t.Helper()
	file := filepath.Join(t.TempDir(), "nats.conf")
	require.NoError(t, os.WriteFile(file, []byte("jetstream {}\nauthorization { users: [ { user: u, password: p } ] }\n"), 0o600))
	return Config{NATSConfig: file, DataDir: natstest.Dir(t), Listen: "127.0.0.1:0"}
}

func TestUsersAndNobodyToLogInAs(t *testing.T) {
	config := usersOnly(t)
	_, err := Start(t.Context(), config)
	require.ErrorIs(t, err, errLogin)

	config.Connection = connect.Settings{User: "u", Password: "p"}
	s, err := Start(t.Context(), config)
	require.NoError(t, err)
	require.NoError(t, s.Stop(t.Context()))
}

func TestALoginThatIsRefused(t *testing.T) {
	require.EqualError(t, loginError(io.ErrClosedPipe), "connecting to the embedded NATS: "+errLogin.Error())
	require.ErrorIs(t, loginError(nats.ErrAuthorization), nats.ErrAuthorization)
}

func TestAServerThatIsOpenToAll(t *testing.T) {
	users := []*server.User{{Username: "u"}}
	for name, test := range map[string]struct {
		options server.Options
		open    bool
	}{
		"this machine":      {server.Options{Host: "127.0.0.1"}, false},
		"this machine, six": {server.Options{Host: "::1"}, false},
		"by name":           {server.Options{Host: "localhost"}, false},
		"all":               {server.Options{Host: "0.0.0.0"}, true},
		"users":             {server.Options{Host: "0.0.0.0", Users: users}, false},
		"users and nobody":  {server.Options{Host: "0.0.0.0", Users: users, NoAuthUser: "u"}, true},
		"certificates":      {server.Options{Host: "0.0.0.0", TLSVerify: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			log := &logtest.Lines{}
			warnOpen(Config{Logger: zerolog.New(log)}, &test.options)
			require.Equal(t, test.open, strings.Contains(log.String(), "may do anything"), "%s", log)
		})
	}
}

func TestMoreCopiesThanServers(t *testing.T) {
	_, err := Start(t.Context(), Config{DataDir: natstest.Dir(t), Listen: "127.0.0.1:0", Replicas: 3})
	require.ErrorIs(t, err, errReplicas)
	config := external(natstest.Start(t).ClientURL())
	config.Replicas = 3
	_, err = Start(t.Context(), config)
	require.ErrorIs(t, err, errReplicas)
	require.ErrorContains(t, err, "--replicas 1")
}

func TestADomainThatIsNowhere(t *testing.T) {
	config := external(natstest.Start(t).ClientURL())
	config.Connection.Domain = "nowhere"
	_, err := Start(t.Context(), config)
	require.ErrorIs(t, err, errNoDomain)
	require.ErrorContains(t, err, `domain "nowhere"`)
	require.NotContains(t, err.Error(), "-js ")
}
