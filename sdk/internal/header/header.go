// Package header has the headers that travel with calls, as context propagators read and write them. Packages client and propagation use it.
package header

import (
	"maps"
	"slices"

	commonpb "go.temporal.io/api/common/v1"
)

// Fields are a header's. Nil fields can be read, and not written.
type Fields map[string]*commonpb.Payload

// Get is a value by its key.
func (f Fields) Get(key string) (*commonpb.Payload, bool) {
	value, found := f[key]
	return value, found
}

// ForEachKey calls handler in the order of the keys, so that what it does is the same on every replay.
func (f Fields) ForEachKey(handler func(string, *commonpb.Payload) error) error {
	for _, key := range slices.Sorted(maps.Keys(f)) {
		if err := handler(key, f[key]); err != nil {
			return err
		}
	}
	return nil
}

// Set writes a value.
func (f Fields) Set(key string, value *commonpb.Payload) { f[key] = value }
