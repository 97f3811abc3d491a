package api

import "strings"

// Endpoint is the subject at which a method is served for all namespaces and queues.
func (n Names) Endpoint(door Door, method string) string {
	switch door {
	case WorkerDoor:
		return n.subject("worker", "*", "*", method)
	case AdminDoor:
		return n.subject("admin", method)
	default:
		return n.subject("api", "*", method)
	}
}

// Method is the subject at which a method is called: of a namespace but at the admin door, and at the worker door of
// the queue with that Token.
func (n Names) Method(door Door, namespace, queueToken, method string) string {
	switch door {
	case WorkerDoor:
		return n.subject("worker", namespace, queueToken, method)
	case AdminDoor:
		return n.Admin(method)
	default:
		return n.API(namespace, method)
	}
}

// Caller is what the subject of a call says: the namespace, and at the worker
// door the token of the queue. Both are empty at the admin door.
func (n Names) Caller(door Door, subject string) (namespace, queueToken string) {
	words := strings.Split(subject, ".") // prefix, door, namespace, queue, method: none holds a dot
	if door == AdminDoor || len(words) < 4 {
		return "", ""
	}
	if door == WorkerDoor {
		return words[2], words[3]
	}
	return words[2], ""
}
