package api

import "google.golang.org/protobuf/proto"

// Call is one request as it came through a door. What the subject says is authoritative:
// whoever serves the call refuses a request that names another
// namespace or queue.
type Call struct {
	Namespace string
	// QueueToken is the Token of the task queue in the subject of a worker's
	// call; empty at the other doors.
	QueueToken string
	// Request is the method's request. The namespace in it is that of the subject.
	Request proto.Message
}
