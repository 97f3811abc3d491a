package api_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/api"
)

func TestTokensAreReadable(t *testing.T) {
	for id, token := range map[string]string{
		"order-1":                "order-1",
		"user@example.com":       "user@example%2Ecom",
		"a b":                    "a%20b",
		"*":                      "%2A",
		">":                      "%3E",
		"a/b\\c":                 "a%2Fb%5Cc",
		"100%":                   "100%25",
		"":                       "%",
		"\x00\n":                 "%00%0A",
		"größe":                  "gr%C3%B6%C3%9Fe",
		"$JS.API":                "%24JS%2EAPI",
		"a:b=c+d~e_f":            "a:b=c+d~e_f",
		"order-1%2E":             "order-1%252E",
		strings.Repeat("x", 120): strings.Repeat("x", 120),
	} {
		require.Equal(t, token, api.Token(id), "%q", id)
		back, ok := api.ID(token)
		require.True(t, ok, "%q", token)
		require.Equal(t, id, back)
	}
}

func TestLongIDsHaveAPrefixAndAHash(t *testing.T) {
	a, b := strings.Repeat("x", 121), strings.Repeat("x", 120)+"y"
	require.NotEqual(t, api.Token(a), api.Token(b))
	require.True(t, strings.HasPrefix(api.Token(a), strings.Repeat("x", 80)))
	require.Len(t, api.Token(a), 120)
	_, ok := api.ID(api.Token(a))
	require.False(t, ok, "an id cannot be read from a hash")
	dots := strings.Repeat(".", 41) // three bytes each: the first that does not fit
	require.LessOrEqual(t, len(api.Token(dots)), 120)
	require.NotEqual(t, api.Token(dots), api.Token(dots+"."))
}

func TestEachTokenIsOneWordThatNATSAccepts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.OneOf(rapid.String(), rapid.StringN(0, 1000, 1000)).Draw(t, "id")
		token := api.Token(id)
		require.NotEmpty(t, token)
		require.LessOrEqual(t, len(token), 120)
		require.True(t, utf8.ValidString(token))
		require.NotContains(t, token, ".")
		require.Negative(t, strings.IndexFunc(token, func(r rune) bool { return r <= ' ' || r == '*' || r == '>' || r == '/' || r == '\\' || r == 0x7f }), token)
		if back, ok := api.ID(token); ok {
			require.Equal(t, id, back)
		}
	})
}

func FuzzToken(f *testing.F) {
	f.Add("order-1", "order-2")
	f.Add("a.b", "a%2Eb")
	f.Add("", "%")
	f.Add("\xff\xfe", "\xff")
	f.Fuzz(func(t *testing.T, a, b string) {
		if a != b && api.Token(a) == api.Token(b) {
			t.Fatalf("%q and %q have one token %q", a, b, api.Token(a))
		}
		if back, ok := api.ID(api.Token(a)); ok && back != a {
			t.Fatalf("%q comes back as %q", a, back)
		}
		// What is no token is refused, and what is accepted is what Token makes.
		if id, ok := api.ID(b); ok && api.Token(id) != b {
			t.Fatalf("%q is taken for a token of %q", b, id)
		}
	})
}
