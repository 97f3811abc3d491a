package filter

import (
	"github.com/temporalio/sqlparser"
	enumspb "go.temporal.io/api/enums/v1"
)

// expression reads a part of the condition, or what is left of NOT of it.
func (r *reader) expression(expr sqlparser.Expr, not bool) (Expr, error) {
	switch e := expr.(type) {
	case *sqlparser.ParenExpr:
		return r.expression(e.Expr, not)
	case *sqlparser.NotExpr:
		return r.expression(e.Expr, !not)
	case *sqlparser.AndExpr:
		return r.both(e.Left, e.Right, not, not)
	case *sqlparser.OrExpr:
		return r.both(e.Left, e.Right, !not, not)
	case *sqlparser.ComparisonExpr:
		return r.comparison(e, not)
	case *sqlparser.RangeCond:
		return r.between(e, not)
	case *sqlparser.IsExpr:
		return r.is(e, not)
	case *sqlparser.ColName:
		attribute, err := r.attribute(e)
		if err != nil {
			return nil, err
		}
		return nil, r.faultHere("%s is compared with nothing, such as in %s = %s", attribute.Name, attribute.Name, example(attribute))
	}
	return nil, r.faultHere("a condition is ATTRIBUTE OPERATOR VALUE, joined by AND, OR and NOT; this is another expression")
}

// both joins two parts: with OR if either, and with NOT both parts and the joint change.
func (r *reader) both(left, right sqlparser.Expr, either, not bool) (Expr, error) {
	a, err := r.expression(left, not)
	if err != nil {
		return nil, err
	}
	b, err := r.expression(right, not)
	if err != nil {
		return nil, err
	}
	if either {
		return or(a, b), nil
	}
	return and(a, b), nil
}

func condition(attribute Attribute, operator Operator, not bool, values ...any) Expr {
	if not {
		operator = operator.not()
	}
	return &Condition{Attribute: attribute, Operator: operator, Values: values}
}

var comparisons = map[string]Operator{
	sqlparser.EqualStr: Equal, sqlparser.NotEqualStr: NotEqual,
	sqlparser.LessThanStr: Less, sqlparser.LessEqualStr: LessEqual,
	sqlparser.GreaterThanStr: Greater, sqlparser.GreaterEqualStr: GreaterEqual,
	sqlparser.InStr: In, sqlparser.NotInStr: NotIn,
	sqlparser.StartsWithStr: StartsWith, sqlparser.NotStartsWithStr: NotStartsWith,
}

func (r *reader) comparison(e *sqlparser.ComparisonExpr, not bool) (Expr, error) {
	attribute, err := r.attribute(e.Left)
	if err != nil {
		return nil, err
	}
	operator, known := comparisons[e.Operator]
	if !known || !takes(attribute, operator) {
		return nil, r.faultHere("%s is of type %s, which has no operator %s; %s", attribute.Name, attribute.Type, e.Operator, operatorsOf(attribute))
	}
	r.pass()
	if operator == In || operator == NotIn {
		values, err := r.tuple(attribute, e.Right)
		return condition(attribute, operator, not, values...), err
	}
	value, err := r.value(attribute, e.Right)
	return condition(attribute, operator, not, value), err
}

func (r *reader) between(e *sqlparser.RangeCond, not bool) (Expr, error) {
	attribute, err := r.attribute(e.Left)
	if err != nil {
		return nil, err
	}
	if !takes(attribute, Between) {
		return nil, r.faultHere("%s is of type %s, which has no operator between; %s", attribute.Name, attribute.Type, operatorsOf(attribute))
	}
	r.pass()
	from, err := r.value(attribute, e.From)
	if err != nil {
		return nil, err
	}
	to, err := r.value(attribute, e.To)
	return condition(attribute, Between, not != (e.Operator == sqlparser.NotBetweenStr), from, to), err
}

func (r *reader) is(e *sqlparser.IsExpr, not bool) (Expr, error) {
	attribute, err := r.attribute(e.Expr)
	if err != nil {
		return nil, err
	}
	if e.Operator != sqlparser.IsNullStr && e.Operator != sqlparser.IsNotNullStr {
		return nil, r.faultHere("IS takes NULL or NOT NULL; a value is compared by =")
	}
	r.pass()
	return condition(attribute, Absent, not != (e.Operator == sqlparser.IsNotNullStr)), nil
}

// takes tells which operators an attribute has.
func takes(attribute Attribute, operator Operator) bool {
	switch attribute.Type {
	case enumspb.INDEXED_VALUE_TYPE_TEXT:
		return operator <= NotEqual
	case enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST:
		return operator <= NotEqual || operator == In || operator == NotIn
	case enumspb.INDEXED_VALUE_TYPE_BOOL:
		return operator <= NotIn
	case enumspb.INDEXED_VALUE_TYPE_KEYWORD:
		return operator < StartsWith || attribute.Name != executionStatus
	}
	return operator < StartsWith
}

func operatorsOf(attribute Attribute) string {
	switch attribute.Type {
	case enumspb.INDEXED_VALUE_TYPE_TEXT:
		return "it has = (one of these words is in it), != and IS NULL"
	case enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST:
		return "it has = (this is in it), !=, IN, NOT IN and IS NULL"
	case enumspb.INDEXED_VALUE_TYPE_BOOL:
		return "it has =, !=, <, <=, >, >=, IN, NOT IN and IS NULL"
	case enumspb.INDEXED_VALUE_TYPE_KEYWORD:
		if attribute.Name != executionStatus {
			return "it has =, !=, <, <=, >, >=, IN, BETWEEN, STARTS_WITH, each with NOT, and IS NULL"
		}
	}
	return "it has =, !=, <, <=, >, >=, IN, BETWEEN, each with NOT, and IS NULL"
}
