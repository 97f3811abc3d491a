// Command bench measures a server, a worker and a client, each a process of its own,
// connected by TCP on one machine. `make bench` runs it.
//
// It starts itself twice for each set-up of workload, SDK and fsync: once as a server (package
// runtime with an embedded NATS on an empty folder) and once as a worker. The first process
// is the client. It talks to its children by lines on their standard input and ends them by
// closing it. Client and worker are of this repository's SDK or of Temporal's, which reaches the
// server through its gRPC door or over NATS.
//
//	main.go, options.go   the command line       suite.go    the workloads, one after the other
//	workload.go           W1 to W9               load.go     many clients at once, and what they saw
//	stream.go             what W5, W8 and W9 send
//	child.go              starting processes     cell.go     one line of the table
//	server.go, worker.go  what the children do   process.go  CPU and memory from /proc, bytes on disk
//	table.go              the table and the JSON profile.go  --profile
//	sdk.go                the SDKs there are     lag.go      how far the index of workflows is behind
//	native.go, temporal.go                       a client and a worker of an SDK
//	native_workflows.go, temporal_workflows.go   what that worker runs
package main
