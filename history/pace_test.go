package history

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOneFrameInFlightWhereAcknowledgementsArePrompt(t *testing.T) {
	var p pace
	window := func(best time.Duration) {
		for n := range paceWindow {
			p.acknowledged(best + time.Duration(n%7)*time.Millisecond)
		}
	}
	require.Equal(t, 1, p.inFlight(4), "at first")
	window(300 * time.Microsecond)
	require.Equal(t, 4, p.inFlight(4), "each waits for a disk")
	window(20 * time.Microsecond)
	require.Equal(t, 1, p.inFlight(4), "busy, but prompt at best")
	p.acknowledged(time.Second)
	require.Equal(t, 1, p.inFlight(4), "one is no window")
}
