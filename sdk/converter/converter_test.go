package converter

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type thing struct {
	Name string
	Tags []string
	N    *int
}

func roundTrip[T any](t *testing.T, in T) (T, *commonpb.Payloads) {
	t.Helper()
	payloads, err := Encode(Default(), in)
	require.NoError(t, err)
	var out T
	require.NoError(t, Decode(Default(), payloads, &out))
	return out, payloads
}

func encoding(p *commonpb.Payloads) string {
	return string(p.GetPayloads()[0].GetMetadata()[MetadataEncoding])
}

func TestValuesKeepTheirEncodings(t *testing.T) {
	n := 7
	structOut, p := roundTrip(t, thing{"a", []string{"b"}, &n})
	require.Equal(t, thing{"a", []string{"b"}, &n}, structOut)
	require.Equal(t, EncodingJSON, encoding(p))

	bytesOut, p := roundTrip(t, []byte{0, 1, 2})
	require.Equal(t, []byte{0, 1, 2}, bytesOut)
	require.Equal(t, EncodingBytes, encoding(p))

	messageOut, p := roundTrip(t, durationpb.New(5))
	require.True(t, proto.Equal(durationpb.New(5), messageOut))
	require.Equal(t, EncodingProtoJSON, encoding(p))
	require.Equal(t, "google.protobuf.Duration", string(p.GetPayloads()[0].GetMetadata()["messageType"]))

	anyOut, p := roundTrip[any](t, nil)
	require.Nil(t, anyOut)
	require.Equal(t, EncodingNull, encoding(p))
}

func TestNoneAndNilHaveNoPayload(t *testing.T) {
	_, p := roundTrip(t, None{})
	require.Nil(t, p)
	out, p := roundTrip[*thing](t, nil)
	require.Nil(t, p)
	require.Nil(t, out)

	value := 3
	require.NoError(t, Decode(Default(), nil, &value))
	require.Zero(t, value)
	require.NoError(t, Decode(Default(), nil, nil))
}

func TestSeveralArguments(t *testing.T) {
	payloads, err := Encode(Default(), Args{1, "two", nil, Raw{}, []byte("x")})
	require.NoError(t, err)
	require.Len(t, payloads.GetPayloads(), 5)

	var (
		one int
		two string
		bad int
	)
	require.NoError(t, DecodeAll(Default(), payloads, &one, &two))
	require.Equal(t, 1, one)
	require.Equal(t, "two", two)
	require.ErrorContains(t, DecodeAll(Default(), payloads, &one, &bad), "value 2 of 2")

	var args Args
	require.NoError(t, Decode(Default(), payloads, &args))
	again, err := Encode(Default(), args)
	require.NoError(t, err)
	require.True(t, proto.Equal(payloads, again))
}

func TestRawIsPassedOn(t *testing.T) {
	in := Raw{Payload: &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("secret")}, Data: []byte("x")}}
	out, p := roundTrip(t, in)
	require.Same(t, in.Payload, out.Payload)
	require.Same(t, in.Payload, p.GetPayloads()[0])
}

func TestErrorsSayWhatToDo(t *testing.T) {
	var n int
	foreign := &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("secret")}}
	err := Default().FromPayload(foreign, &n)
	require.ErrorIs(t, err, ErrUnknownEncoding)
	require.ErrorContains(t, err, `encoding "secret"`)

	_, err = New(BytesConverter{}).ToPayload(1)
	require.ErrorIs(t, err, ErrUnencodable)

	_, err = Encode(Default(), make(chan int))
	require.ErrorContains(t, err, "encode a chan int as json/plain")

	bytes, err := Default().ToPayload([]byte("x"))
	require.NoError(t, err)
	require.ErrorContains(t, Default().FromPayload(bytes, &n), "bytes can only be decoded into a []byte")
	message, err := Default().ToPayload(durationpb.New(5))
	require.NoError(t, err)
	require.ErrorContains(t, Default().FromPayload(message, &n), "a message can only be decoded into a message")
	require.Error(t, Default().FromPayload(nil, n))
	require.Error(t, Default().FromPayload(nil, nil))
}

func TestBinaryProtobufIsRead(t *testing.T) {
	p, err := New(ProtoConverter{}).ToPayload(durationpb.New(5))
	require.NoError(t, err)
	require.Equal(t, EncodingProto, string(p.GetMetadata()[MetadataEncoding]))
	var out *durationpb.Duration
	require.NoError(t, Default().FromPayload(p, &out))
	require.True(t, proto.Equal(durationpb.New(5), out))
	into := &durationpb.Duration{}
	require.NoError(t, Default().FromPayload(p, into))
	require.True(t, proto.Equal(durationpb.New(5), into))
}

func TestStringsSurvive(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		in := map[string]string{rapid.String().Draw(rt, "key"): rapid.String().Draw(rt, "value")}
		payloads, err := Encode(Default(), in)
		require.NoError(rt, err)
		var out map[string]string
		require.NoError(rt, Decode(Default(), payloads, &out))
		require.Equal(rt, in, out)
	})
}

// Whatever a payload holds, decoding it is an answer or an error.
func FuzzDecode(f *testing.F) {
	for _, e := range []string{EncodingNull, EncodingBytes, EncodingJSON, EncodingProto, EncodingProtoJSON, "other"} {
		f.Add(e, []byte(`{"a":1}`))
	}
	f.Fuzz(func(t *testing.T, encoding string, data []byte) {
		p := payload(encoding, data)
		var (
			s       string
			b       []byte
			a       any
			m       *durationpb.Duration
			message commonpb.Payload
			raw     Raw
		)
		for _, into := range []any{&s, &b, &a, &m, &message, &raw, &struct{ A int }{}, nil, 7, (*string)(nil), (*durationpb.Duration)(nil)} {
			_ = Default().FromPayload(p, into)
		}
	})
}
