package offload

import (
	"cmp"
	"fmt"
)

const (
	// DefaultThreshold is the size, in bytes, above which a payload is kept in the object store.
	DefaultThreshold = 128 << 10
	// DefaultLimit is how many bytes a payload may have.
	DefaultLimit = 64 << 20
	// leastThreshold keeps what is hardly larger than its reference out of the store.
	leastThreshold = 1 << 10
)

// Settings say which payloads are kept in the object store. The zero value takes the defaults.
type Settings struct {
	// Threshold is the size, in bytes and after codecs, above which a payload goes to the store; at least 1 KiB; 0: DefaultThreshold;
	// below 0: none does, and NATS's max_payload bounds them. Where a quarter of max_payload is less, that counts, and where payloads below it
	// fit no message together, those above 4 KiB go too.
	Threshold int
	// Limit is how many bytes a payload may have that goes to the store, or comes from it; 0: DefaultLimit.
	Limit int
}

// Validate tells what is wrong.
func (s Settings) Validate() error {
	if s.Threshold > 0 && s.Threshold < leastThreshold {
		return fmt.Errorf("payload threshold %d: use at least %d bytes, 0 for the default, or less than 0 for none", s.Threshold, leastThreshold)
	}
	if s.Limit < 0 {
		return fmt.Errorf("payload limit %d: use a positive number of bytes, or 0 for the default", s.Limit)
	}
	return nil
}

func (s Settings) withDefaults() Settings {
	s.Threshold = cmp.Or(s.Threshold, DefaultThreshold)
	s.Limit = cmp.Or(s.Limit, DefaultLimit)
	return s
}
