// Package temporalnats is Temporal's gRPC API over NATS: with it Temporal's own Go SDK runs straight on a NATS
// connection, with no gRPC server in between, and the gRPC door of a Perdure server serves every other client.
//
// A [Conn] takes the calls of WorkflowService and OperatorService, as a grpc.ClientConnInterface or an interceptor.
// Most it sends on to the service, by request-reply. Polls it serves itself, as a worker of Perdure's would: it
// pulls from the work-queue consumers, takes the sticky tasks and queries that are sent straight to workers, and hands
// each to a poll that waits; a poll whose caller goes is given up at once, and what no poll waits for goes back.
//
//	conn, err := temporalnats.New(temporalnats.Config{Conn: nc})
//	c, err := client.Dial(client.Options{ConnectionOptions: client.ConnectionOptions{DialOptions: conn.DialOptions()}})
//
// The connection is the application's own, and so are its credentials. Where they allow replies below one prefix alone,
// it is connected with that: nats.CustomInboxPrefix("_INBOX.temporal"). docs/PERMISSIONS.md has the rest of what its
// user needs.
package temporalnats
