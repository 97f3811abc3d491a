// Package proctest runs processes that tests start, wait for and kill. Only tests import it.
//
// A process may be any program that says on standard output when it is ready, or the test binary itself, once more, as
// something else: TestMain then calls Become with each part that it can play.
//
//	process.go  a process, as the test sees it
//	child.go    the test binary as such a process
//	port.go     where it listens
package proctest
