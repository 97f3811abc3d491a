// Package index keeps the executions of one namespace in a SQLite file, and answers Temporal's list filters from it.
//
// It receives rows and changes in batches from the projection, and queries from package visibility. It knows nothing
// of NATS or of logs: positions are numbers that it keeps.
package index
