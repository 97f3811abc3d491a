// Package log is a shard's commit log: frames in one JetStream stream, appended
// by one writer behind a fence.
//
// The shard's loop gives a Writer frames and hands it what comes for it from NATS, which
// settles their outcomes; it waits for no I/O. Its helpers read the log (Read), take it
// over (TakeOver) and cut it (Cut); these block. Nothing here knows what a
// record means.
//
// The fence: every message carries Nats-Expected-Last-Sequence, so that of two
// writers one fails on its first append, and so that behind a message that
// fails none succeeds. A Writer ends with its first failure; what its last
// frames came to is known after the next Read and TakeOver.
package log
