package converter

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// The encodings' names, as Temporal's SDKs write them.
const (
	EncodingNull      = "binary/null"
	EncodingBytes     = "binary/plain"
	EncodingProto     = "binary/protobuf"
	EncodingProtoJSON = "json/protobuf"
	EncodingJSON      = "json/plain"
)

const metadataMessageType = "messageType"

func payload(encoding string, data []byte) *commonpb.Payload {
	return &commonpb.Payload{Metadata: map[string][]byte{MetadataEncoding: []byte(encoding)}, Data: data}
}

// NullConverter encodes nil.
type NullConverter struct{}

// Encoding implements [PayloadConverter].
func (NullConverter) Encoding() string { return EncodingNull }

// ToPayload implements [PayloadConverter]: it accepts nil, and nil pointers, slices and maps.
func (NullConverter) ToPayload(value any) (*commonpb.Payload, error) {
	if isNil(value) {
		return payload(EncodingNull, nil), nil
	}
	return nil, nil
}

// FromPayload implements [PayloadConverter]: it sets the zero value.
func (NullConverter) FromPayload(_ *commonpb.Payload, into any) error { return setZero(into) }

// BytesConverter keeps []byte as it is.
type BytesConverter struct{}

// Encoding implements [PayloadConverter].
func (BytesConverter) Encoding() string { return EncodingBytes }

// ToPayload implements [PayloadConverter]: it accepts []byte.
func (BytesConverter) ToPayload(value any) (*commonpb.Payload, error) {
	if b, ok := value.([]byte); ok {
		return payload(EncodingBytes, b), nil
	}
	return nil, nil
}

// FromPayload implements [PayloadConverter]: into is a *[]byte or a *any.
func (BytesConverter) FromPayload(p *commonpb.Payload, into any) error {
	switch to := into.(type) {
	case *[]byte:
		*to = p.GetData()
	case *any:
		*to = p.GetData()
	default:
		return errors.New("bytes can only be decoded into a []byte")
	}
	return nil
}

// ProtoJSONConverter encodes protobuf messages in their JSON form.
type ProtoJSONConverter struct{}

// Encoding implements [PayloadConverter].
func (ProtoJSONConverter) Encoding() string { return EncodingProtoJSON }

// ToPayload implements [PayloadConverter]: it accepts protobuf messages.
func (ProtoJSONConverter) ToPayload(value any) (*commonpb.Payload, error) {
	return encodeProto(value, EncodingProtoJSON, protojson.Marshal)
}

// FromPayload implements [PayloadConverter]: into is a message or a pointer to a message pointer.
func (ProtoJSONConverter) FromPayload(p *commonpb.Payload, into any) error {
	return decodeProto(p, into, protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal)
}

// ProtoConverter encodes protobuf messages in their binary form.
type ProtoConverter struct{}

// Encoding implements [PayloadConverter].
func (ProtoConverter) Encoding() string { return EncodingProto }

// ToPayload implements [PayloadConverter]: it accepts protobuf messages.
func (ProtoConverter) ToPayload(value any) (*commonpb.Payload, error) {
	return encodeProto(value, EncodingProto, proto.Marshal)
}

// FromPayload implements [PayloadConverter]: into is a message or a pointer to a message pointer.
func (ProtoConverter) FromPayload(p *commonpb.Payload, into any) error {
	return decodeProto(p, into, proto.Unmarshal)
}

// JSONConverter encodes any value that encoding/json can.
type JSONConverter struct{}

// Encoding implements [PayloadConverter].
func (JSONConverter) Encoding() string { return EncodingJSON }

// ToPayload implements [PayloadConverter].
func (JSONConverter) ToPayload(value any) (*commonpb.Payload, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return payload(EncodingJSON, data), nil
}

// FromPayload implements [PayloadConverter].
func (JSONConverter) FromPayload(p *commonpb.Payload, into any) error {
	return json.Unmarshal(p.GetData(), into)
}

func encodeProto(value any, encoding string, marshal func(proto.Message) ([]byte, error)) (*commonpb.Payload, error) {
	m, ok := value.(proto.Message)
	if !ok {
		return nil, nil
	}
	data, err := marshal(m)
	if err != nil {
		return nil, err
	}
	p := payload(encoding, data)
	p.Metadata[metadataMessageType] = []byte(m.ProtoReflect().Descriptor().FullName())
	return p, nil
}

func decodeProto(p *commonpb.Payload, into any, unmarshal func([]byte, proto.Message) error) error {
	if m, ok := into.(proto.Message); ok && !isNil(into) {
		return unmarshal(p.GetData(), m)
	}
	to := reflect.ValueOf(into)
	if to.Kind() != reflect.Pointer || to.IsNil() || to.Elem().Kind() != reflect.Pointer {
		return fmt.Errorf("a message can only be decoded into a message, not into %T", into)
	}
	fresh := reflect.New(to.Elem().Type().Elem())
	m, ok := fresh.Interface().(proto.Message)
	if !ok {
		return fmt.Errorf("a message can only be decoded into a message, not into %T", into)
	}
	if err := unmarshal(p.GetData(), m); err != nil {
		return err
	}
	to.Elem().Set(fresh)
	return nil
}

// isNil tells an untyped nil and the nil of a pointer, slice, map or interface.
func isNil(value any) bool {
	if value == nil {
		return true
	}
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return v.IsNil()
	default:
		return false
	}
}

func setZero(into any) error {
	to := reflect.ValueOf(into)
	if to.Kind() != reflect.Pointer || to.IsNil() {
		return fmt.Errorf("values are decoded into a pointer, not into %T", into)
	}
	to.Elem().SetZero()
	return nil
}
