package mailbox_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/mailbox"
)

func TestWhatIsPutIsTakenOnceAndInOrder(t *testing.T) {
	m := mailbox.New[int]()
	const senders, each = 8, 500
	var wg sync.WaitGroup
	for s := range senders {
		wg.Go(func() {
			for i := range each {
				m.Put(s*each + i)
			}
		})
	}
	last := map[int]int{}
	var spare []int
	for taken := 0; taken < senders*each; {
		<-m.Wake()
		spare = m.Take(spare)
		for _, item := range spare {
			sender := item / each
			before, seen := last[sender]
			require.True(t, !seen || before < item, "each sender's items keep their order")
			last[sender] = item
			taken++
		}
	}
	wg.Wait()
	require.Empty(t, m.Take(nil))
}

func TestAShutMailboxTakesNothing(t *testing.T) {
	m := mailbox.New[string]()
	require.True(t, m.Put("a"))
	require.True(t, m.Shut())
	require.False(t, m.Shut())
	require.False(t, m.Put("b"))
	require.Equal(t, []string{"a"}, m.Take(nil))
}
