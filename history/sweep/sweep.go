package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/internal/pause"
)

// pace is between two removals: a namespace whose runs all end at once is no reason for the bucket to
// serve nobody else.
const pace = 2 * time.Millisecond

// Result is what a sweep came to.
type Result struct {
	// Removed payloads, and Orphans: contents that were never finished.
	Removed, Orphans int
	// Held are the payloads that were old enough, and that runs hold.
	Held int
}

// object is a payload in the bucket.
type object struct {
	id       api.PayloadID
	chunks   string // the id of its content
	sequence uint64 // of the message that says so
	written  time.Time
	// earlier messages said so before it was renewed.
	earlier []uint64
	// foreign is what somebody else has put there: it stays.
	foreign bool
}

// sweep removes what nobody holds.
func (s *Sweeper) sweep(ctx context.Context) (result Result, err error) {
	bucket, err := stream.Open(ctx, s.config.JetStream, s.config.Stream, s.config.Created)
	if err != nil {
		return result, err
	}
	now, err := bucket.Now(ctx)
	if err != nil {
		return result, err
	}
	before := now.Add(-s.config.Grace)
	// Contents first: an object that is finished meanwhile is then among the objects.
	contents, err := s.contents(ctx, bucket)
	if err != nil {
		return result, err
	}
	objects, err := s.objects(ctx, bucket)
	if err != nil {
		return result, err
	}
	var old []*object
	for _, o := range objects {
		delete(contents, o.chunks)
		if !o.foreign && o.written.Before(before) {
			old = append(old, o)
		}
	}
	if result.Orphans, err = s.removeOrphans(ctx, bucket, contents, before); err != nil {
		return result, err
	}
	return s.removeUnheld(ctx, bucket, old, result)
}

// removeUnheld removes those of the old objects that nobody holds.
func (s *Sweeper) removeUnheld(ctx context.Context, bucket *stream.Stream, old []*object, result Result) (Result, error) {
	if len(old) == 0 {
		return result, nil
	}
	held, err := s.config.Held(ctx)
	if err != nil {
		return result, fmt.Errorf("finding out who holds large payloads: %w", err)
	}
	for _, o := range old {
		if _, is := held[o.id]; is {
			result.Held++
			continue
		}
		removed, err := s.remove(ctx, bucket, o)
		if err != nil {
			return result, err
		}
		if removed {
			result.Removed++
		}
		if err := pause.For(ctx, pace); err != nil {
			return result, err
		}
	}
	return result, nil
}

// remove removes an object by the message that was found of it. If it was renewed meanwhile it stays; and from the
// deletion on, a renewal is refused that was decided before.
func (s *Sweeper) remove(ctx context.Context, bucket *stream.Stream, o *object) (bool, error) {
	if err := bucket.Delete(ctx, o.sequence); err != nil {
		return false, err
	}
	_, err := bucket.Last(ctx, s.config.Bucket.Meta(o.id.String()))
	if err == nil {
		return false, nil // renewed
	}
	if !errors.Is(err, stream.ErrNoMessage) {
		return false, err
	}
	return true, bucket.PurgeSubject(ctx, s.config.Bucket.Chunks(o.chunks))
}

// removeOrphans removes contents that no object has, and to which nothing was added for long.
func (s *Sweeper) removeOrphans(ctx context.Context, bucket *stream.Stream, contents map[string]bool, before time.Time) (removed int, err error) {
	for id := range contents {
		subject := s.config.Bucket.Chunks(id)
		last, err := bucket.Last(ctx, subject)
		if errors.Is(err, stream.ErrNoMessage) || err == nil && !last.Time.Before(before) {
			continue
		}
		if err == nil {
			err = bucket.PurgeSubject(ctx, subject)
		}
		if err != nil {
			return removed, err
		}
		removed++
		if err := pause.For(ctx, pace); err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// contents are the ids of all content in the bucket.
func (s *Sweeper) contents(ctx context.Context, bucket *stream.Stream) (map[string]bool, error) {
	all := map[string]bool{}
	prefix := len(s.config.Bucket.Chunks(""))
	for subject, err := range bucket.Subjects(ctx, s.config.Bucket.AllChunks()) {
		if err != nil {
			return nil, err
		}
		all[subject[prefix:]] = true
	}
	return all, nil
}

// objects are all objects of the bucket. What was said of them before their renewal is removed.
func (s *Sweeper) objects(ctx context.Context, bucket *stream.Stream) (map[string]*object, error) {
	all := map[string]*object{}
	for next := uint64(1); ; {
		m, err := bucket.Next(ctx, s.config.Bucket.AllMeta(), next)
		if errors.Is(err, stream.ErrNoMessage) {
			break
		}
		if err != nil {
			return nil, err
		}
		next = m.Sequence + 1
		o := &object{sequence: m.Sequence, written: m.Time}
		if earlier := all[m.Subject]; earlier != nil {
			o.earlier = append(earlier.earlier, earlier.sequence)
		}
		o.id, o.chunks = read(m.Data)
		all[m.Subject] = o
	}
	for subject, o := range all {
		for _, sequence := range o.earlier {
			if err := bucket.Delete(ctx, sequence); err != nil {
				return nil, err
			}
		}
		o.foreign = s.config.Bucket.Meta(o.id.String()) != subject
	}
	return all, nil
}

// read is which payload a message is about, and where its content is.
func read(data []byte) (id api.PayloadID, chunks string) {
	var info jetstream.ObjectInfo
	if json.Unmarshal(data, &info) != nil {
		return id, ""
	}
	id, _ = api.ParsePayloadID(info.Name)
	return id, info.NUID
}
