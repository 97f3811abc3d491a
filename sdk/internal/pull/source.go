package pull

import (
	"time"

	"github.com/perdure/perdure/api/workerpb"
)

// defaultAckWait is taken when the service names no time.
const defaultAckWait = 10 * time.Second

// Source is the consumer of one queue.
type Source struct {
	Stream, Consumer string
	// Domain is the stream's JetStream domain, or empty.
	Domain string
	// AckWait is how long a delivered message may stay unanswered before it is delivered again.
	AckWait time.Duration
}

// SourceOf is the consumer that the service names in its answer; its AckWait is 10 s when the answer has none above 0.
func SourceOf(answer *workerpb.OpenTaskQueueResponse) Source {
	s := Source{
		Stream: answer.GetStream(), Consumer: answer.GetConsumer(), Domain: answer.GetDomain(),
		AckWait: answer.GetAckWait().AsDuration(),
	}
	if s.AckWait <= 0 {
		s.AckWait = defaultAckWait
	}
	return s
}

// subject is where pull requests for the consumer go.
func (s Source) subject() string {
	prefix := "$JS.API"
	if s.Domain != "" {
		prefix = "$JS." + s.Domain + ".API"
	}
	return prefix + ".CONSUMER.MSG.NEXT." + s.Stream + "." + s.Consumer
}
