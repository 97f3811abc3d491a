// Package index keeps the executions of one namespace in a SQLite file, and answers Temporal's list filters from it.
//
// It receives rows and changes in batches from the projection, and queries from package visibility; it sends back pages of
// WorkflowExecutionInfo and counts. It knows nothing of NATS or of logs: positions are numbers that it keeps.
//
// The file may be lost or deleted at any time: it is made anew, and the projection fills it again. So nothing is repaired; a file that
// is of something else, of another version or damaged is removed. One connection writes, some others read what was there when
// they began (SQLite's WAL), so that lists never wait for writes. A filter becomes SQL by way of package filter; which index finds
// its runs is decided here (driver.go), since SQLite would have to guess.
package index
