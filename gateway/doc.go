// Package gateway is the request-reply door: it answers the methods of the API
// over NATS.
//
// It receives requests of clients, workers and operators on perdure.api.>,
// perdure.worker.> and perdure.admin.>, in protobuf or JSON; decodes them, checks what can be
// checked without any state, hands them to history, matching or namespaces in this
// process, and sends the reply in the encoding of the request. It keeps no state. Each door
// is a NATS micro service, so that `nats micro ls`, `info` and `stats` work.
//
// A reply subject is a power: whoever makes this service answer on a subject
// uses its rights there. A request whose reply subject is not under an allowed
// inbox prefix is therefore dropped unread.
package gateway
