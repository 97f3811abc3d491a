package puback

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Ack{
		`{"stream":"LOG","seq":12}`:                        {Stream: []byte("LOG"), Sequence: 12},
		`{"stream":"LOG", "seq":12}`:                       {Stream: []byte("LOG"), Sequence: 12},
		`{"stream":"LOG","domain":"hub","seq":12}`:         {Stream: []byte("LOG"), Sequence: 12},
		`{"stream":"LOG","seq":12,"duplicate":true}`:       {Stream: []byte("LOG"), Sequence: 12},
		`{"stream":"LOG","seq":12,"batch":"id","count":3}`: {Stream: []byte("LOG"), Sequence: 12, Count: 3},
		`{"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 5"},"stream":"LOG","seq":0}`: {Stream: []byte("LOG"), Code: 10071, Description: "wrong last sequence: 5"},
		`{"error":{"code":503},"stream":"LOG","seq":0}`:                                                         {Stream: []byte("LOG"), Code: 503},
	} {
		got, err := Parse([]byte(text))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, text := range []string{``, `{}`, `-ERR`, `{"stream":"LOG"}`, `{"stream":"LOG","seq":1`, `{"stream":"LOG","seq":-1}`, `{"stream":"","seq":1}`, `{"stream":"LOG","seq":99999999999999999999}`} {
		_, err := Parse([]byte(text))
		require.ErrorIs(t, err, ErrMalformed)
	}
}

func TestPlainAckAllocatesNothing(t *testing.T) {
	for _, text := range []string{`{"stream":"PERDURE_default_1_LOG_0","seq":123456789}`, `{"stream":"S", "domain":"hub", "seq":1}`} {
		data := []byte(text)
		require.Zero(t, testing.AllocsPerRun(100, func() { _, _ = Parse(data) }), text)
	}
}

// FuzzParseAck compares the quick way with encoding/json.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"stream":"LOG","seq":12}`))
	f.Add([]byte(`{"stream":"LOG","domain":"hub","seq":12}`))
	f.Add([]byte(`{"error":{"code":400,"err_code":10071,"description":"x"},"seq":0}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = Parse(data)
		quick, ok := parsePlain(data)
		if !ok {
			return
		}
		var full struct {
			Stream string `json:"stream"`
			Seq    uint64 `json:"seq"`
		}
		require.NoError(t, json.Unmarshal(data, &full))
		require.Equal(t, full.Stream, string(quick.Stream))
		require.Equal(t, full.Seq, quick.Sequence)
	})
}
