package temporalgrpc

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOrderOfVersions(t *testing.T) {
	ordered := []string{
		"0.9.10", "1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0",
		"1.0.1", "1.2.0", "1.10.0", "2.0.0-x-y.z", "2.0.0", "18446744073709551615.0.0",
	}
	for i, a := range ordered {
		v, err := parseSemver(a)
		require.NoError(t, err)
		for j, b := range ordered {
			w, err := parseSemver(b + "+build.007")
			require.NoError(t, err)
			switch order := v.compare(w); {
			case i < j:
				require.Negative(t, order, "%s and %s", a, b)
			case i == j:
				require.Zero(t, order, "%s and %s", a, b)
			default:
				require.Positive(t, order, "%s and %s", a, b)
			}
		}
	}
}

func TestMalformedVersions(t *testing.T) {
	for _, text := range []string{
		"", "1", "1.2", "1.2.", ".1.2", "1.2.3.4", "v1.2.3", "01.2.3", "1.2.03", "1.2.3-", "1.2.3-a..b", "1.2.3-01", "1.2.3-ä", "1.2.3+", "1.2.3+a..b", "1.2.3+_",
		"-1.2.3", " 1.2.3", "1.x.3", "18446744073709551616.0.0", "1.2.3-18446744073709551616",
	} {
		_, err := parseSemver(text)
		require.Error(t, err, text)
	}
}

func TestRangesOfVersions(t *testing.T) {
	const yes, no, malformed = "yes", "no", "malformed"
	for text, want := range map[string]string{
		"1.32.0": yes, "=1.32.0": yes, "==1.32.0": yes, "1.32.1": no, "!1.32.0": no, "!=1.32.1": yes, "1.32.0-rc.1": no,
		"<1.32.0": no, "<=1.32.0": yes, ">1.32.0": no, ">=1.32.0": yes, ">1.32.0-rc.1": yes,
		">=1.0.0 <2.0.0": yes, ">=1.0.0 <1.32.0": no, ">=1.33.0 <2.0.0": no, "  >= 1.0.0   <  2.0.0 ": yes,
		"<1.0.0 || >=1.32.0": yes, "1.32.0 || <1.0.0 || >=2.0.0": yes, ">=1.0.0 || >=9.0.0": yes, "<1.0.0 || >=2.0.0 || >3.0.0": no, ">=1.0.0 <1.5.0 || >=1.32.0 !1.32.1": yes,
		"1.x": yes, "1.x.x": yes, "1.32.x": yes, "1.31.x": no, "2.x": no, ">=1.x": yes, "<=1.31.x": no, ">1.x": no, "<2.x": yes, ">1.31.x": yes, "!=1.31.x": yes,
		"": malformed, " ": malformed, "||": malformed, "|| 1.0.0": malformed, "1.0.0 ||": malformed, "1.0.0 || || 2.0.0": malformed, "1.0.0||2.0.0": malformed,
		">=": malformed, ">= || 1.0.0": malformed, "=>1.0.0": malformed, ">=1.0": malformed, "~1.0.0": malformed, "1.32.0 one": malformed, "1.32.0 || one": malformed,
		".x": malformed, "x": malformed, "1.x.1": malformed, "1.2.3.x": malformed, "1.32.0 ||| 1.0.0": malformed,
	} {
		in, err := semver{major: 1, minor: 32}.in(text)
		got := no
		if err != nil {
			got = malformed
		} else if in {
			got = yes
		}
		require.Equal(t, want, got, "%q: %v", text, err)
	}
}
