package converter

import (
	"fmt"
	"reflect"

	commonpb "go.temporal.io/api/common/v1"
)

// None is the type of an input or output that there is none of. It has no payload.
type None = struct{}

// Raw is a value that stays encoded: the payload is passed on as it is, but through the codecs of [WithCodecs].
type Raw struct{ Payload *commonpb.Payload }

func (r Raw) orNull() *commonpb.Payload {
	if r.Payload == nil {
		return payload(EncodingNull, nil)
	}
	return r.Payload
}

// Args is an input of several values, for functions of other languages that take several arguments.
// Each becomes a payload of its own. Decoded, it holds one [Raw] per payload.
type Args []any

// Encode encodes what a workflow, activity, signal or query takes or returns: [None] and a nil
// pointer become no payload, [Args] one for each element, anything else exactly one.
func Encode(dc DataConverter, value any) (*commonpb.Payloads, error) {
	switch v := value.(type) {
	case None:
		return nil, nil
	case Args:
		return EncodeAll(dc, v...)
	}
	if v := reflect.ValueOf(value); v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, nil
	}
	return EncodeAll(dc, value)
}

// EncodeAll encodes each value as one payload; no values make a nil result.
func EncodeAll(dc DataConverter, values ...any) (*commonpb.Payloads, error) {
	if len(values) == 0 {
		return nil, nil
	}
	out := &commonpb.Payloads{Payloads: make([]*commonpb.Payload, len(values))}
	for i, value := range values {
		p, err := dc.ToPayload(value)
		if err != nil {
			return nil, fmt.Errorf("value %d of %d: %w", i+1, len(values), err)
		}
		out.Payloads[i] = p
	}
	return out, nil
}

// Decode is the other direction of [Encode]. Where there is no payload, into gets its zero value;
// payloads beyond the first are ignored unless into is *[Args].
func Decode(dc DataConverter, payloads *commonpb.Payloads, into any) error {
	all := payloads.GetPayloads()
	switch to := into.(type) {
	case nil, *None:
		return nil
	case *Args:
		*to = nil
		for i, p := range all {
			p, err := unwrapped(dc, p)
			if err != nil {
				return fmt.Errorf("value %d of %d: %w", i+1, len(all), err)
			}
			*to = append(*to, Raw{Payload: p})
		}
		return nil
	case *Raw:
		to.Payload = nil
		if len(all) == 0 {
			return nil
		}
		var err error
		to.Payload, err = unwrapped(dc, all[0])
		return err
	}
	if len(all) == 0 || all[0] == nil {
		return setZero(into)
	}
	return dc.FromPayload(all[0], into)
}

// DecodeAll decodes payloads one by one into pointers. Pointers that are left over get their zero
// value.
func DecodeAll(dc DataConverter, payloads *commonpb.Payloads, into ...any) error {
	all := payloads.GetPayloads()
	for i, to := range into {
		var err error
		if i < len(all) && all[i] != nil {
			err = dc.FromPayload(all[i], to)
		} else {
			err = setZero(to)
		}
		if err != nil {
			return fmt.Errorf("value %d of %d: %w", i+1, len(into), err)
		}
	}
	return nil
}
