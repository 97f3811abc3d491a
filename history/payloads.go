package history

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/log"
	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/history/sweep"
)

// markTimeout is how long a shard may take to say what of its log is needed: one that recovers does not say it.
const markTimeout = 30 * time.Second

// startSweeper has the large payloads removed that no run of the namespace holds.
func (s *Service) startSweeper(ns *openNamespace) *sweep.Sweeper {
	name := ns.settings.Incarnation.Namespace
	return sweep.Start(sweep.Config{
		JetStream: s.config.JetStream, Bucket: s.config.Names.PayloadsBucket(ns.settings.Incarnation),
		Stream: ns.settings.Payloads(s.config.Names), Created: ns.settings.PayloadsCreated, Grace: s.config.PayloadGrace,
		Held:   func(ctx context.Context) (map[api.PayloadID]struct{}, error) { return s.held(ctx, ns) },
		Logger: s.config.Logger.With().Str("namespace", name).Logger(),
	})
}

// heldTries is how often it is found out what is held, where logs are cut meanwhile.
const heldTries = 5

// held are the large payloads that runs of the namespace refer to: all who are there when it is called.
func (s *Service) held(ctx context.Context, ns *openNamespace) (held map[api.PayloadID]struct{}, err error) {
	for range heldTries {
		held = map[api.PayloadID]struct{}{}
		err = s.findHeld(ctx, ns, func(id api.PayloadID) { held[id] = struct{}{} })
		// A log that was cut: what was cut off may have come to rest where it was looked for before.
		if !errors.Is(err, stream.ErrLost) {
			break
		}
	}
	return held, err
}

// findHeld reads what a recovery would: logs, from where they are needed, and the headers of OPEN and HISTORY. What has come
// meanwhile, from runs that may be gone since, is in the logs' ends, which are read again.
//
// Only who owns a shard knows from where on its log is needed, and what of OPEN is not: each answers behind an acknowledged frame.
func (s *Service) findHeld(ctx context.Context, ns *openNamespace, add func(api.PayloadID)) error {
	var ends []*logEnd
	var answers []needed
	for number, sh := range ns.shards {
		answer, err := sh.askNeeded(ctx)
		if err != nil {
			return err
		}
		opened, err := log.Open(ctx, ns.settings.Log(s.config.JetStream, s.config.Names, number))
		if err != nil {
			return err
		}
		end := &logEnd{log: opened, follower: opened.Follow(answer.from, 0)}
		if err := end.read(ctx, add); err != nil {
			return err
		}
		ends, answers = append(ends, end), append(answers, answer)
	}
	needless := func(runID string, sequence uint64) bool {
		return slices.ContainsFunc(answers, func(n needed) bool { return n.runs[runID] || n.messages[sequence] })
	}
	if err := ns.store.References(ctx, needless, add); err != nil {
		return err
	}
	for _, end := range ends {
		if err := end.read(ctx, add); err != nil {
			return err
		}
	}
	return nil
}

// logEnd is a shard's log as far as it is needed.
type logEnd struct {
	log      *log.Log
	follower *log.Follower
}

// read reads on to where the log ends now. ErrLost of package stream: it was cut meanwhile.
func (e *logEnd) read(ctx context.Context, add func(api.PayloadID)) error {
	state, err := e.log.State(ctx)
	if err != nil {
		return err
	}
	return e.follower.Read(ctx, state.Last, func(_ uint64, frame []byte) error {
		api.FindReferences(frame, add)
		return nil
	})
}

// needed is what a recovery of the shard would look at.
type needed struct {
	// from is the sequence of the log on from which there is what is not at rest.
	from uint64
	// runs, by their ids, and messages, by their sequences, are in OPEN, and needed no more: HISTORY has the runs, or
	// OPEN other messages. They are removed with the next cut.
	runs     map[string]bool
	messages map[uint64]bool
}

// marking asks the loop for what is needed.
type marking struct{ answer func(needed) }

// askNeeded asks the shard's owner.
func (sh *shard) askNeeded(ctx context.Context) (needed, error) {
	ctx, cancel := context.WithTimeout(ctx, markTimeout)
	defer cancel()
	answers := make(chan needed, 1)
	sh.mailbox.Put(&marking{answer: func(n needed) { answers <- n }})
	select {
	case n := <-answers:
		return n, nil
	case <-ctx.Done():
		return needed{}, fmt.Errorf("shard %s does not say what of its log is needed: %w", sh.name(), ctx.Err())
	}
}

// marked answers behind a frame, so that it is the owner's word.
func (l *loop) marked(m *marking) {
	l.ensure()
	n := needed{from: l.oldestNeeded(), runs: map[string]bool{}, messages: map[uint64]bool{}}
	for _, r := range slices.Concat(l.rest.removals, l.check.removals) {
		if r.whole {
			n.runs[r.runID] = true
		}
		for _, sequence := range r.sequences {
			n.messages[sequence] = true
		}
	}
	l.later(release{send: func() { m.answer(n) }})
}
