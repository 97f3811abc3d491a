package workflowtest

import (
	"slices"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/converter"
)

// reversing writes JSON back to front.
type reversing struct{ converter.JSONConverter }

func (reversing) Encoding() string { return "reversed" }

func (r reversing) ToPayload(value any) (*commonpb.Payload, error) {
	p, err := r.JSONConverter.ToPayload(value)
	if err == nil {
		p.Metadata[converter.MetadataEncoding] = []byte("reversed")
		slices.Reverse(p.Data)
	}
	return p, err
}

func (r reversing) FromPayload(p *commonpb.Payload, into any) error {
	data := slices.Clone(p.GetData())
	slices.Reverse(data)
	return r.JSONConverter.FromPayload(&commonpb.Payload{Data: data}, into)
}
