package coroutine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const dump = `iter.Pull[...].func1.1()
	/go/src/iter/iter.go:287 +0x4f
github.com/perdure/perdure/sdk/internal/coroutine.(*Dispatcher).Park(0x18?)
	/perdure/sdk/internal/coroutine/dispatcher.go:144 +0x98
github.com/perdure/perdure/sdk/workflow.(*future[...]).Get(0x1077860)
	/perdure/sdk/workflow/future.go:41 +0xb3
main.order({0x106cf00, 0x34ab33b7c540})
	/shop/order.go:67 +0x392
github.com/perdure/perdure/sdk/workflow.implementation[...].execute(0x1073c20?)
	/perdure/sdk/workflow/declare.go:70 +0x154
github.com/perdure/perdure/sdk/internal/coroutine.(*strand).run(0x34ab33cf3c20)
	/perdure/sdk/internal/coroutine/strand.go:30 +0x7f
iter.Pull[...].func1()
	/go/src/iter/iter.go:301 +0xe5
created by iter.Pull[...] in goroutine 58
	/go/src/iter/iter.go:271 +0x90
`

func TestStacksAreOfTheWorkflowsCode(t *testing.T) {
	require.Equal(t, `github.com/perdure/perdure/sdk/workflow.(*future[...]).Get(0x1077860)
	/perdure/sdk/workflow/future.go:41 +0xb3
main.order({0x106cf00, 0x34ab33b7c540})
	/shop/order.go:67 +0x392
`, trimmed(dump))
	for name, frames := range map[string]string{
		"nothing":          "",
		"no frames":        "not started\n",
		"a place alone":    "\t/shop/order.go:67 +0x392\n",
		"the SDK's alone":  "iter.Pull[...].func1()\n\t/go/src/iter/iter.go:301 +0xe5\n",
		"code in a test":   "github.com/perdure/perdure/sdk/internal/engine_test.order()\n\t/perdure/sdk/internal/engine/order_test.go:3\n",
		"no line's end":    "main.order()",
		"one of the users": "main.order()\n\t/shop/order.go:67 +0x392\n",
	} {
		require.Equal(t, frames, trimmed(frames), name)
	}
}
