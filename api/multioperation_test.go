package api

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
)

func TestAtFault(t *testing.T) {
	aborted := serviceerror.NewMultiOperationAborted("Operation was aborted.")
	rejected := serviceerror.NewInvalidArgument("no name")
	require.Equal(t, rejected, AtFault(serviceerror.NewMultiOperationExecution("both", []error{aborted, rejected})))
	require.Equal(t, rejected, AtFault(serviceerror.NewMultiOperationExecution("both", []error{rejected, aborted})))

	nobody := serviceerror.NewMultiOperationExecution("both", []error{nil, aborted})
	require.Equal(t, nobody, AtFault(nobody))
	other := errors.New("another")
	require.Equal(t, other, AtFault(other))
	require.NoError(t, AtFault(nil))
}
