package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api"
)

func TestLimits(t *testing.T) {
	usual := api.DefaultLimits()
	require.EqualValues(t, 51200, usual.HistoryCount.Error)
	require.EqualValues(t, 10000, usual.Signals)
	names := map[string]bool{}
	for _, s := range api.LimitSettings {
		require.False(t, names[s.Name], s.Name)
		names[s.Name] = true
		require.True(t, s.Least <= s.Default && s.Default <= s.Most, s.Name)
		require.Equal(t, s.Default, s.Of(usual), "a limit has one name: %s", s.Name)
		require.Equal(t, s.Most, s.Of(api.LimitsOf(map[string]int64{s.Name: s.Most})), s.Name)
	}
	require.Equal(t, usual, api.LimitsOf(map[string]int64{"of.tomorrow": 1}))
}

func TestParseLimit(t *testing.T) {
	value, given, err := api.ParseLimit("historyCount.error", "1000")
	require.NoError(t, err)
	require.True(t, given)
	require.EqualValues(t, 1000, value)
	_, given, err = api.ParseLimit("historyCount.error", "")
	require.NoError(t, err)
	require.False(t, given)
	for name, text := range map[string]string{"historyCount.error": "-1", "historySize.warn": "many", "blobSize.error": "99999999999999999999", "nothing": "1"} {
		_, _, err := api.ParseLimit(name, text)
		require.ErrorContains(t, err, name)
	}
}
