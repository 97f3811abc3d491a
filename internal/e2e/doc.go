// Package e2e holds the tests of the whole: a server, as a process of its own
// or within the test, NATS, workers and clients, and what is done to them that
// should not be: killed processes, deleted streams, full disks, second owners,
// hostile requests. It receives nothing and sends nothing; there is only test
// code in it.
//
//	process_test.go    a server as a process      journey_test.go     the workflow that does everything
//	fixture_test.go    servers, clients, workers  wellformed_test.go  what every history must be like
//	document_test.go   configurations as docs/ shows them
//	link_test.go       a link that can be cut
//
// The long forms of the crash tests and of the one with three replicas run with -args -long.
package e2e
