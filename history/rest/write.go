package rest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/internal/pause"
)

const (
	// A batch has at most so many messages and, unless one run alone has more, bytes.
	// 200 messages of 1.5 KB take 7 ms, fsynced.
	batchMessages = 200
	batchBytes    = 4 << 20
	// tries is how often one run is written before it is set aside.
	tries = 4
	// retryPause is before a further try of one run.
	retryPause = 50 * time.Millisecond
)

// job is the writing of one run.
type job struct {
	run      *Run
	messages []*nats.Msg
	bytes    int
	// expected is the last sequence of the run's subject.
	expected uint64
	result   *Result
	done     bool
}

func newJob(run *Run, messages []*nats.Msg, err error, result *Result) *job {
	j := &job{run: run, messages: messages, expected: run.last(), result: result}
	for _, m := range messages {
		j.bytes += len(m.Data)
	}
	if err != nil {
		j.fail(err)
	}
	return j
}

func (j *job) fail(err error) { j.result.Err, j.done = err, true }

// written: the job's messages are consecutive and end with the sequence.
func (j *job) written(last uint64) {
	var sequences []uint64
	if !j.run.whole() {
		sequences = slices.Clone(j.run.Sequences)
	}
	for sequence := last - uint64(len(j.messages)) + 1; sequence <= last; sequence++ {
		sequences = append(sequences, sequence)
	}
	j.result.Sequences, j.done = sequences, true
}

// place is one of the two streams as write needs it.
type place struct {
	stream *stream.Stream
	// settle finds out, from the leader, what a refused or doubtful job came to: it is done, or
	// it can be tried again with the expectation that it has now. Its errors are passing ones.
	settle func(context.Context, *job) error
	// ready may fail a job for the sake of one before it.
	ready func(*job)
}

// write writes the jobs, in order, in batches.
func (s *Store) write(ctx context.Context, to place, jobs []*job) {
	jobs = pending(to, jobs)
	for len(jobs) > 0 {
		n, messages, bytes := 0, 0, 0
		for n < len(jobs) && (n == 0 || messages+len(jobs[n].messages) <= batchMessages && bytes+jobs[n].bytes <= batchBytes) {
			messages += len(jobs[n].messages)
			bytes += jobs[n].bytes
			n++
		}
		s.writeBatch(ctx, to, jobs[:n])
		jobs = jobs[n:]
	}
}

// writeBatch writes the jobs in one batch. If that fails each is settled, and those
// that remain are written in halves, at last one by one.
func (s *Store) writeBatch(ctx context.Context, to place, jobs []*job) {
	jobs = pending(to, jobs)
	for try := 1; len(jobs) > 0; try++ {
		err := s.attempt(ctx, to, jobs)
		if err == nil {
			return
		}
		if !errors.Is(err, errRejected) && !errors.Is(err, ErrDoubtful) {
			failAll(jobs, err)
			return
		}
		for _, j := range jobs {
			if unsettled := to.settle(ctx, j); unsettled != nil {
				j.fail(fmt.Errorf("%v: %w: %w; then settling it: %w", j.run, ErrDoubtful, err, unsettled))
			}
		}
		if jobs = pending(to, jobs); len(jobs) > 1 {
			half := len(jobs) / 2
			s.writeBatch(ctx, to, jobs[:half])
			s.writeBatch(ctx, to, jobs[half:])
			return
		}
		if len(jobs) == 1 && try == tries {
			jobs[0].fail(given(jobs[0], err))
			return
		}
		if pause.For(ctx, retryPause) != nil {
			failAll(jobs, fmt.Errorf("%w: %w", ErrDoubtful, ctx.Err()))
			return
		}
	}
}

// given is the error of a run that was tried often enough.
func given(j *job, err error) error {
	if errors.Is(err, ErrDoubtful) {
		return fmt.Errorf("%v: %w", j.run, err)
	}
	return fmt.Errorf("%v: %w: %w", j.run, ErrSetAside, err)
}

// attempt publishes one batch.
func (s *Store) attempt(ctx context.Context, to place, jobs []*job) error {
	var messages []*nats.Msg
	for _, j := range jobs {
		j.messages[0].Header[headerExpected] = []string{strconv.FormatUint(j.expected, 10)}
		messages = append(messages, j.messages...)
	}
	last, err := s.publish(ctx, to.stream, messages)
	if err != nil {
		return err
	}
	sequence := last - uint64(len(messages))
	for _, j := range jobs {
		sequence += uint64(len(j.messages))
		j.written(sequence)
	}
	return nil
}

func pending(to place, jobs []*job) []*job {
	var left []*job
	for _, j := range jobs {
		if !j.done && to.ready != nil {
			to.ready(j)
		}
		if !j.done {
			left = append(left, j)
		}
	}
	return left
}

func failAll(jobs []*job, err error) {
	for _, j := range jobs {
		j.fail(fmt.Errorf("%v: %w", j.run, err))
	}
}
