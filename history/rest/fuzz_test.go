package rest

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/stream"
)

var fuzzConfig = Config{Version: Version, MaxPayload: 8 << 10}

// FuzzAssemble: no message of a stream makes the reader fail otherwise than
// with an error, and what it returns is the run that was asked for.
func FuzzAssemble(f *testing.F) {
	run := makeRun("w", "r", 1, "a", "b")
	messages, err := fuzzConfig.encode(&run, "s", 5)
	require.NoError(f, err)
	f.Add(messages[0].Header.Get(api.HeaderPart), messages[0].Header.Get(api.HeaderSummary), messages[0].Data)
	f.Add("1/2", "", []byte{})
	f.Add("-1/1", "!", []byte("x"))
	f.Fuzz(func(t *testing.T, part, summary string, data []byte) {
		a := newAssembly("w", "r", "s")
		header := nats.Header{api.HeaderPart: {part}, api.HeaderSummary: {summary}}
		if a.add(&stream.Message{Sequence: 1, Subject: "s", Header: header, Data: data}) != nil {
			return
		}
		if got, err := a.end(); err == nil {
			require.NotNil(t, got.State)
			require.NotNil(t, got.Summary)
			require.EqualValues(t, 1, got.FirstEventID)
		}
	})
}

// TestRunIsReadAsItWasWritten: in any number of writes of any size.
func TestRunIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []string
		var sequences []uint64
		a := newAssembly("w", "r", "s")
		sequence := uint64(0)
		for range rapid.IntRange(1, 5).Draw(t, "writes") {
			var more []string
			for range rapid.IntRange(0, 4).Draw(t, "events") {
				more = append(more, string(make([]byte, rapid.IntRange(0, 40_000).Draw(t, "size"))))
			}
			run := makeRun("w", "r", int64(len(want)+1), more...)
			want = append(want, more...)
			messages, err := fuzzConfig.encode(&run, "s", 5)
			require.NoError(t, err)
			for _, m := range messages {
				sequence += uint64(rapid.IntRange(1, 3).Draw(t, "step"))
				require.LessOrEqual(t, len(m.Data)+len(m.Header.Get(api.HeaderSummary))+100, fuzzConfig.MaxPayload)
				require.NoError(t, a.add(&stream.Message{Sequence: sequence, Subject: "s", Header: m.Header, Data: m.Data}))
				sequences = append(sequences, sequence)
			}
		}
		got, err := a.end()
		require.NoError(t, err)
		require.Equal(t, want, events(got))
		require.Equal(t, sequences, got.Sequences)
	})
}
