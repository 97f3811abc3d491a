package determinism

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	temporalworkflow "go.temporal.io/sdk/workflow"

	"github.com/perdure/perdure/sdk/workflow"
)

// What testdata calls a workflow's context is where the SDKs have theirs.
func TestWhereContextsAreDeclared(t *testing.T) {
	for want, context := range map[dialect]reflect.Type{
		perdure: reflect.TypeFor[workflow.Context](), temporal: reflect.TypeFor[temporalworkflow.Context](),
	} {
		require.Equal(t, "Context", context.Name())
		require.Equal(t, want, dialectAt(context.PkgPath()), context.PkgPath())
	}
}
