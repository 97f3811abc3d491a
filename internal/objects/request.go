package objects

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/perdure/perdure/internal/pause"
)

const (
	// tryTimeout is how long one try of a request may take. A cluster without a leader does not answer at all.
	tryTimeout = 2 * time.Second
	// transferTimeout is how long the next part of an object may take, on a slow link too.
	transferTimeout = 30 * time.Second
	// silence is after how long one wonders whether it still comes.
	silence = 3 * time.Second
	// tries is how often something is tried, and tryPause the time between.
	tries    = 5
	tryPause = 100 * time.Millisecond
)

// prefix begins the subjects of JetStream's requests.
func (b *Bucket) prefix() string {
	if b.Domain != "" {
		return "$JS." + b.Domain + ".API."
	}
	return "$JS.API."
}

// request asks JetStream, which must be something that can be repeated: ErrNoBucket, ErrUnavailable.
func (b *Bucket) request(ctx context.Context, operation string, body []byte) (*nats.Msg, error) {
	var err error
	for range tries {
		var reply *nats.Msg
		if reply, err = b.ask(ctx, &nats.Msg{Subject: b.prefix() + operation, Data: body}); err == nil {
			return reply, nil
		}
		if errors.Is(err, nats.ErrConnectionClosed) || pause.For(ctx, tryPause) != nil {
			break
		}
	}
	if errors.Is(err, nats.ErrNoResponders) {
		return nil, b.noBucket()
	}
	return nil, b.unavailable("request "+b.prefix()+operation, err)
}

// ask sends one request once.
func (b *Bucket) ask(ctx context.Context, message *nats.Msg) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	return b.Conn.RequestMsgWithContext(ctx, message)
}

// next is the next of several answers to one inbox. From a server that has gone it never comes, and over a slow link it takes a
// while: after some silence the bucket is asked for something else, the answer to which comes behind it.
func (b *Bucket) next(ctx context.Context, answers *nats.Subscription) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, transferTimeout)
	defer cancel()
	answer, err := nextSoon(ctx, answers)
	if err == nil || ctx.Err() != nil {
		return answer, err
	}
	body := `{"last_by_subj":"` + b.Name.Meta("none") + `"}`
	if _, err := b.Conn.RequestMsgWithContext(ctx, &nats.Msg{Subject: b.prefix() + "DIRECT.GET." + b.Name.Stream(), Data: []byte(body)}); err != nil {
		return nil, err
	}
	return nextSoon(ctx, answers)
}

func nextSoon(ctx context.Context, answers *nats.Subscription) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	return answers.NextMsgWithContext(ctx)
}
