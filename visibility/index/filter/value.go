package filter

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/temporalio/sqlparser"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/perdure/perdure/internal/spelling"
)

// literal is a value as the filter has it: a string, an int64, a float64 or a bool.
type literal any

// tuple reads the values of IN.
func (r *reader) tuple(attribute Attribute, expr sqlparser.Expr) ([]any, error) {
	tuple, is := expr.(sqlparser.ValTuple)
	if !is {
		return nil, r.faultHere("IN takes a list of values, such as %s IN (%s)", attribute.Name, example(attribute))
	}
	values := make([]any, len(tuple))
	for i, expr := range tuple {
		value, err := r.value(attribute, expr)
		if err != nil {
			return nil, err
		}
		values[i] = value
	}
	return values, nil
}

// value reads a value of the attribute's type.
func (r *reader) value(attribute Attribute, expr sqlparser.Expr) (any, error) {
	if r.values++; r.values > maxValues {
		return nil, r.faultHere("a filter compares with at most %d values", maxValues)
	}
	literal, err := r.literal(attribute, expr)
	if err != nil {
		return nil, err
	}
	value, problem := r.typed(attribute, literal)
	if problem != "" {
		return nil, r.faultHere("%s", problem)
	}
	r.pass()
	return value, nil
}

// literal reads a value of any type, and leaves the reader there.
func (r *reader) literal(attribute Attribute, expr sqlparser.Expr) (literal, error) {
	switch e := expr.(type) {
	case sqlparser.BoolVal:
		r.reach(strconv.FormatBool(bool(e)))
		return bool(e), nil
	case *sqlparser.SQLVal:
		return r.sqlValue(e)
	case *sqlparser.UnaryExpr:
		if number, is := e.Expr.(*sqlparser.SQLVal); is && e.Operator == sqlparser.UMinusStr && number.Type == sqlparser.FloatVal {
			value, err := r.sqlValue(number)
			if f, is := value.(float64); is {
				value = -f
			}
			return value, err
		}
	case *sqlparser.ColName:
		name := e.Name.String()
		r.reachName(name)
		return nil, r.faultHere("text stands in quotes: '%s'; attributes are not compared with each other", clip(name))
	case *sqlparser.NullVal:
		r.reach("null")
		return nil, r.faultHere("nothing is equal to NULL; whether %s is there is asked by %s IS NULL or IS NOT NULL", attribute.Name, attribute.Name)
	}
	return nil, r.faultHere("one value is to stand here, such as %s = %s", attribute.Name, example(attribute))
}

func (r *reader) sqlValue(e *sqlparser.SQLVal) (literal, error) {
	text := string(e.Val)
	r.reach(strings.TrimPrefix(text, "-"))
	switch e.Type {
	case sqlparser.StrVal:
		return text, nil
	case sqlparser.IntVal:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
		fallthrough
	case sqlparser.FloatVal:
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return f, nil
		}
	default:
	}
	return nil, r.faultHere("it is no value; there are 'text', 5, -1.5, true and false")
}

// typed makes of a literal what the attribute is compared with, or tells the problem.
func (r *reader) typed(attribute Attribute, value literal) (typed any, problem string) {
	switch attribute.Name {
	case executionStatus:
		return statusNumber(value)
	case executionDuration:
		return durationNanoseconds(value)
	}
	switch attribute.Type {
	case enumspb.INDEXED_VALUE_TYPE_DATETIME:
		return r.moment(attribute, value)
	case enumspb.INDEXED_VALUE_TYPE_INT, enumspb.INDEXED_VALUE_TYPE_DOUBLE:
		switch value.(type) {
		case int64, float64:
			return value, ""
		}
	case enumspb.INDEXED_VALUE_TYPE_BOOL:
		if _, is := value.(bool); is {
			return value, ""
		}
	case enumspb.INDEXED_VALUE_TYPE_TEXT:
		if text, is := value.(string); is {
			if len(Words(text)) == 0 {
				return nil, attribute.Name + " is searched for words, and there is none in this text"
			}
			return value, ""
		}
	default:
		if _, is := value.(string); is {
			return value, ""
		}
	}
	return nil, mismatch(attribute)
}

func mismatch(attribute Attribute) string {
	return attribute.Name + " is of type " + attribute.Type.String() + " and is compared with values such as " + example(attribute)
}

// example is a value for an attribute, as it is written.
func example(attribute Attribute) string {
	switch attribute.Type {
	case enumspb.INDEXED_VALUE_TYPE_INT:
		if attribute.Name == executionDuration {
			return "'1h30m'"
		}
		return "5"
	case enumspb.INDEXED_VALUE_TYPE_DOUBLE:
		return "1.5"
	case enumspb.INDEXED_VALUE_TYPE_BOOL:
		return "true"
	case enumspb.INDEXED_VALUE_TYPE_DATETIME:
		return "'2026-01-31T10:00:00Z'"
	}
	if attribute.Name == executionStatus {
		return "'Running'"
	}
	return "'text'"
}

// statusNumber takes a status by its name or its number.
func statusNumber(value literal) (any, string) {
	switch v := value.(type) {
	case int64:
		if _, known := enumspb.WorkflowExecutionStatus_name[int32(v)]; known && v == int64(int32(v)) {
			return v, ""
		}
	case string:
		if status, err := enumspb.WorkflowExecutionStatusFromString(v); err == nil {
			return int64(status), ""
		}
	}
	var known []string
	for _, number := range slices.Sorted(maps.Keys(enumspb.WorkflowExecutionStatus_name)) {
		if number != 0 {
			known = append(known, enumspb.WorkflowExecutionStatus(number).String())
		}
	}
	advice := ""
	if text, is := value.(string); is {
		if name := spelling.Nearest(text, known); name != "" {
			advice = "; did you mean '" + name + "'?"
		}
	}
	return nil, "it is no status; there are " + strings.Join(known, ", ") + advice
}
