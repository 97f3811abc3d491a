package determinism

import "go/types"

// nameOf is a function or variable in words, as from the given package: stamp, (*run).enter, time.Now.
func nameOf(object types.Object, from *types.Package) string {
	qualifier := ""
	if pkg := object.Pkg(); pkg != nil && pathOf(pkg) != pathOf(from) {
		qualifier = pkg.Name() + "."
	}
	fn, ok := object.(*types.Func)
	if !ok || fn.Signature().Recv() == nil {
		return qualifier + object.Name()
	}
	star := ""
	if _, isPointer := types.Unalias(fn.Signature().Recv().Type()).(*types.Pointer); isPointer {
		star = "*"
	}
	return "(" + star + qualifier + receiverOf(fn) + ")." + fn.Name()
}
