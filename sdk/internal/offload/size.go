package offload

import (
	"context"

	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

const (
	// lengths is what the lengths of the messages that a payload is in may grow by, with a large one in the place of its reference.
	lengths = 64
	// mostSize is more than any message has: what a reference says of a payload is its sender's word.
	mostSize = 1 << 40
)

// Size is how many bytes a message has at most with the payloads that its references stand for.
func Size(ctx context.Context, message proto.Message) (int, error) {
	size := proto.Size(message)
	err := walk(ctx, message, 1, func(_ context.Context, p *commonpb.Payload) (*commonpb.Payload, error) {
		if !api.IsReference(p) {
			return p, nil
		}
		if _, large, err := api.ReadReference(p); err == nil { // else Resolve says what is wrong
			size += int(min(large, mostSize)) + lengths
		}
		return p, nil
	})
	return size, err
}
