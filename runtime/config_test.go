package runtime

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/connect"
)

func TestConfigSaysWhatIsWrong(t *testing.T) {
	for name, test := range map[string]struct {
		config Config
		want   string
	}{
		"prefix":            {Config{Prefix: "a.b"}, "prefix"},
		"namespace":         {Config{Namespaces: []string{"a b"}}, `namespace "a b"`},
		"replicas":          {Config{Replicas: 9}, "use 1, 3 or 5"},
		"shards":            {Config{Shards: -1}, "use 1 or more"},
		"listen":            {Config{Listen: "4222"}, "use host:port"},
		"port":              {Config{Listen: "127.0.0.1:99999"}, "0 to 65535"},
		"sync":              {Config{SyncInterval: -time.Minute}, "`always` or a duration"},
		"both":              {Config{External: true, DataDir: "d"}, "leave out --config"},
		"both, by variable": {Config{External: true, DataDir: "d", Connection: connect.Settings{Variable: "PERDURE_NATS_URL"}}, "PERDURE_NATS_URL is set; unset it to embed a NATS server"},
		"inbox prefix":      {Config{Connection: connect.Settings{InboxPrefix: "foo.*"}}, `inbox prefix "foo.*"`},
		"domain":            {Config{Connection: connect.Settings{Domain: "a b"}}, `domain "a b"`},
		"url, not external": {Config{Connection: connect.Settings{URL: "nats://a:1"}}, "External is not set"},
	} {
		t.Run(name, func(t *testing.T) { require.ErrorContains(t, test.config.Validate(), test.want) })
	}
	require.NoError(t, Config{}.Validate())
	require.NoError(t, Config{External: true, Connection: connect.Settings{URL: "nats://a:1"}}.Validate())
}

func TestEmbeddedDefaults(t *testing.T) {
	options, err := Config{}.natsOptions()
	require.NoError(t, err)
	require.True(t, options.SyncAlways, "acknowledged means durable")
	require.Equal(t, "127.0.0.1", options.Host)
	require.Equal(t, 4222, options.Port)
	require.Equal(t, absolute(DefaultDataDir), options.StoreDir)
}

func TestFlagsComeBeforeTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nats.conf")
	require.NoError(t, os.WriteFile(path, []byte(`
listen: 0.0.0.0:5222
jetstream { store_dir: /from/file, sync_interval: "2m" }
`), 0o600))
	options, err := Config{NATSConfig: path}.natsOptions()
	require.NoError(t, err)
	require.Equal(t, "/from/file", options.StoreDir)
	require.Equal(t, 5222, options.Port)
	require.False(t, options.SyncAlways, "the file says so")
	require.Equal(t, 2*time.Minute, options.SyncInterval)

	options, err = Config{NATSConfig: path, DataDir: "/from/flag", Listen: "127.0.0.1:0", SyncInterval: SyncAlways}.natsOptions()
	require.NoError(t, err)
	require.Equal(t, "/from/flag", options.StoreDir)
	require.Equal(t, -1, options.Port)
	require.True(t, options.SyncAlways)
}

func TestAFileThatDoesNotSpeakOfSyncingMeansAlways(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nats.conf")
	require.NoError(t, os.WriteFile(path, []byte("jetstream { store_dir: /d }"), 0o600))
	options, err := Config{NATSConfig: path}.natsOptions()
	require.NoError(t, err)
	require.True(t, options.SyncAlways)
	require.Equal(t, "127.0.0.1", options.Host)
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	for name, test := range map[string]struct{ body, want string }{
		"no JetStream": {"listen: 127.0.0.1:4222", "JetStream is not enabled"},
		"misspelt":     {"jetstream { store_dirr: /d }", "store_dirr"},
		"syntax":       {"jetstream {", "nats.conf"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "nats.conf")
			require.NoError(t, os.WriteFile(path, []byte(test.body), 0o600))
			_, err := Config{NATSConfig: path}.natsOptions()
			require.ErrorContains(t, err, test.want)
		})
	}
}

// The sample at the root of the repository is read as it is.
func TestTheSampleConfiguration(t *testing.T) {
	options, err := Config{NATSConfig: "../nats.conf"}.natsOptions()
	require.NoError(t, err)
	require.True(t, options.SyncAlways)
	require.Equal(t, "127.0.0.1", options.Host)
	require.Equal(t, int32(1<<20), options.MaxPayload)
}
