package pull

import (
	"time"

	"github.com/rs/zerolog"
)

// passing is how many sessions in a row may end without a message before that is told.
const passing = 2

// trouble tells what an operator should see of sessions that end. That a server stops, a leader moves or
// a queue was made anew is not: the next session works. Nor is that the connection is lost, which is
// told by whoever made it.
type trouble struct {
	log       zerolog.Logger // once a minute at most
	fruitless int            // sessions in a row of which nothing came
}

func newTrouble(log zerolog.Logger) *trouble {
	return &trouble{log: log.Sample(&zerolog.BurstSampler{Burst: 1, Period: time.Minute})}
}

// worked notes a session of which something came.
func (t *trouble) worked() { t.fruitless = 0 }

// tell takes why a session ended, or why the queue could not be opened for one.
func (t *trouble) tell(opened bool, err error) {
	t.fruitless++
	if !opened || t.fruitless > passing {
		t.log.Warn().Err(err).Msg("cannot pull tasks: the queue is opened again")
	}
}
