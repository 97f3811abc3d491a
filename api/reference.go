package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/api/payloadpb"
)

// EncodingReference is the encoding, in a payload's metadata, of one that stands for a larger one: its data is a
// payloadpb.Reference.
const EncodingReference = "perdure/reference"

// PayloadID is what a large payload is found by: the SHA-256 of its bytes in protobuf.
type PayloadID [sha256.Size]byte

// payloadScheme begins the form in which references name payloads.
const payloadScheme = "perdure-payload:sha256:"

// idLength is of a PayloadID in hexadecimal.
const idLength = 2 * sha256.Size

// PayloadIDOf is the id of an encoded payload.
func PayloadIDOf(encoded []byte) PayloadID { return sha256.Sum256(encoded) }

// String is the name of the payload's object: 64 hexadecimal digits.
func (id PayloadID) String() string { return hex.EncodeToString(id[:]) }

// ParsePayloadID is the other direction of String.
func ParsePayloadID(name string) (id PayloadID, ok bool) {
	if len(name) != idLength {
		return id, false
	}
	_, err := hex.Decode(id[:], []byte(name))
	return id, err == nil
}

// NewReference is the payload that stands for one with that id, which has so many bytes.
func NewReference(id PayloadID, size int) (*commonpb.Payload, error) {
	data, err := proto.Marshal(&payloadpb.Reference{Payload: payloadScheme + id.String(), Size: int64(size)})
	if err != nil {
		return nil, err
	}
	return &commonpb.Payload{Metadata: map[string][]byte{metadataEncoding: []byte(EncodingReference)}, Data: data}, nil
}

// IsReference tells a payload that stands for another.
func IsReference(p *commonpb.Payload) bool {
	return string(p.GetMetadata()[metadataEncoding]) == EncodingReference
}

// ReadReference is what a reference stands for, and how many bytes that has.
func ReadReference(p *commonpb.Payload) (id PayloadID, size int64, err error) {
	var reference payloadpb.Reference
	if err := proto.Unmarshal(p.GetData(), &reference); err != nil {
		return id, 0, fmt.Errorf("a payload of encoding %s: %w", EncodingReference, err)
	}
	name, found := bytes.CutPrefix([]byte(reference.GetPayload()), []byte(payloadScheme))
	id, ok := ParsePayloadID(string(name))
	if !found || !ok || reference.GetSize() < 0 {
		return id, 0, fmt.Errorf("a payload of encoding %s names %.100q of %d bytes", EncodingReference, reference.GetPayload(), reference.GetSize())
	}
	return id, reference.GetSize(), nil
}

// MayHaveReferences is false for an encoded message of which no payload is a reference.
func MayHaveReferences(encoded []byte) bool {
	return bytes.Contains(encoded, []byte(EncodingReference))
}

// FindReferences calls found with the id in every reference that the bytes hold, whatever they are: an encoded request,
// event or state. A text that looks like a reference counts as one.
func FindReferences(encoded []byte, found func(PayloadID)) {
	for {
		i := bytes.Index(encoded, []byte(payloadScheme))
		if i < 0 {
			return
		}
		encoded = encoded[i+len(payloadScheme):]
		if len(encoded) < idLength {
			return
		}
		if id, ok := ParsePayloadID(string(encoded[:idLength])); ok {
			found(id)
		}
	}
}
