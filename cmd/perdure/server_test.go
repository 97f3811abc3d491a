package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/connect"
)

func TestWhichDoorsAreOpen(t *testing.T) {
	own, existing := &global{}, &global{Connect: connect.Settings{URL: "nats://127.0.0.1:4222"}}
	for _, test := range []struct {
		g        *global
		given    string
		listen   string
		optional bool
	}{
		{own, "", "127.0.0.1:8233", true}, {own, "off", "", false}, {own, "127.0.0.1:8233", "127.0.0.1:8233", false},
		{existing, "", "", false}, {existing, "off", "", false}, {existing, ":0", ":0", false},
	} {
		listen, optional := test.g.door(test.given, "127.0.0.1:8233")
		require.Equal(t, test.listen, listen, "%q", test.given)
		require.Equal(t, test.optional, optional, "%q", test.given)
	}
}
