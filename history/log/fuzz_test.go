package log

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/recordpb"
)

func FuzzPart(f *testing.F) {
	for _, seed := range []string{"1/2/1", "2/2/18446744073709551615", "0/0/0", "1/1/1", "+1/2/3", "1/2", "//"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if p, ok := decodePart(value); ok {
			require.Equal(t, value, p.encode())
			require.True(t, 1 <= p.number && p.number <= p.of)
		}
	})
}

// FuzzFrame: what is decoded is a frame with content, and peek and the
// decoder agree on its version and epoch.
func FuzzFrame(f *testing.F) {
	for _, frame := range []*recordpb.Frame{records("a"), {Content: &recordpb.Frame_EpochBegin{EpochBegin: &recordpb.EpochBegin{Owner: "o", AfterSequence: 6}}}} {
		frame.Version, frame.Epoch = 1, 3
		data, err := proto.Marshal(frame)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte("\x08\x01\x10\x01"))
	l := &Log{config: Config{Stream: testStream}}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, epoch := range []uint64{0, 3} {
			tail := Tail{Epoch: epoch}
			admitted, err := l.admit(&tail, 7, data)
			if err != nil || !admitted {
				continue
			}
			frame, err := l.decode(7, data)
			if err != nil {
				continue
			}
			head, ok := peek(data)
			require.True(t, ok)
			require.NotNil(t, frame.Content)
			require.Equal(t, head.epoch, frame.Epoch)
			require.Equal(t, frame.Version, uint32(head.version))
			require.GreaterOrEqual(t, tail.Epoch, epoch)
		}
	})
}

// TestPartsAreJoined: whatever lies between, a frame comes out whole, as it
// was, or not at all.
func TestPartsAreJoined(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var j joiner
		sequence := uint64(rapid.IntRange(1, 100).Draw(t, "first"))
		add := func(header nats.Header, data string) (string, bool) {
			frame, complete := j.add(sequence, header, []byte(data))
			sequence++
			return string(frame), complete
		}
		for range rapid.IntRange(1, 20).Draw(t, "frames") {
			parts := rapid.IntRange(1, 4).Draw(t, "parts")
			epoch := uint64(rapid.IntRange(1, 3).Draw(t, "epoch"))
			written := rapid.IntRange(1, parts).Draw(t, "written")
			from := rapid.IntRange(1, written).Draw(t, "from")
			want := ""
			for k := from; k <= written; k++ {
				data := rapid.StringN(0, 3, -1).Draw(t, "data")
				want += data
				var header nats.Header
				if parts > 1 {
					header = nats.Header{api.HeaderPart: {part{k, parts, epoch}.encode()}}
				}
				got, complete := add(header, data)
				if k == parts && from == 1 {
					require.True(t, complete)
					require.Equal(t, want, got)
				} else if from == 1 {
					require.False(t, complete)
				}
			}
			if rapid.Bool().Draw(t, "gap") {
				sequence++
			}
		}
	})
}
