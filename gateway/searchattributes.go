package gateway

import (
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
)

// withAttributes is a request that starts a workflow with search attributes, or without.
type withAttributes interface {
	GetSearchAttributes() *commonpb.SearchAttributes
}

// checkStartIn refuses a start in a namespace that takes none, and one whose search attributes the namespace does
// not have, or not of that type.
func (g *Gateway) checkStartIn(call api.Call) error {
	switch q := call.Request.(type) {
	case withAttributes:
		return g.startIn(call.Namespace, q)
	case *workflowservice.ExecuteMultiOperationRequest:
		for _, operation := range q.Operations { // which need not have passed its check
			if start := operation.GetStartWorkflow(); start != nil {
				return notExecuted(g.startIn(call.Namespace, start), nil)
			}
		}
	}
	return nil
}

func (g *Gateway) startIn(namespace string, start withAttributes) error {
	if err := g.config.Namespaces.TakesStarts(namespace); err != nil {
		return err
	}
	if start.GetSearchAttributes() == nil {
		return nil
	}
	return g.config.Namespaces.SearchAttributes(namespace).Check(namespace, start.GetSearchAttributes())
}
