// Package visibility answers which workflows there are: list, count and scan with Temporal's list filter.
//
// Its index is a projection: it follows the shards' logs as they are appended, keeps what it has read in one SQLite
// file for each namespace (package index), with the positions up to which it has read, and fills what a log no longer
// holds from OPEN and HISTORY. Nothing of a workflow's way waits for it, and it may be deleted at any time: it is made
// again.
//
// It receives frames and runs at rest from JetStream, the logs' acknowledged ends from history, and requests from the
// gateway; it sends replies alone.
//
//	service.go     namespaces, and how a question is asked    projection.go  one index: opened, read into, and again
//	reader.go      the goroutine that reads into an index     follow.go      where it begins to read the logs
//	catchup.go     the logs, as far as they go                write.go       what was read, and up to where
//	rebuild.go     what the logs no longer tell               scan.go        OPEN and HISTORY, for a rebuild
//	look.go        ends, files and retention                  progress.go    who waits, and how far behind
//	batch.go       what is written at once                    event.go       from an event to a row or a change
//	wire.go        records without decoding them              list.go, openclosed.go  the methods
package visibility
