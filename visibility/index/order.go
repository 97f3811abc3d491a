package index

import (
	"strings"

	"github.com/perdure/perdure/visibility/index/filter"
)

// term is one term of an order.
type term struct {
	source
	descending bool
}

// listOrder is that of lists: open runs first, by their start, then closed ones by their end, the latest first.
var listOrder = []term{
	{source{sql: "close_time", index: "by_close_time"}, true},
	{source{sql: "start_time"}, true},
	{source{sql: "run_id"}, false},
}

// terms are the order that a filter asks for, and then that of lists.
func (c *compiler) terms(orders []filter.Order) []term {
	var terms []term
	for _, order := range orders {
		terms = append(terms, term{c.columns.source(order.Attribute), order.Descending})
	}
	return append(terms, listOrder...)
}

// runs are the table, with the index that has the first term in order if no condition finds the runs: SQLite would rather sort.
func (c *compiler) runs(terms []term) string {
	if first := terms[0]; c.driver == nil && first.index != "" && !first.nullable {
		return "runs INDEXED BY " + first.index
	}
	return "runs"
}

// column is a term as the order and the place in it are written: it can use its index only if it is the one that finds the runs.
func (c *compiler) column(t term) string {
	if c.driver == nil || c.columns.source(c.driver.Attribute).listed && c.driver.Operator == filter.Equal {
		return t.sql
	}
	return "+" + t.sql
}

func (c *compiler) orderBy(terms []term) string {
	parts := make([]string, len(terms))
	for i, t := range terms {
		parts[i] = c.column(t)
		if t.descending {
			parts[i] += " DESC"
		}
		if t.nullable {
			parts[i] += " NULLS LAST"
		}
	}
	return strings.Join(parts, ", ")
}

// after are the runs behind the one with these values of the terms.
func (c *compiler) after(terms []term, values []any) string {
	t, value, column := terms[0], values[0], c.column(terms[0])
	beyond, equal := "0", column+" IS NULL"
	if value != nil {
		operator := map[bool]string{true: "<", false: ">"}[t.descending]
		beyond, equal = column+" "+operator+" ?", column+" = ?"
		c.args = append(c.args, value)
		if t.nullable {
			beyond = "(" + beyond + " OR " + column + " IS NULL)"
		}
	}
	if len(terms) == 1 {
		return "(" + beyond + ")"
	}
	if value != nil {
		c.args = append(c.args, value)
	}
	return "(" + beyond + " OR (" + equal + " AND " + c.after(terms[1:], values[1:]) + "))"
}

// from bounds the first term by its value, which lets its index begin there.
func (c *compiler) from(t term, value any) string {
	if t.nullable || value == nil {
		return "1"
	}
	c.args = append(c.args, value)
	return c.column(t) + map[bool]string{true: " <= ?", false: " >= ?"}[t.descending]
}
