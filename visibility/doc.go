// Package visibility answers which workflows there are: list, count and scan with Temporal's list filter.
//
// Its index is a projection: it follows the shards' logs as they are appended, keeps what it has read in one SQLite
// file for each namespace (package index), with the positions up to which it has read, and fills what a log no longer holds from OPEN and
// HISTORY. Nothing of a workflow's way waits for it, and it may be deleted at any time: it is made again.
//
// It receives frames and runs at rest from JetStream, and requests from the gateway; it sends replies alone.
package visibility
