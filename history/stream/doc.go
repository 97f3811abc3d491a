// Package stream is what history's storage says to JetStream: it makes a
// stream and checks on every open that it is the one that was made, reads
// messages by sequence, and asks a stream's leader where an answer must not be
// stale. history/log, history/rest and history/namespace stand on it. Requests
// go to $JS.API (or the domain's), and nothing is published to a stream here.
//
// A Stream is safe for concurrent use; it has no goroutine.
package stream
