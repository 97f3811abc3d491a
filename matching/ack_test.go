package matching

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

func TestReadAck(t *testing.T) {
	for _, c := range []struct {
		data     string
		header   nats.Header
		result   outcome
		sequence uint64
	}{
		{`{"stream":"PERDURE_default_1_TASKS", "seq":12}`, nil, stored, 12},
		{`{"stream":"A","domain":"hub","seq":12}`, nil, stored, 12},
		{`{"stream":"A","seq":12,"duplicate":true}`, nil, stored, 12},
		{`{"type":"x","stream":"A","seq":3}`, nil, stored, 3},
		{`{"error":{"code":503,"err_code":10077,"description":"maximum messages per subject exceeded"},"stream":"A","seq":0}`, nil, already, 0},
		{`{"stream":"A","error":{"code":503,"err_code":10077,"description":"maximum messages per subject exceeded"},"seq":4}`, nil, already, 0},
		{`{"error":{"code":503,"err_code":10077,"description":"maximum bytes exceeded"},"stream":"A","seq":0}`, nil, refused, 0},
		{`{"error":{"code":503,"err_code":10077,"description":"write: no space left on device"}}`, nil, refused, 0},
		{``, nats.Header{"Status": {"503"}}, noStream, 0},
		{``, nil, refused, 0},
		{`{}`, nil, refused, 0},
		{`{"stream":"A","seq":1`, nil, refused, 0},
	} {
		result, sequence, err := readAck(&nats.Msg{Data: []byte(c.data), Header: c.header})
		require.Equal(t, c.result, result, c.data)
		require.Equal(t, c.sequence, sequence, c.data)
		require.Equal(t, result == refused, err != nil, c.data)
	}
}
