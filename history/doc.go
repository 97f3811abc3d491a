// Package history serves workflows: it owns shards, each with one goroutine
// that decides requests with package machine, writes what they lead to into
// the shard's log, and lets replies and tasks out once that is acknowledged.
//
// It receives calls from the gateway (Service.Execute) and word from matching
// that tasks were lost (Service.Requeue). It sends tasks, sticky tasks and
// queries to matching, records to package log, and runs that nothing has
// touched for a while, or that closed, to package rest. New events go out on
// the live tail, as a courtesy.
//
//	service.go, close.go: namespaces          route.go     which workflow a request is about
//	                                          shard.go     own, recover, serve, and again
//	recover.go    from index and log          loop.go      the one goroutine of a shard
//	request.go    what a request needs        decide.go    from a request to a record
//	frame.go      what waits for an ack       pace.go      how many frames wait at a time
//	load.go       runs back from rest         drain.go     the loop's end
//	resting.go    open runs to rest           closing.go   closed runs to HISTORY
//	logage.go     which records are old       index.go     the checkpoint and the cut
//	due.go        what is due next            gather.go    signals that share a task
//	broken.go     states that are in doubt    look.go      whether the streams are still there
//	filter.go     which ids never closed      delete.go     deleted runs
//	query.go, attached.go, history.go, sticky.go: what waits or is sent
package history
