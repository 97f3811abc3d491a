package converter

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	temporal "go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"
)

// naming is a codec that puts its name before the data, and tells a payload of its own by it.
type naming string

func (n naming) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	var out []*commonpb.Payload
	for _, p := range payloads {
		q := proto.CloneOf(p)
		q.Data = append([]byte(n), q.GetData()...)
		out = append(out, q)
	}
	return out, nil
}

func (n naming) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	var out []*commonpb.Payload
	for _, p := range payloads {
		q := proto.CloneOf(p)
		var own bool
		if q.Data, own = bytes.CutPrefix(q.GetData(), []byte(n)); !own {
			return nil, errors.New("not " + string(n) + "'s")
		}
		out = append(out, q)
	}
	return out, nil
}

func TestCodecsAreChainedAsInTemporal(t *testing.T) {
	ours := WithCodecs(Default(), naming("a"), naming("b"))
	theirs := temporal.NewCodecDataConverter(temporal.GetDefaultDataConverter(), naming("a"), naming("b"))
	p, err := ours.ToPayload("x")
	require.NoError(t, err)
	require.Equal(t, `ab"x"`, string(p.GetData()))
	q, err := theirs.ToPayload("x")
	require.NoError(t, err)
	require.True(t, proto.Equal(p, q))
	var out string
	require.NoError(t, ours.FromPayload(q, &out))
	require.Equal(t, "x", out)

	require.ErrorIs(t, ours.FromPayload(payload(EncodingJSON, []byte("x")), &out), ErrCodec)
	require.Equal(t, Default(), WithCodecs(Default()))
	require.NoError(t, ours.FromPayload(nil, &out))
	require.Empty(t, out)
}

// What is raw is free of codecs where an application sees it, however they are nested.
func TestCodecsAndRawValues(t *testing.T) {
	plain, err := Default().ToPayload("x")
	require.NoError(t, err)
	for name, dc := range map[string]DataConverter{
		"one":             WithCodecs(Default(), naming("a")),
		"nested":          WithCodecs(WithCodecs(Default(), naming("a")), naming("b")),
		"failures within": WithCodecs(WithEncodedFailures(WithCodecs(Default(), naming("a"))), naming("b")),
		"failures around": WithEncodedFailures(WithCodecs(Default(), naming("a"))),
	} {
		t.Run(name, func(t *testing.T) {
			sent, err := Encode(dc, Raw{plain})
			require.NoError(t, err)
			require.NotEqual(t, plain.GetData(), sent.GetPayloads()[0].GetData())
			var got Raw
			require.NoError(t, Decode(dc, sent, &got))
			require.True(t, proto.Equal(plain, got.Payload))
			var args Args
			require.NoError(t, Decode(dc, sent, &args))
			require.True(t, proto.Equal(plain, args[0].(Raw).Payload))
			var value string
			require.NoError(t, Decode(dc, sent, &value))
			require.Equal(t, "x", value)

			foreign := &commonpb.Payloads{Payloads: []*commonpb.Payload{plain}}
			require.ErrorIs(t, Decode(dc, foreign, &got), ErrCodec)
			require.ErrorIs(t, Decode(dc, foreign, &args), ErrCodec)
		})
	}
}

func TestWhoEncodesFailures(t *testing.T) {
	require.False(t, EncodesFailures(Default()))
	require.False(t, EncodesFailures(nil))
	require.False(t, EncodesFailures(WithCodecs(Default(), ZlibCodec{})))
	require.True(t, EncodesFailures(WithEncodedFailures(Default())))
	require.True(t, EncodesFailures(WithCodecs(WithEncodedFailures(Default()), ZlibCodec{})))
}

type countless struct{}

func (countless) Encode([]*commonpb.Payload) ([]*commonpb.Payload, error) { return nil, nil }
func (countless) Decode([]*commonpb.Payload) ([]*commonpb.Payload, error) { return nil, nil }

func TestACodecThatLosesPayloads(t *testing.T) {
	dc := WithCodecs(Default(), countless{})
	_, err := dc.ToPayload(1)
	require.ErrorIs(t, err, ErrCodec)
	require.ErrorIs(t, dc.FromPayload(&commonpb.Payload{}, new(int)), ErrCodec)
}

func TestZlibReadsAndIsReadByTemporal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Repeat(rapid.String().Draw(t, "text"), rapid.IntRange(0, 50).Draw(t, "times"))
		ours, theirs := WithCodecs(Default(), ZlibCodec{}), temporal.NewCodecDataConverter(temporal.GetDefaultDataConverter(), temporal.NewZlibCodec(temporal.ZlibCodecOptions{}))
		p, err := ours.ToPayload(text)
		require.NoError(t, err)
		q, err := theirs.ToPayload(text)
		require.NoError(t, err)
		require.Equal(t, q.GetMetadata(), p.GetMetadata())
		var out string
		require.NoError(t, ours.FromPayload(q, &out))
		require.Equal(t, text, out)
		require.NoError(t, theirs.FromPayload(p, &out))
		require.Equal(t, text, out)
	})
}

func TestZlibRefusesWhatIsTooLarge(t *testing.T) {
	bomb, err := deflate(make([]byte, 1001))
	require.NoError(t, err)
	_, err = inflate(bomb, 1001)
	require.NoError(t, err)
	_, err = inflate(bomb, 1000)
	require.ErrorContains(t, err, "larger than 1000 bytes")
	_, err = ZlibCodec{}.Decode([]*commonpb.Payload{payload(EncodingZlib, []byte("nonsense"))})
	require.Error(t, err)
}

func FuzzZlibDecode(f *testing.F) {
	small, err := deflate([]byte("\x0a\x03abc"))
	require.NoError(f, err)
	f.Add(small)
	f.Add([]byte{})
	f.Fuzz(func(_ *testing.T, data []byte) {
		_, _ = ZlibCodec{}.Decode([]*commonpb.Payload{payload(EncodingZlib, data)})
	})
}
