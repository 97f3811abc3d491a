package client

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

func TestWithoutALoggerWarningsGoToStandardError(t *testing.T) {
	saved := os.Stderr
	defer func() { os.Stderr = saved }()
	read, write, err := os.Pipe()
	require.NoError(t, err)
	defer read.Close()
	os.Stderr = write
	log := Options{}.withDefaults().Logger
	log.Warn().Msg("told")
	log.Info().Msg("not told")
	silent := Options{Logger: zerolog.Nop()}.withDefaults().Logger
	silent.Error().Msg("silenced")
	require.NoError(t, write.Close())
	text, err := io.ReadAll(read)
	require.NoError(t, err)
	require.Contains(t, string(text), "WRN told")
	require.Equal(t, 1, bytes.Count(text, []byte("\n")), "%s", text)
}

func TestTheLoggerThatIsSetIsTaken(t *testing.T) {
	var text bytes.Buffer
	log := Options{Logger: zerolog.New(&text)}.withDefaults().Logger
	log.Debug().Msg("told")
	require.Contains(t, text.String(), "told")
}
