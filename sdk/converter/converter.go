package converter

import (
	"errors"

	commonpb "go.temporal.io/api/common/v1"
)

// DataConverter turns one value into a payload and back. It must be safe for concurrent use, and it
// must be deterministic: workflow code converts values while it is replayed.
type DataConverter interface {
	// ToPayload encodes value. A nil value has an encoding too.
	ToPayload(value any) (*commonpb.Payload, error)
	// FromPayload decodes payload into the pointer into. An error wraps [ErrUnknownEncoding] when
	// the converter does not know the payload's encoding.
	FromPayload(payload *commonpb.Payload, into any) error
}

// PayloadConverter is one encoding of a [New] converter.
type PayloadConverter interface {
	// Encoding is the name in the payload's metadata under [MetadataEncoding].
	Encoding() string
	// ToPayload encodes value, or returns nil, nil if this encoding is not for such values.
	ToPayload(value any) (*commonpb.Payload, error)
	// FromPayload decodes a payload of this encoding into the pointer into.
	FromPayload(payload *commonpb.Payload, into any) error
}

// MetadataEncoding is the key of a payload's metadata that names its encoding.
const MetadataEncoding = "encoding"

// ErrUnknownEncoding is returned for a payload that was written by a converter that this side does
// not have. Give the worker or client the converter of the writer.
var ErrUnknownEncoding = errors.New("no converter for the payload's encoding")

// ErrUnencodable is returned for a value that no encoding of the converter is for.
var ErrUnencodable = errors.New("no converter for the value")

// Default is the converter used where none is set: nil as binary/null, []byte as binary/plain,
// protobuf messages as json/protobuf, all else as json/plain. It reads binary/protobuf as well.
func Default() DataConverter { return defaultConverter }

var defaultConverter = New(NullConverter{}, BytesConverter{}, ProtoJSONConverter{}, ProtoConverter{}, JSONConverter{})
