package converter

import (
	"errors"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
)

// Codec changes payloads on their way out and back: it compresses or encrypts them, say. It must be safe for
// concurrent use. It sees every payload of an application but search attributes, which the service has to read.
//
// A codec of Temporal's Go SDK (converter.PayloadCodec) is one as it stands.
type Codec interface {
	// Encode returns one payload for each given, in their order. It must not change those: a payload that it leaves
	// alone is returned as it is.
	Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error)
	// Decode is the other direction. A payload that is not of its own making, as its encoding tells, is returned as
	// it is: histories outlive the day on which a codec was added. In a workflow it is called while the code runs: it must
	// neither wait for anything nor take long.
	Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error)
}

// ErrCodec is wrapped by what a codec could not encode or decode.
var ErrCodec = errors.New("the codec refused a payload")

// WithCodecs makes a converter whose payloads pass through codecs: what it writes through the last of them first, what it
// reads through the first of them first. So compression stands behind encryption.
func WithCodecs(dc DataConverter, codecs ...Codec) DataConverter {
	if len(codecs) == 0 {
		return dc
	}
	return coded{dc, codecs}
}

type coded struct {
	inner  DataConverter
	codecs []Codec
}

func (c coded) ToPayload(value any) (*commonpb.Payload, error) {
	payload, err := c.inner.ToPayload(value)
	if err != nil {
		return nil, err
	}
	for i := len(c.codecs) - 1; i >= 0; i-- {
		if payload, err = one("encode", c.codecs[i].Encode, payload); err != nil {
			return nil, err
		}
	}
	return payload, nil
}

func (c coded) FromPayload(payload *commonpb.Payload, into any) error {
	payload, err := c.decoded(payload)
	if err != nil {
		return err
	}
	return c.inner.FromPayload(payload, into)
}

// decoded is the payload as the converter below wrote it.
func (c coded) decoded(payload *commonpb.Payload) (*commonpb.Payload, error) {
	var err error
	for _, codec := range c.codecs {
		if payload == nil {
			return nil, nil
		}
		if payload, err = one("decode", codec.Decode, payload); err != nil {
			return nil, err
		}
	}
	return payload, nil
}

func (c coded) encodesFailures() bool { return EncodesFailures(c.inner) }

// one has a codec change one payload.
func one(what string, change func([]*commonpb.Payload) ([]*commonpb.Payload, error), payload *commonpb.Payload) (*commonpb.Payload, error) {
	changed, err := change([]*commonpb.Payload{payload})
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s a payload: %w: %w", what, ErrCodec, err)
	case len(changed) != 1 || changed[0] == nil:
		return nil, fmt.Errorf("%s a payload: %w: it returned %d payloads for 1", what, ErrCodec, len(changed))
	}
	return changed[0], nil
}

// unwrapper is a converter with codecs, or around one that has them.
type unwrapper interface {
	unwrap(payload *commonpb.Payload) (*commonpb.Payload, error)
}

func (c coded) unwrap(payload *commonpb.Payload) (*commonpb.Payload, error) {
	payload, err := c.decoded(payload)
	if err != nil {
		return nil, err
	}
	return unwrapped(c.inner, payload)
}

// unwrapped is a payload for a [Raw]: free of codecs, which encode it again on its way out.
func unwrapped(dc DataConverter, payload *commonpb.Payload) (*commonpb.Payload, error) {
	if c, ok := dc.(unwrapper); ok {
		return c.unwrap(payload)
	}
	return payload, nil
}
