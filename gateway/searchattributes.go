package gateway

import (
	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/api"
)

// checkSearchAttributes refuses a start whose search attributes the namespace does not have, or not of that type.
func (g *Gateway) checkSearchAttributes(call api.Call) error {
	r, has := call.Request.(interface {
		GetSearchAttributes() *commonpb.SearchAttributes
	})
	if !has || r.GetSearchAttributes() == nil {
		return nil
	}
	return g.config.Namespaces.SearchAttributes(call.Namespace).Check(call.Namespace, r.GetSearchAttributes())
}
