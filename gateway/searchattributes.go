package gateway

import (
	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/api"
)

// checkStartIn refuses a start in a namespace that takes none, and one whose search attributes the namespace does
// not have, or not of that type.
func (g *Gateway) checkStartIn(call api.Call) error {
	r, starts := call.Request.(interface {
		GetSearchAttributes() *commonpb.SearchAttributes
	})
	if !starts {
		return nil
	}
	if err := g.config.Namespaces.TakesStarts(call.Namespace); err != nil {
		return err
	}
	if r.GetSearchAttributes() == nil {
		return nil
	}
	return g.config.Namespaces.SearchAttributes(call.Namespace).Check(call.Namespace, r.GetSearchAttributes())
}
