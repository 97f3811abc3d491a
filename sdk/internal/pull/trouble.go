package pull

import (
	"time"
)

const (
	// passing is how many sessions in a row may end without a message before that is told.
	passing = 2
	// passingTime is how long the queue may fail to be opened before that is told.
	passingTime = 2 * time.Second
)

// trouble tells what an operator should see of a puller's sessions that end. That a server stops, a leader
// moves or a queue was made anew is not: the next session works. Nor is that the connection is lost, which is
// told by whoever made it.
type trouble struct {
	report    *Report
	fruitless int       // sessions in a row of which nothing came
	shut      time.Time // since when the queue cannot be opened, or zero
	told      bool      // to the report, and not yet over
}

// opened notes that the queue could be opened.
func (t *trouble) opened() {
	if t.told && !t.shut.IsZero() {
		t.over()
	}
	t.shut = time.Time{}
}

// worked notes a session of which something came.
func (t *trouble) worked() {
	t.fruitless = 0
	if t.told {
		t.over()
	}
}

// tell takes why a session ended, or why the queue could not be opened for one, and when that began.
func (t *trouble) tell(opened bool, began, now time.Time, err error) {
	t.fruitless++
	if !opened && t.shut.IsZero() {
		t.shut = began
	}
	if opened && t.fruitless <= passing || !opened && now.Sub(t.shut) < passingTime {
		return
	}
	t.report.tell(!t.told, now, err)
	t.told = true
}

func (t *trouble) over() {
	t.told = false
	t.report.over()
}
