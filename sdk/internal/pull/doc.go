// Package pull takes task messages from a work-queue consumer of JetStream, never more than there
// are free [Slots] to run them.
//
// A [Puller] asks the service for the consumer, sends pull requests for it from an inbox of its own,
// and hands each message over together with the slot that was kept for it. When the consumer, the
// connection or the pull requests are gone it asks for the consumer again; when it is stopped it
// gives back, unanswered, what was delivered but not handed over.
package pull
