package connect

import (
	"net/url"
	"strings"
)

// Redact hides the password or token in each URL of a comma-separated list, for
// messages and logs.
func Redact(urls string) string {
	list := strings.Split(urls, ",")
	for i, one := range list {
		parsed, err := url.Parse(strings.TrimSpace(one))
		switch {
		case err != nil || parsed.Host == "":
			// Not of the usual form: keep nothing that could be a secret.
			if at := strings.LastIndexByte(one, '@'); at >= 0 {
				list[i] = "xxxxx" + one[at:]
			}
			continue
		case parsed.User == nil:
			continue
		}
		if _, withPassword := parsed.User.Password(); !withPassword {
			parsed.User = url.User("xxxxx") // a lone user is a token
		}
		list[i] = parsed.Redacted()
	}
	return strings.Join(list, ",")
}
