package pull

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

// start is when the time of these tests begins, which they pass on by themselves.
var start = time.Unix(1e9, 0)

func TestTroubleThatPassesIsNotTold(t *testing.T) {
	var log bytes.Buffer
	trouble := &trouble{report: NewReport(zerolog.New(&log))}
	for range 100 {
		trouble.tell(true, start, start, errors.New("409 Leadership Change"))
		trouble.worked()
		trouble.tell(false, start, start.Add(passingTime/2), errors.New("no responders"))
		trouble.opened()
		trouble.worked()
	}
	require.Empty(t, log.String())
}

func TestTroubleThatLastsIsToldOnceAMinute(t *testing.T) {
	for name, opened := range map[string]bool{"nothing comes": true, "the queue cannot be opened": false} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			trouble := &trouble{report: NewReport(zerolog.New(&log))}
			for n := range 65 {
				now := start.Add(time.Duration(n) * time.Second)
				trouble.tell(opened, now, now, errors.New("no responders"))
				if n == 60 {
					require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("no responders")), "%s", &log)
				}
			}
			require.Equal(t, 2, bytes.Count(log.Bytes(), []byte("no responders")), "%s", &log)
			trouble.opened()
			trouble.worked()
			trouble.worked()
			require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("works now")), "%s", &log)
		})
	}
}

func TestTroubleOfTwoIsToldAsOne(t *testing.T) {
	var log bytes.Buffer
	report := NewReport(zerolog.New(&log))
	one, other := &trouble{report: report}, &trouble{report: report}
	for _, trouble := range []*trouble{one, other} {
		trouble.tell(false, start, start.Add(passingTime), errors.New("no responders"))
	}
	require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("\n")), "%s", &log)
	one.opened()
	require.NotContains(t, log.String(), "works now")
	other.opened()
	require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("works now")), "%s", &log)
}
