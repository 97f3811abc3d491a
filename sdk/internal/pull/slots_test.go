package pull

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSlotsGoToThoseWhoWait(t *testing.T) {
	s := NewSlots(2)
	require.Equal(t, 2, s.Take(5))
	first, ok := s.Queue()
	require.True(t, ok)
	second, ok := s.Queue()
	require.True(t, ok)
	_, ok = s.Queue()
	require.False(t, ok, "as many wait as there are slots")
	s.Give(1)
	require.True(t, first.Wait(context.Background()))
	require.Zero(t, s.Take(1))
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	require.False(t, second.Wait(ended))
	s.Give(2)
	require.Equal(t, 2, s.Free())
}

func TestASingleSlotHasNoLine(t *testing.T) {
	s := NewSlots(1)
	ticket, ok := s.Queue()
	require.True(t, ok)
	_, ok = s.Queue()
	require.False(t, ok)
	ticket.Cancel()
	require.Equal(t, 1, s.Free())
}

// TestSlotsAreNeitherLostNorMade does anything in any order.
func TestSlotsAreNeitherLostNorMade(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 5).Draw(t, "limit")
		s, taken := NewSlots(limit), 0
		var tickets []Ticket
		t.Repeat(map[string]func(*rapid.T){
			"take": func(t *rapid.T) { taken += s.Take(rapid.IntRange(0, 3).Draw(t, "n")) },
			"give": func(t *rapid.T) {
				n := rapid.IntRange(0, taken).Draw(t, "n")
				taken -= n
				s.Give(n)
			},
			"queue": func(*rapid.T) {
				if ticket, ok := s.Queue(); ok {
					tickets = append(tickets, ticket)
				}
			},
			"settle": func(t *rapid.T) {
				if len(tickets) == 0 {
					return
				}
				i := rapid.IntRange(0, len(tickets)-1).Draw(t, "i")
				ended, cancel := context.WithCancel(context.Background())
				cancel()
				if tickets[i].Wait(ended) {
					taken++
				}
				tickets = append(tickets[:i], tickets[i+1:]...)
			},
			"": func(t *rapid.T) {
				served := 0
				for _, ticket := range tickets {
					select {
					case <-ticket.ready:
						served++
					default:
					}
				}
				if taken+served+s.Free() != limit {
					t.Fatalf("%d taken, %d served, %d free of %d", taken, served, s.Free(), limit)
				}
				if s.Free() > 0 && served < len(tickets) {
					t.Fatalf("%d free while %d wait", s.Free(), len(tickets)-served)
				}
			},
		})
	})
}

func TestSlotsComeAndGo(t *testing.T) {
	s := NewNoSlots(10)
	require.Zero(t, s.Take(1))
	s.Add()
	s.Add()
	require.Equal(t, 2, s.Take(2))
	s.Remove() // one of those in use
	s.Give(1)
	require.Zero(t, s.Free(), "it is no more")
	s.Give(1)
	require.Equal(t, 1, s.Free())
	s.Remove()
	require.Zero(t, s.Free())
	s.Remove()
	s.Add()
	require.Zero(t, s.Free(), "one that was to be given back stays in use")
}
