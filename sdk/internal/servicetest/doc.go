// Package servicetest is a small service for tests of the SDK's client and worker: it stands at the
// real subjects of a real NATS server and queues tasks in a real work queue, and keeps a few runs in
// memory, without any of the service's own rules on time-outs, retries and recovery.
//
// A test may replace the answer of any method with [Service.On], and wait for calls with
// [Service.Calls].
package servicetest
