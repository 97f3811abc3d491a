package failure

import (
	"fmt"

	failurepb "go.temporal.io/api/failure/v1"

	"github.com/perdure/perdure/sdk/converter"
)

// encodedMessage is what others see in place of an encoded message, with any of Temporal's SDKs.
const encodedMessage = "Encoded failure"

// encodedTexts is what is encoded of a failure (encoded_attributes), as Temporal's SDKs write it.
type encodedTexts struct {
	Message    string `json:"message"`
	StackTrace string `json:"stack_trace"`
}

// encodeTexts moves the failure's texts into a payload. Where that cannot be made they are lost: they are not for everyone.
func encodeTexts(dc converter.DataConverter, f *failurepb.Failure) {
	payload, err := dc.ToPayload(encodedTexts{Message: f.GetMessage(), StackTrace: f.GetStackTrace()})
	f.Message, f.StackTrace, f.EncodedAttributes = encodedMessage, "", payload
	if err != nil {
		f.Message = fmt.Sprintf("%s (its texts are lost: %v)", encodedMessage, err)
	}
}

// texts are the failure's message and stack trace, decoded. What cannot be decoded here is told as it stands: a failure is
// always read.
func texts(dc converter.DataConverter, f *failurepb.Failure) (message, stack string) {
	var encoded encodedTexts
	if f.GetEncodedAttributes() == nil || dc.FromPayload(f.GetEncodedAttributes(), &encoded) != nil {
		return f.GetMessage(), f.GetStackTrace()
	}
	return encoded.Message, encoded.StackTrace
}
