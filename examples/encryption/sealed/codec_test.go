package sealed

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/sdk/converter"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func key(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func codec(t require.TestingT, ring Keyring) *Codec {
	c, err := New(ring)
	require.NoError(t, err)
	return c
}

func TestWhatIsSealedIsOpenedAndNotSeen(t *testing.T) {
	dc := converter.WithCodecs(converter.Default(), codec(t, Keyring{"k", map[string][]byte{"k": key(1)}}), converter.ZlibCodec{})
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(8, -1, -1).Draw(t, "text")
		p, err := dc.ToPayload(text)
		require.NoError(t, err)
		sent, err := proto.Marshal(p)
		require.NoError(t, err)
		require.NotContains(t, string(sent), text)
		require.NotContains(t, string(sent), converter.EncodingJSON)
		var out string
		require.NoError(t, dc.FromPayload(p, &out))
		require.Equal(t, text, out)
	})
}

func TestKeysAreChanged(t *testing.T) {
	old := converter.WithCodecs(converter.Default(), codec(t, Keyring{"2025", map[string][]byte{"2025": key(1)}}))
	both := converter.WithCodecs(converter.Default(), codec(t, Keyring{"2026", map[string][]byte{"2025": key(1), "2026": key(2)}}))
	before, err := old.ToPayload("before")
	require.NoError(t, err)
	after, err := both.ToPayload("after")
	require.NoError(t, err)
	plain, err := converter.Default().ToPayload("plain")
	require.NoError(t, err)
	for want, p := range map[string]*commonpb.Payload{"before": before, "after": after, "plain": plain} {
		var got string
		require.NoError(t, both.FromPayload(p, &got))
		require.Equal(t, want, got)
	}
	require.ErrorContains(t, old.FromPayload(after, new(string)), `key "2026"`)
}

func TestWhatWasChangedIsRefused(t *testing.T) {
	c := codec(t, Keyring{"a", map[string][]byte{"a": key(1), "b": key(1)}})
	sealed, err := c.Encode([]*commonpb.Payload{{Data: []byte("x")}})
	require.NoError(t, err)
	for name, change := range map[string]func(p *commonpb.Payload){
		"data":     func(p *commonpb.Payload) { p.Data[20] ^= 1 },
		"cut":      func(p *commonpb.Payload) { p.Data = p.Data[:5] },
		"other id": func(p *commonpb.Payload) { p.Metadata[keyID] = []byte("b") },
		"no id":    func(p *commonpb.Payload) { delete(p.Metadata, keyID) },
	} {
		t.Run(name, func(t *testing.T) {
			p := proto.CloneOf(sealed[0])
			change(p)
			_, err := c.Decode([]*commonpb.Payload{p})
			require.Error(t, err)
		})
	}
}

func TestKeyringsThatAreWrong(t *testing.T) {
	_, err := New(Keyring{"b", map[string][]byte{"a": key(1)}})
	require.ErrorContains(t, err, `"b" is not among the keys`)
	_, err = New(Keyring{"a", map[string][]byte{"a": key(1)[:5]}})
	require.ErrorContains(t, err, "key a")
}

func FuzzDecode(f *testing.F) {
	c := codec(f, Keyring{"a", map[string][]byte{"a": key(1)}})
	f.Add([]byte("a"), []byte("data"))
	f.Fuzz(func(t *testing.T, id, data []byte) {
		_, err := c.Decode([]*commonpb.Payload{{Metadata: map[string][]byte{"encoding": []byte(Encoding), keyID: id}, Data: data}})
		require.Error(t, err)
	})
}
