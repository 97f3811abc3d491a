// Package rest keeps runs at rest: open ones in the stream OPEN, closed ones
// in HISTORY, each run under a subject of its own.
//
// A shard's helpers write runs here in atomic batches and read them back by
// sequence; every method blocks on I/O and is safe for concurrent use. It receives
// encoded events, state and what the shard knows to be at the run's subject,
// and answers with the sequences that the shard keeps in its index.
package rest
