package stream

// Stream is one JetStream stream of ours.
type Stream struct{}
