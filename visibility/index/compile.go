package index

import (
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/visibility/index/filter"
)

// compiler makes SQL of a filter. Values are parameters; args are they, in the order of the text.
type compiler struct {
	columns *attributeColumns
	args    []any
	// driver is the condition whose index finds the runs; if it is nil, they are found in the order of lists, by the close
	// time. No other condition may use an index: SQLite would have to guess how many runs each holds of.
	driver *filter.Condition
	// free leaves it to SQLite: to count, all runs have to be seen if no condition finds few, mostly in some index alone.
	free bool
}

func (c *compiler) where(e filter.Expr) string {
	switch e := e.(type) {
	case filter.And:
		return c.join(e, " AND ")
	case filter.Or:
		return c.join(e, " OR ")
	case *filter.Condition:
		return c.condition(e)
	}
	return "1"
}

// join nests in halves, not in a chain: SQLite refuses expressions that are a thousand deep.
func (c *compiler) join(parts []filter.Expr, joint string) string {
	if len(parts) == 1 {
		return c.where(parts[0])
	}
	left := c.join(parts[:len(parts)/2], joint)
	return "(" + left + joint + c.join(parts[len(parts)/2:], joint) + ")"
}

func (c *compiler) condition(cond *filter.Condition) string {
	source := c.columns.source(cond.Attribute)
	switch cond.Operator {
	case filter.Absent:
		return "(" + source.sql + " IS NULL)"
	case filter.Present:
		return "(" + source.sql + " IS NOT NULL)"
	default:
		return c.comparison(cond, source)
	}
}

func (c *compiler) comparison(cond *filter.Condition, source source) string {
	switch {
	case hasWords(cond.Type):
		return c.contains(cond, source)
	case cond.Name == "CloseTime":
		return "(" + c.compare(c.closeColumn(), cond) + " AND " + c.closeColumn() + " < 9223372036854775807)"
	case cond.Name == rootWorkflowID && cond == c.driver:
		return c.root(cond)
	case c.free || cond == c.driver || source.sql == "NULL":
		return c.compare(source.sql, cond)
	}
	return c.compare("+"+source.sql, cond)
}

// root finds runs that are the root of themselves by their own id, and the others by the index that has those alone.
func (c *compiler) root(cond *filter.Condition) string {
	own := c.compare("workflow_id", cond)
	return "runs.id IN (SELECT id FROM runs WHERE root_workflow_id = workflow_id AND " + own +
		" UNION ALL SELECT id FROM runs WHERE root_workflow_id <> workflow_id AND " + c.compare("root_workflow_id", cond) + ")"
}

// closeColumn may use its index if this has the order that is wanted, too.
func (c *compiler) closeColumn() string {
	if c.free || c.driver == nil {
		return "close_time"
	}
	return "+close_time"
}

// plain are the operators that SQL writes alike.
var plain = map[filter.Operator]string{
	filter.Equal: "=", filter.NotEqual: "<>", filter.Less: "<", filter.LessEqual: "<=", filter.Greater: ">", filter.GreaterEqual: ">=",
}

// compare is NULL where the value is.
func (c *compiler) compare(value string, cond *filter.Condition) string {
	c.args = append(c.args, cond.Values...)
	switch cond.Operator {
	case filter.In:
		return fmt.Sprintf("(%s IN (%s))", value, marks(len(cond.Values)))
	case filter.NotIn:
		return fmt.Sprintf("(%s NOT IN (%s))", value, marks(len(cond.Values)))
	case filter.Between:
		return fmt.Sprintf("(%s BETWEEN ? AND ?)", value)
	case filter.NotBetween:
		return fmt.Sprintf("(%s NOT BETWEEN ? AND ?)", value)
	case filter.StartsWith:
		if end := c.prefixEnd(); end {
			return fmt.Sprintf("(%s >= ? AND %s < ?)", value, value)
		}
		return fmt.Sprintf("(%s >= ?)", value)
	case filter.NotStartsWith:
		if end := c.prefixEnd(); end {
			return fmt.Sprintf("(%s < ? OR %s >= ?)", value, value)
		}
		return fmt.Sprintf("(%s < ?)", value)
	default:
		return fmt.Sprintf("(%s %s ?)", value, plain[cond.Operator])
	}
}

// prefixEnd puts the first text behind all that start with the last argument to the arguments, if there is any.
func (c *compiler) prefixEnd() bool {
	prefix := []byte(c.args[len(c.args)-1].(string))
	for len(prefix) > 0 && prefix[len(prefix)-1] == 0xff {
		prefix = prefix[:len(prefix)-1]
	}
	if len(prefix) == 0 {
		return false
	}
	prefix[len(prefix)-1]++
	c.args = append(c.args, string(prefix))
	return true
}

// contains looks for words or keywords, of which one is enough.
func (c *compiler) contains(cond *filter.Condition, source source) string {
	negated := cond.Operator == filter.NotEqual || cond.Operator == filter.NotIn
	if source.words == 0 {
		return map[bool]string{true: "1", false: "0"}[negated]
	}
	words := cond.Values
	if cond.Type == enumspb.INDEXED_VALUE_TYPE_TEXT {
		words = nil
		for _, word := range filter.Words(cond.Values[0].(string)) {
			words = append(words, word)
		}
	}
	c.args = append(c.args, source.words)
	c.args = append(c.args, words...)
	found := fmt.Sprintf("FROM words WHERE attribute = ? AND word IN (%s)", marks(len(words)))
	switch {
	case negated:
		return "NOT EXISTS (SELECT 1 " + found + " AND run = runs.id)"
	case c.free || cond == c.driver:
		return "runs.id IN (SELECT run " + found + ")"
	}
	return "EXISTS (SELECT 1 " + found + " AND run = runs.id)"
}
