package filter

import (
	"maps"
	"slices"
	"strings"

	"github.com/temporalio/sqlparser"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/spelling"
)

// The attributes whose values have forms of their own.
const (
	executionStatus   = "ExecutionStatus"
	executionDuration = "ExecutionDuration"
)

// servicePrefix may be left out of the service's own names, or put before them, as with Temporal.
const servicePrefix = "Temporal"

// attribute reads the name of an attribute, and leaves the reader there.
func (r *reader) attribute(expr sqlparser.Expr) (Attribute, error) {
	column, is := expr.(*sqlparser.ColName)
	if !is {
		r.reachExpr(expr)
		return Attribute{}, r.faultHere("the name of an attribute is to stand here; one with other characters than letters, digits and _ stands in backticks: `name`")
	}
	name := column.Name.String()
	qualified := name
	if first := column.Qualifier.Name.String(); first != "" {
		r.reach(first)
		qualified = first + "." + name
		if schema := column.Qualifier.Qualifier.String(); schema != "" {
			qualified = schema + "." + qualified
		}
	} else if r.reachName(name); strings.EqualFold(r.written(), name) {
		qualified = r.written()
	}
	attribute, found := r.names.find(qualified)
	if !found {
		shown := clip(qualified)
		return Attribute{}, r.faultHere("there is no search attribute %s%s", shown, r.names.advice(shown))
	}
	r.division = r.division || attribute.Name == division
	return attribute, nil
}

// reachName goes on to a name; the tokenizer has those that are also keywords in lower case.
func (r *reader) reachName(name string) {
	before := r.here
	r.reach(name)
	if r.here == before {
		r.reach(strings.ToLower(name))
	}
}

// reachExpr goes on to what stands where a name should.
func (r *reader) reachExpr(expr sqlparser.Expr) {
	switch e := expr.(type) {
	case *sqlparser.SQLVal:
		r.reach(strings.TrimPrefix(string(e.Val), "-"))
	case *sqlparser.BinaryExpr:
		r.reachExpr(e.Left)
	case *sqlparser.ColName:
		r.reachName(e.Name.String())
	case *sqlparser.FuncExpr:
		r.reachName(e.Name.String())
	}
}

// names are those that a filter may use.
type names struct {
	custom map[string]enumspb.IndexedValueType
}

// find prefers the service's names as they are, then the custom ones.
func (n names) find(name string) (Attribute, bool) {
	if t, found := builtin[name]; found {
		return Attribute{name, t}, true
	}
	if t, found := n.custom[name]; found {
		return Attribute{name, t}, true
	}
	for _, spelled := range []string{servicePrefix + name, strings.TrimPrefix(name, servicePrefix)} {
		if t, found := builtin[spelled]; found {
			return Attribute{spelled, t}, true
		}
	}
	return Attribute{}, false
}

// builtin are the attributes of every namespace.
var builtin = api.SystemSearchAttributes()

// advice is what to do about a name that is none.
func (n names) advice(name string) string {
	known := slices.Concat(slices.Collect(maps.Keys(builtin)), slices.Collect(maps.Keys(n.custom)))
	if nearest := spelling.Nearest(name, known); nearest != "" {
		return "; did you mean " + nearest + "?"
	}
	return "; if it is one of yours, add it: perdure search-attribute add --name " + name + " --type TYPE; if it is text to compare with, put it into quotes"
}
