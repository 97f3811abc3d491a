// Package objects puts large payloads into a JetStream object store and gets them back. What it writes is what NATS's own
// object store is (`nats object ls` and `get` read it), but it does so with requests alone, without consumers, so that
// narrow permissions suffice, and in a way that a sweeper can remove objects while others are putting them:
//
//   - an object's name is the hash of its content; it is put once, and putting it again only renews its age
//   - what an object is (its meta message) is always written with the sequence that it is to replace, so that of a renewal
//     and a removal at the same time the later one is refused
//   - nothing is rolled up: one message of a client's can then not purge the bucket
//
// The SDK and the gRPC door put and get; history removes.
package objects
