package filter

import (
	enumspb "go.temporal.io/api/enums/v1"
)

// Filter is what a list filter says.
type Filter struct {
	// Where is nil when everything matches. No NOT is left in it: it is pushed down into the conditions, which
	// three-valued logic allows. So a condition that is neither true nor false may be taken for false.
	Where   Expr
	GroupBy []Attribute
	OrderBy []Order
}

// Attribute is a search attribute by the name and type it has in the namespace.
type Attribute struct {
	Name string
	Type enumspb.IndexedValueType
}

// Order is one term of ORDER BY. Executions without the attribute come last in both directions.
type Order struct {
	Attribute
	Descending bool
}

// Expr is And, Or or *Condition.
type Expr interface{ isExpr() }

// And holds where all of two or more hold.
type And []Expr

// Or holds where one of two or more holds.
type Or []Expr

// Condition is an attribute compared with values.
//
// Of an execution without the attribute no condition holds but Absent, and of a KeywordList or a Text NotEqual
// and NotIn.
type Condition struct {
	Attribute
	Operator Operator
	// Values are as many as the operator takes, of the type that the attribute's has in Go: string for Keyword, Text and what a
	// KeywordList contains, int64 or float64 for Int and Double, bool, and int64 Unix nanoseconds for Datetime.
	// ExecutionStatus has int64 numbers of the status.
	Values []any
}

func (And) isExpr()        {}
func (Or) isExpr()         {}
func (*Condition) isExpr() {}

// Operator compares an attribute with values.
type Operator int

// The operators. Of a KeywordList, Equal and In mean that it contains the value, or one of them; of a Text, Equal means that it
// has one of the value's words.
const (
	Equal         Operator = iota
	NotEqual               // one value, as those up to GreaterEqual
	Less                   //
	GreaterEqual           //
	Greater                //
	LessEqual              //
	In                     // one value or more
	NotIn                  //
	Between                // two values, both included
	NotBetween             //
	StartsWith             // one string
	NotStartsWith          //
	Absent                 // no value: IS NULL
	Present                //
)

// not is the operator that holds where this one does not, as long as the attribute is there. They stand in pairs.
func (o Operator) not() Operator { return o ^ 1 }

// and joins what all must hold, without nesting.
func and(left, right Expr) Expr {
	return append(flat[And](left), flat[And](right)...)
}

func or(left, right Expr) Expr {
	return append(flat[Or](left), flat[Or](right)...)
}

// flat are the parts of an And or Or of the kind asked for, or the expression as its only part.
func flat[Kind And | Or](e Expr) Kind {
	if parts, same := any(e).(Kind); same {
		return parts
	}
	return Kind{e}
}
