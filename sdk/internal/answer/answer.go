// Package answer is what a worker replies to the requests that are sent straight to it: sticky tasks and queries.
package answer

import (
	"fmt"

	"github.com/nats-io/nats.go"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// QueryGroup is the NATS queue group in which the workers of a task queue subscribe to its queries, so that one of them gets
// each. Workers of all kinds have to be in the same one.
const QueryGroup = "workers"

// room is what a reply's headers need of a message, in bytes.
const room = 1 << 10

// Accept says whether a sticky task is taken.
func Accept(conn *nats.Conn, to *nats.Msg, yes bool) error {
	text := "false"
	if yes {
		text = "true"
	}
	return send(conn, to, nats.Header{api.HeaderAccepted: {text}}, []byte(text))
}

// Error refuses a request.
func Error(conn *nats.Conn, to *nats.Msg, err error) error {
	code, text, body := api.EncodeError(err, false)
	return send(conn, to, nats.Header{api.HeaderErrorCode: {code}, api.HeaderError: {text}, api.HeaderAccepted: {"false"}}, body)
}

// Query answers a query. An answer that fits no message becomes one of a failed query that says so.
func Query(conn *nats.Conn, to *nats.Msg, name string, result *workflowservice.RespondQueryTaskCompletedRequest) error {
	body, err := proto.Marshal(result)
	if err == nil && int64(len(body)) > conn.MaxPayload()-room {
		body, err = proto.Marshal(&workflowservice.RespondQueryTaskCompletedRequest{
			TaskToken: result.TaskToken, Namespace: result.Namespace, CompletedType: enumspb.QUERY_RESULT_TYPE_FAILED,
			ErrorMessage: fmt.Sprintf("the answer to query %s has %d bytes, more than the NATS server's max_payload of %d allows",
				name, len(body), conn.MaxPayload()),
		})
	}
	if err != nil {
		return Error(conn, to, serviceerror.NewInternalf("encoding the answer of a query: %v", err))
	}
	return send(conn, to, nats.Header{api.HeaderAccepted: {"true"}}, body)
}

// send answers a request; the body is never empty.
func send(conn *nats.Conn, to *nats.Msg, header nats.Header, body []byte) error {
	return conn.PublishMsg(&nats.Msg{Subject: to.Reply, Header: header, Data: body})
}
