package failure

import (
	"errors"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/converter"
)

// ErrNoDetails is returned by the Details methods of errors that carry none; ask HasDetails first.
var ErrNoDetails = errors.New("the error carries no details")

// details are values that travel with an error: either as given, or as they came out of a failure.
type details struct {
	values   []any
	payloads *commonpb.Payloads
	dc       converter.DataConverter
}

// HasDetails tells whether the error carries details.
func (d details) HasDetails() bool { return len(d.values) > 0 || len(d.payloads.GetPayloads()) > 0 }

// Details decodes the details into pointers, in order. It returns [ErrNoDetails] if there are none.
func (d details) Details(into ...any) error {
	if !d.HasDetails() {
		return ErrNoDetails
	}
	dc := d.dc
	if dc == nil {
		dc = converter.Default()
	}
	payloads, err := d.encode(dc)
	if err != nil {
		return err
	}
	return converter.DecodeAll(dc, payloads, into...)
}

func (d details) encode(dc converter.DataConverter) (*commonpb.Payloads, error) {
	if d.payloads != nil {
		return d.payloads, nil
	}
	return converter.EncodeAll(dc, d.values...)
}
