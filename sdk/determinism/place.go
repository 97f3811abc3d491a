package determinism

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// tier is how closely a package is looked at.
type tier int

const (
	skipped tier = iota // standard library and SDKs
	library             // another module
	own                 // the module that is vetted
)

const (
	sdk         = "github.com/perdure/perdure/sdk"
	temporalSDK = "go.temporal.io/sdk"
)

// trusted are modules and packages whose code is made to be called by workflows, or does them no harm.
var trusted = []string{
	temporalSDK,
	"go.temporal.io/api",
	"github.com/rs/zerolog", // workflow.GetLogger gives one of its loggers
	"github.com/sirupsen/logrus",
	"go.uber.org/zap",
	"google.golang.org/protobuf",
}

// tierOf says how a pass is to look at its package. The standard library belongs to no module.
func tierOf(pass *analysis.Pass) tier {
	path := pathOf(pass.Pkg)
	switch {
	case path == "command-line-arguments":
		return own
	case pass.Module == nil || pass.Module.Path == "" || isTrusted(path):
		return skipped
	case pass.Module.Version == "" || pass.Module.Version == "(devel)":
		return own
	}
	return library
}

// pathOf is a package's path without the test that it is built for: the go command's "p [p.test]".
func pathOf(pkg *types.Package) string {
	if pkg == nil {
		return "" // the universe
	}
	path, _, _ := strings.Cut(pkg.Path(), " ")
	return path
}

func isTrusted(path string) bool {
	// Tests in a package of their own are written by users of the SDK.
	if within(path, sdk) && !strings.HasSuffix(path, "_test") {
		return true
	}
	for _, module := range trusted {
		if within(path, module) {
			return true
		}
	}
	return false
}

func within(path, parent string) bool {
	return path == parent || strings.HasPrefix(path, parent+"/")
}

// dialect is whose SDK a workflow is written with.
type dialect int

const (
	none dialect = iota
	perdure
	temporal
)

// dialectOf is the SDK whose workflow.Context the function takes first.
func dialectOf(sig *types.Signature) dialect {
	if sig == nil || sig.Params().Len() == 0 {
		return none
	}
	named, ok := types.Unalias(sig.Params().At(0).Type()).(*types.Named)
	if !ok || named.Obj().Name() != "Context" {
		return none
	}
	return dialectAt(pathOf(named.Obj().Pkg()))
}

// dialectAt is the SDK whose Context is declared in a package. Temporal's is another name for one of an internal package, which
// has moved before.
func dialectAt(path string) dialect {
	switch {
	case path == sdk+"/workflow":
		return perdure
	case within(path, temporalSDK):
		return temporal
	}
	return none
}

// takesContext says that a function takes a context.Context first, as activities do and workflow code does not.
func takesContext(sig *types.Signature) bool {
	return sig != nil && sig.Params().Len() > 0 && isContext(sig.Params().At(0).Type())
}

func isContext(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == "Context" && pathOf(named.Obj().Pkg()) == "context"
}
