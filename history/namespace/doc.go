// Package namespace is the registry of namespaces: a key-value bucket with
// each one's settings and with when its streams were made. It serves the methods
// about namespaces and their search attributes to the gateway, and tells history where a
// namespace's shards are.
//
// What other processes change it learns by looking at the bucket every second (learn.go), so that what every
// request needs is in memory (cache.go).
package namespace
