package history

import (
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/recordpb"
	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/history/log"
)

// frame is what one turn has decided: records, and what may be let out once
// they are acknowledged.
type frame struct {
	records []*recordpb.Record
	index   *recordpb.IndexChunk
	barrier bool
	size    int
	last    uint64 // its sequence in the log, once appended
	sent    time.Time
	release []release
}

// release is one thing that leaves the shard behind a frame: of its fields,
// those that are set.
type release struct {
	// request gets the outcome, or an answer of send's.
	request *request
	outcome outcome

	send func()
	task *workerpb.Task
	tail *recordpb.Record // whose events the live tail is told
}

// frameOverhead is about what a message of the log takes beside its records.
const frameOverhead = 128

func (f *frame) add(record *recordpb.Record) {
	f.records = append(f.records, record)
	f.size += recordSize(record)
}

// recordSize is about how many bytes a record takes.
func recordSize(record *recordpb.Record) int {
	size := len(record.WorkflowId) + 24
	for _, run := range record.Runs {
		size += 48
		for _, c := range run.Changes {
			switch c := c.Change.(type) {
			case *recordpb.Change_Event:
				size += len(c.Event) + 8
			case *recordpb.Change_Buffered:
				size += len(c.Buffered) + 8
			case *recordpb.Change_ActivityHeartbeat:
				size += proto.Size(c.ActivityHeartbeat) + 8
			default:
				size += 64
			}
		}
	}
	return size
}

func (f *frame) full() bool  { return f.size >= frameBytes || len(f.records) >= turnLimit }
func (f *frame) empty() bool { return len(f.records) == 0 && f.index == nil && !f.barrier }

func (f *frame) refuse(refusal error) {
	for _, r := range f.release {
		if r.request != nil {
			r.request.answer(nil, refusal)
		}
	}
}

// later adds something to let out behind all that was decided so far.
func (l *loop) later(r release) {
	switch {
	case !l.frame.empty():
		l.frame.release = append(l.frame.release, r)
	case len(l.flight) > 0:
		last := &l.flight[len(l.flight)-1]
		last.release = append(last.release, r)
	default:
		l.let(r)
	}
}

func (l *loop) answerLater(r *request, reply proto.Message, err error) {
	if r != nil {
		l.later(release{request: r, outcome: outcome{reply, err}})
	}
}

// answerSurely is answerLater for what only the owner of the shard may say: behind an
// acknowledged frame, an empty one if need be. If another owner has begun, the
// frame fails, and the caller asks again.
func (l *loop) answerSurely(r *request, reply proto.Message, err error) {
	l.ensure()
	l.answerLater(r, reply, err)
}

// ensure has whatever is let out next wait for a frame.
func (l *loop) ensure() {
	if l.frame.empty() && len(l.flight) == 0 {
		l.frame.barrier = true
	}
}

// ownersWord tells errors that only the owner of the shard may answer with.
func ownersWord(err error) bool {
	switch api.ErrorStatus(err).Code() {
	case codes.NotFound, codes.AlreadyExists, codes.FailedPrecondition:
		return true
	}
	return false
}

// let lets one thing out.
func (l *loop) let(r release) {
	switch {
	case r.send != nil:
		r.send()
	case r.request != nil:
		r.request.answer(r.outcome.reply, r.outcome.err)
	case r.task != nil:
		l.config.Matching.Queue(l.namespace, r.task)
	case r.tail != nil:
		l.tell(r.tail)
	}
}

// tell publishes a record's events on the live tail: for each run a History, with the run's id in its header.
func (l *loop) tell(record *recordpb.Record) {
	for _, run := range record.Runs {
		l.told = appendHistory(l.told[:0], run)
		if len(l.told) == 0 || len(l.told) >= int(l.config.Conn.MaxPayload())-frameOverhead {
			continue
		}
		l.tail.Subject, l.tail.Data = l.config.Names.Events(l.namespace, record.WorkflowId), l.told
		l.tail.Header[api.HeaderRun][0] = run.RunId
		_ = l.config.Conn.PublishMsg(&l.tail) // a courtesy: readers fill gaps from the history
	}
}

// appendHistory encodes a History of the run's new events, which are its fields of number 1.
func appendHistory(history []byte, run *recordpb.RunRecord) []byte {
	for _, c := range run.Changes {
		if event, ok := c.Change.(*recordpb.Change_Event); ok {
			history = protowire.AppendTag(history, 1, protowire.BytesType)
			history = protowire.AppendBytes(history, event.Event)
		}
	}
	return history
}

// hand appends the frame to the log, unless enough are in flight.
func (l *loop) hand() error {
	if l.frame.empty() || l.enoughInFlight() {
		return nil
	}
	content := &recordpb.Frame{}
	switch {
	case l.frame.index != nil:
		content.Content = &recordpb.Frame_Index{Index: l.frame.index}
	case len(l.frame.records) > 0:
		content.Content = &recordpb.Frame_Records{Records: &recordpb.Records{Records: l.frame.records}}
	default:
		content.Content = &recordpb.Frame_Barrier{Barrier: &recordpb.Barrier{}}
	}
	last, err := l.writer.Append(content)
	if err != nil {
		return fmt.Errorf("shard %s: appending to the log: %w", l.name(), err)
	}
	l.check.logBytes += uint64(l.frame.size + frameOverhead)
	l.statistics.written.Add(uint64(l.frame.size + frameOverhead))
	if n := len(l.frame.records); n > 0 {
		l.statistics.records.Observe(int64(n))
	}
	l.frame.last, l.frame.sent = last, time.Now()
	records := l.frame.records // they are encoded
	clear(records)
	l.frame.records = nil
	l.flight = append(l.flight, l.frame)
	l.frame = frame{records: records[:0]}
	if n := len(l.releases); n > 0 {
		l.frame.release, l.releases = l.releases[n-1], l.releases[:n-1]
	}
	return nil
}

// settle takes the outcomes that frames in flight have got.
func (l *loop) settle() error {
	for {
		ack, ok := l.writer.Next()
		if !ok {
			return nil
		}
		if err := l.acknowledged(ack); err != nil {
			return err
		}
	}
}

// acknowledged lets out what the oldest frame in flight holds back.
func (l *loop) acknowledged(ack log.Ack) error {
	if ack.Err != nil {
		return fmt.Errorf("shard %s: %w", l.name(), ack.Err)
	}
	done := l.flight[0]
	l.flight[0] = frame{}
	l.flight = l.flight[1:]
	l.acked = ack.Sequence
	l.position.Store(ack.Sequence) // before any reply: who lists afterwards waits for it
	took := time.Since(done.sent)
	l.pace.acknowledged(took)
	l.statistics.appends.Observe(int64(took))
	if done.index != nil {
		l.chunkWritten(done)
	}
	for _, r := range done.release {
		l.let(r)
	}
	clear(done.release)
	l.releases = append(l.releases, done.release[:0])
	return nil
}
