package connect

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nats-io/nats.go"
)

// contextFile is what a context of the `nats` command line may say, as far as it
// concerns a connection.
type contextFile struct {
	URL             string `json:"url"`
	User            string `json:"user"`
	Password        string `json:"password"`
	Token           string `json:"token"`
	Creds           string `json:"creds"`
	NKey            string `json:"nkey"`
	UserJWT         string `json:"user_jwt"`
	NSCLookup       string `json:"nsc"`
	CA              string `json:"ca"`
	Cert            string `json:"cert"`
	Key             string `json:"key"`
	TLSFirst        bool   `json:"tls_first"`
	InboxPrefix     string `json:"inbox_prefix"`
	JetStreamDomain string `json:"jetstream_domain"`
}

// readContext reads a context by name, or by path when the name holds a separator
// or ends in .json.
func readContext(name string) (contextFile, error) {
	var c contextFile
	path := name
	if !strings.ContainsRune(name, os.PathSeparator) && !strings.HasSuffix(name, ".json") {
		dir, err := configDir()
		if err != nil {
			return c, err
		}
		path = filepath.Join(dir, "nats", "context", name+".json")
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("reading NATS context %q: no file %s: `nats context ls` shows those there are", name, path)
	}
	if err != nil {
		return c, fmt.Errorf("reading NATS context %q: %w", name, err)
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return c, fmt.Errorf("reading NATS context %q: %s is not the JSON of a context: %w", name, path, err)
	}
	for _, file := range []*string{&c.Creds, &c.NKey, &c.CA, &c.Cert, &c.Key} {
		*file = expandHome(*file)
	}
	return c, nil
}

func (c contextFile) login() ([]nats.Option, error) {
	switch {
	case c.NSCLookup != "":
		return nil, errors.New("the NATS context takes its credentials from nsc: export them with `nsc generate creds` and name the file with --creds")
	case c.Creds != "":
		return credentials(c.Creds)
	case c.UserJWT != "":
		if c.NKey == "" {
			return nil, errors.New("the NATS context has a user JWT but no nkey: add its seed file")
		}
		return c.jwtLogin()
	case c.NKey != "":
		option, err := nats.NkeyOptionFromSeed(c.NKey)
		if err != nil {
			return nil, fmt.Errorf("reading the nkey of the NATS context: %w", err)
		}
		return []nats.Option{option}, nil
	case c.User != "":
		return []nats.Option{nats.UserInfo(c.User, c.Password)}, nil
	case c.Token != "":
		return []nats.Option{nats.Token(c.Token)}, nil
	}
	return nil, nil
}

// credentials log in with a .creds file, which is read again for each connection.
func credentials(path string) ([]nats.Option, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the NATS credentials: %w: check the path", err)
	}
	return []nats.Option{nats.UserCredentials(path)}, file.Close()
}

func (c contextFile) jwtLogin() ([]nats.Option, error) {
	seed, err := os.ReadFile(c.NKey)
	if err != nil {
		return nil, fmt.Errorf("reading the nkey of the NATS context: %w", err)
	}
	return []nats.Option{nats.UserJWTAndSeed(c.UserJWT, strings.TrimSpace(string(seed)))}, nil
}

func (c contextFile) tls() []nats.Option {
	var options []nats.Option
	if c.CA != "" {
		options = append(options, nats.RootCAs(c.CA))
	}
	if c.Cert != "" && c.Key != "" {
		options = append(options, nats.ClientCert(c.Cert, c.Key))
	}
	if c.TLSFirst {
		options = append(options, nats.TLSHandshakeFirst())
	}
	return options
}

// configDir is where the `nats` command line keeps its files, on every system.
func configDir() (string, error) {
	if dir := os.Getenv("XDG_CONFIG_HOME"); dir != "" {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("finding the NATS contexts: %w: set HOME, or give the path of the context's file", err)
	}
	return filepath.Join(home, ".config"), nil
}

func expandHome(path string) string {
	rest, found := strings.CutPrefix(path, "~/")
	if !found {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return filepath.Join(home, rest)
}
