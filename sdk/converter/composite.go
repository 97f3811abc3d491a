package converter

import (
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
)

// New makes a converter of several encodings. A value is written by the first that accepts it; a
// payload is read by the one that its metadata names.
func New(encodings ...PayloadConverter) DataConverter {
	c := composite{order: encodings, byName: make(map[string]PayloadConverter, len(encodings))}
	for _, e := range encodings {
		c.byName[e.Encoding()] = e
	}
	return c
}

type composite struct {
	order  []PayloadConverter
	byName map[string]PayloadConverter
}

func (c composite) ToPayload(value any) (*commonpb.Payload, error) {
	if raw, ok := value.(Raw); ok {
		return raw.orNull(), nil
	}
	for _, e := range c.order {
		payload, err := e.ToPayload(value)
		if err != nil {
			return nil, fmt.Errorf("encode a %T as %s: %w", value, e.Encoding(), err)
		}
		if payload != nil {
			return payload, nil
		}
	}
	return nil, fmt.Errorf("encode a %T: %w", value, ErrUnencodable)
}

func (c composite) FromPayload(payload *commonpb.Payload, into any) error {
	if raw, ok := into.(*Raw); ok {
		raw.Payload = payload
		return nil
	}
	if payload == nil {
		return setZero(into)
	}
	name := string(payload.GetMetadata()[MetadataEncoding])
	e, ok := c.byName[name]
	if !ok {
		return fmt.Errorf("decode a payload of encoding %q: %w; use the converter that wrote it", name, ErrUnknownEncoding)
	}
	if err := e.FromPayload(payload, into); err != nil {
		return fmt.Errorf("decode a %s payload into %T: %w", name, into, err)
	}
	return nil
}
