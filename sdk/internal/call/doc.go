// Package call sends the requests of the SDK's client and worker to the service and waits for the
// answers. A request that nobody answers, or that the service asks to be sent again, is sent again
// with back-off as long as its context lasts; a connection that comes back ends the wait for an
// answer that went astray with the old one.
//
// Answers come back by one subscription for all requests of a [Caller], at subjects that are used again: see mux.
//
// A request, or the subscription to answers, that NATS does not permit fails with PermissionDenied: see refused.
//
// Requests are changed by none of this: whoever calls gives a request its request id, so that one
// sent twice has one effect.
package call
