package pull

import (
	"bytes"
	"errors"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

func TestTroubleThatPassesIsNotTold(t *testing.T) {
	var log bytes.Buffer
	trouble := newTrouble(zerolog.New(&log))
	for range 100 {
		trouble.tell(true, errors.New("409 Leadership Change"))
		trouble.worked()
	}
	require.Empty(t, log.String())
}

func TestTroubleThatLastsIsToldOnce(t *testing.T) {
	for name, opened := range map[string]bool{"nothing comes": true, "the queue cannot be opened": false} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			trouble := newTrouble(zerolog.New(&log))
			for range 100 {
				trouble.tell(opened, errors.New("no responders"))
			}
			require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("\n")), "%s", &log)
		})
	}
}
