package converter

import commonpb "go.temporal.io/api/common/v1"

// WithEncodedFailures makes a converter that failures' texts pass through, too: message and stack trace of each become a
// payload (encoded_attributes), and the message that others see is "Encoded failure". Temporal's SDKs do the same where they are
// told to encode common attributes, and each side reads it whether it is set to or not.
//
// A failure's type, and the names in it, stay readable: retry policies go by them.
func WithEncodedFailures(dc DataConverter) DataConverter { return failureEncoder{dc} }

// EncodesFailures tells whether failures' texts are to be encoded with the converter: see [WithEncodedFailures].
func EncodesFailures(dc DataConverter) bool {
	e, ok := dc.(interface{ encodesFailures() bool })
	return ok && e.encodesFailures()
}

type failureEncoder struct{ DataConverter }

func (failureEncoder) encodesFailures() bool { return true }

func (f failureEncoder) unwrap(payload *commonpb.Payload) (*commonpb.Payload, error) {
	return unwrapped(f.DataConverter, payload)
}
