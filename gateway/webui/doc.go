// Package webui is the door for browsers: Temporal's Web UI, in this process.
//
// It receives HTTP requests of the pages. Those for the pages' files it answers from what is linked into the binary;
// those for data it translates, as Temporal's ui-server does, into calls of Temporal's gRPC services, and hands them to whoever
// serves these at the gRPC door, without leaving the process. Requests for a name that is not its own it refuses. It
// keeps no state, knows no login, and asks nobody else: neither for news nor for newer versions.
//
// Temporal's package server ends the process when its port is taken, never closes its connection, and does not tell
// which port it has; so its routes are put together here, on a listener, a connection and an end of our own.
package webui
