package gateway

import (
	"strings"

	"github.com/nats-io/nats.go"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/temporalproto"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api"
)

// shorthand has a JSON payload written as the value that it holds.
var shorthand = map[string]any{commonpb.EnablePayloadShorthandMetadataKey: true}

// emptyReply is the protobuf body of a reply without any field, since a reply
// must have a body: field 15, varint 0. No reply of the API has such a field (a
// test sees to it), and decoders skip what they do not know.
var emptyReply = []byte{15 << 3, 0}

// contentType finds how a request's body is encoded. Without the header a body
// that begins with a brace is JSON: in protobuf that byte would begin a group
// of number 15, and no request of the API has a group.
func contentType(m *nats.Msg) (json bool, err error) {
	given := m.Header.Get(api.HeaderContentType)
	kind, _, _ := strings.Cut(given, ";")
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "":
		return len(m.Data) > 0 && m.Data[0] == '{', nil
	case api.ContentJSON:
		return true, nil
	case api.ContentProtobuf, "application/x-protobuf":
		return false, nil
	}
	return false, serviceerror.NewInvalidArgumentf("%s %q: use %s or %s", api.HeaderContentType, clip(given), api.ContentProtobuf, api.ContentJSON)
}

// decode reads a request; an empty body is an empty request.
func decode(body []byte, json bool, request proto.Message) error {
	if len(body) == 0 {
		return nil
	}
	var err error
	if json {
		err = temporalproto.CustomJSONUnmarshalOptions{Metadata: shorthand}.Unmarshal(body, request)
	} else {
		err = proto.Unmarshal(body, request)
	}
	if err != nil {
		return serviceerror.NewInvalidArgumentf("the body is no %s: %s", request.ProtoReflect().Descriptor().Name(), decodeText(err))
	}
	return nil
}

// decodeText is the error's text without the marks that protobuf varies on purpose.
func decodeText(err error) string {
	text := strings.ReplaceAll(err.Error(), "\u00a0", " ")
	text = strings.TrimPrefix(strings.TrimPrefix(text, "temporal"), "proto:")
	return clip(strings.TrimSpace(text))
}

// encode writes a reply, never as an empty body.
func encode(reply proto.Message, json bool) ([]byte, error) {
	if json {
		if err := api.Settle(reply); err != nil {
			return nil, err
		}
		return temporalproto.CustomJSONMarshalOptions{Metadata: shorthand}.Marshal(reply)
	}
	body, err := proto.Marshal(reply)
	if err == nil && len(body) == 0 {
		body = emptyReply
	}
	return body, err
}

// The headers of replies without error: shared, and so never changed.
var (
	jsonHeader     = nats.Header{api.HeaderContentType: {api.ContentJSON}}
	protobufHeader = nats.Header{api.HeaderContentType: {api.ContentProtobuf}}
)

func headerOf(json bool) nats.Header {
	if json {
		return jsonHeader
	}
	return protobufHeader
}

// errorReply is the header and body of an error.
func errorReply(err error, json bool) (nats.Header, []byte) {
	code, text, body := api.EncodeError(err, json)
	return nats.Header{
		api.HeaderContentType: headerOf(json)[api.HeaderContentType],
		api.HeaderErrorCode:   {code},
		api.HeaderError:       {text},
	}, body
}

// clip keeps the beginning of a text that a caller sent.
func clip(text string) string {
	const limit = 300
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "..."
}
