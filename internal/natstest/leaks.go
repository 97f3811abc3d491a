package natstest

import "go.uber.org/goleak"

// VerifyTestMain runs a package's tests and fails if they leave a goroutine of ours behind. A nats-server 2.15.2
// that is stopped while it makes a stream, or in the middle of an atomic batch, leaves that store open: its
// goroutines are passed over. It has the folders that Dir gives removed.
func VerifyTestMain(m goleak.TestingM) {
	goleak.VerifyTestMain(m,
		makeRoot(),
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*fileStore).flushStreamStateLoop"),
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*msgBlock).flushLoop"),
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server/ats.Register.func1"),
	)
}
