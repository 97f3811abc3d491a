package failure

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
)

func TestBenignErrors(t *testing.T) {
	benign := NewApplicationErrorWithOptions("not yet", "Pending", ApplicationErrorOptions{Category: enumspb.APPLICATION_ERROR_CATEGORY_BENIGN})
	require.True(t, IsBenign(benign))
	require.True(t, IsBenign(fmt.Errorf("polled: %w", benign)))
	require.False(t, IsBenign(nil))
	require.False(t, IsBenign(errors.New("not yet")))
	require.False(t, IsBenign(NewApplicationError("not yet", "Pending")))
	require.False(t, IsBenign(NewActivityError(ActivityInfo{ActivityType: "Poll"}, benign)))
}
