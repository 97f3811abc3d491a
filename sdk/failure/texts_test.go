package failure

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	temporalconverter "go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/sdk/converter"
)

func TestEncodedTexts(t *testing.T) {
	secret := converter.WithEncodedFailures(converter.Default())
	err := NewApplicationErrorWithOptions("the password is 1234", "Denied", ApplicationErrorOptions{Cause: NewPanicError("in the vault", "vault.go:7")})
	f := FromError(secret, err)
	require.Equal(t, "Encoded failure", f.GetMessage())
	require.Equal(t, "Denied", f.GetApplicationFailureInfo().GetType())
	require.Equal(t, "Encoded failure", f.GetCause().GetMessage())
	require.Empty(t, f.GetCause().GetStackTrace())
	require.JSONEq(t, `{"message":"in the vault","stack_trace":"vault.go:7"}`, string(f.GetCause().GetEncodedAttributes().GetData()))

	// Who encodes nothing reads it, too; and it goes on as it came.
	for _, dc := range []converter.DataConverter{secret, converter.Default()} {
		sent := proto.CloneOf(f)
		back := ToError(dc, f)
		require.EqualError(t, back, err.Error())
		var panicked *PanicError
		require.ErrorAs(t, back, &panicked)
		require.Equal(t, "vault.go:7", panicked.StackTrace())
		require.True(t, proto.Equal(sent, FromError(secret, back)))
	}
}

func TestEncodedTextsAreTemporals(t *testing.T) {
	theirs := temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter: temporalconverter.GetDefaultDataConverter(), EncodeCommonAttributes: true,
	})
	read := ToError(dc, theirs.ErrorToFailure(temporal.NewApplicationError("theirs", "Kind")))
	require.EqualError(t, read, "theirs (type: Kind, retryable: true)")
	ours := theirs.FailureToError(FromError(converter.WithEncodedFailures(dc), NewApplicationError("ours", "Kind")))
	require.EqualError(t, ours, "ours (type: Kind, retryable: true)")
}

type broken struct{ converter.DataConverter }

func (broken) ToPayload(any) (*commonpb.Payload, error) { return nil, errors.New("no key") }

func TestTextsThatCannotBeEncodedAreNotTold(t *testing.T) {
	f := FromError(converter.WithEncodedFailures(broken{dc}), errors.New("the password is 1234"))
	require.Equal(t, "Encoded failure (its texts are lost: no key)", f.GetMessage())
	require.NotContains(t, f.String(), "1234")
}
