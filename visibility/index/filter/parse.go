package filter

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/temporalio/sqlparser"
	enumspb "go.temporal.io/api/enums/v1"
)

// The bounds of one filter. More than this many values are no filter any more, and SQLite has an end, too: of columns, and of how
// deep the place is nested where a page begins.
const (
	maxBytes  = 64 << 10
	maxValues = 10_000
	maxTerms  = 32 // of ORDER BY and of GROUP BY
)

// division is the attribute of executions that are the service's own. They are hidden from who does not name it.
const division = "TemporalNamespaceDivision"

// onlyClauses tells a filter that has no condition.
var onlyClauses = regexp.MustCompile(`(?i)^\s*(order|group)\s+by\b`)

// reader reads one filter, from left to right: the attributes and values of its tree are met in the order of the text, so
// that each can be found there.
type reader struct {
	places
	names  names
	now    time.Time
	values int
	// division tells that the filter names the attribute.
	division bool
}

// Parse reads a filter of a namespace with these custom search attributes; relative times are counted from now. Errors are
// serviceerror.InvalidArgument.
func Parse(text string, custom map[string]enumspb.IndexedValueType, now time.Time) (*Filter, error) {
	if len(text) > maxBytes {
		return nil, invalid(fmt.Sprintf("it has %d bytes, and may have %d", len(text), maxBytes))
	}
	r := &reader{places: places{text: text}, names: names{custom}, now: now}
	if err := r.scan(); err != nil {
		return nil, err
	}
	filter := &Filter{}
	if len(r.tokens) > 0 {
		statement, err := r.parse()
		if err != nil {
			return nil, err
		}
		if filter, err = r.clauses(statement); err != nil {
			return nil, err
		}
	}
	if !r.division {
		filter.Where = visible(filter.Where)
	}
	return filter, nil
}

func visible(where Expr) Expr {
	hidden := &Condition{Attribute: Attribute{Name: division, Type: enumspb.INDEXED_VALUE_TYPE_KEYWORD}, Operator: Absent}
	if where == nil {
		return hidden
	}
	return and(where, hidden)
}

// parse has the text read as the end of a SELECT.
func (r *reader) parse() (*sqlparser.Select, error) {
	prefix := "select * from t where "
	if onlyClauses.MatchString(r.text) {
		prefix = "select * from t "
	}
	parsed, err := parseSQL(prefix + r.text)
	if err != nil {
		return nil, r.syntax(err, len(prefix))
	}
	statement, is := parsed.(*sqlparser.Select)
	if !is {
		return nil, invalid("it is to be one condition, with ORDER BY or GROUP BY behind it")
	}
	return statement, nil
}

// parseSQL makes an error of a panic: the parser is another's, and the text is anybody's.
func parseSQL(sql string) (statement sqlparser.Statement, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("the parser failed: %v", fault)
		}
	}()
	return sqlparser.Parse(sql)
}

var parserPosition = regexp.MustCompile(`^syntax error at position (\d+)( near )?`)

// syntax says where the parser stopped. It counts bytes up to the one behind the word that it did not expect, and tells that word
// unless it is the end or a sign.
func (r *reader) syntax(err error, prefix int) error {
	match := parserPosition.FindStringSubmatch(err.Error())
	switch {
	case strings.HasPrefix(err.Error(), "max "):
		return invalid("its conditions and brackets are too many within each other; several values of one attribute are asked for by IN")
	case match == nil:
		return invalid(err.Error())
	}
	last := r.tokens[len(r.tokens)-1]
	stopped, _ := strconv.Atoi(match[1])
	stopped -= prefix + 1
	if bracket, open := r.unclosed(); open && stopped >= last.end && endsCondition(last) {
		return r.fault(bracket, "this ( is not closed")
	}
	if match[2] == "" && stopped >= last.end && (r.text[last.start:last.end] != ")" || strings.TrimSpace(r.text[last.end:]) != "") {
		return r.fault(last, "it ends too early; a comparison is ATTRIBUTE OPERATOR VALUE, such as WorkflowType = 'order'")
	}
	for i, token := range r.tokens {
		if token.end < stopped {
			continue
		}
		last = token
		if i > 0 && token.kind == '=' && r.tokens[i-1].kind == '=' {
			return r.fault(r.tokens[i-1], "use one =, such as WorkflowType = 'order'")
		}
		break
	}
	if word := r.text[last.start:last.end]; last.kind != sqlparser.ID && r.names.custom[word] != 0 {
		return r.fault(last, "this is also a word of SQL; as the name of an attribute it stands in backticks: `%s`", word)
	}
	return r.fault(last, "this was not expected here")
}

// limited says where else it is said how many are wanted.
func (r *reader) limited() error {
	for r.tokens[r.here].kind != sqlparser.LIMIT && r.here < len(r.tokens)-1 {
		r.here++
	}
	return r.faultHere("a filter has no LIMIT: use --limit of the command line, or the page size of the request")
}

func (r *reader) clauses(s *sqlparser.Select) (*Filter, error) {
	if s.Limit != nil {
		return nil, r.limited()
	}
	if len(s.From) != 1 || s.Having != nil || s.Lock != "" {
		return nil, invalid("only ORDER BY or GROUP BY can follow the condition")
	}
	if len(s.GroupBy) > maxTerms || len(s.OrderBy) > maxTerms {
		return nil, invalid(fmt.Sprintf("ORDER BY and GROUP BY take at most %d attributes", maxTerms))
	}
	filter := &Filter{}
	var err error
	if s.Where != nil {
		if filter.Where, err = r.expression(s.Where.Expr, false); err != nil {
			return nil, err
		}
	}
	for _, expr := range s.GroupBy {
		attribute, err := r.groupBy(expr)
		if err != nil {
			return nil, err
		}
		filter.GroupBy = append(filter.GroupBy, attribute)
	}
	for _, order := range s.OrderBy {
		attribute, err := r.orderBy(order.Expr)
		if err != nil {
			return nil, err
		}
		filter.OrderBy = append(filter.OrderBy, Order{attribute, strings.EqualFold(order.Direction, sqlparser.DescScr)})
	}
	return filter, nil
}

func (r *reader) groupBy(expr sqlparser.Expr) (Attribute, error) {
	attribute, err := r.attribute(expr)
	if err != nil {
		return Attribute{}, err
	}
	switch attribute.Type {
	case enumspb.INDEXED_VALUE_TYPE_KEYWORD, enumspb.INDEXED_VALUE_TYPE_INT, enumspb.INDEXED_VALUE_TYPE_BOOL:
		return attribute, nil
	}
	return Attribute{}, r.faultHere("GROUP BY takes attributes of type Keyword, Int or Bool; %s is of type %s", attribute.Name, attribute.Type)
}

func (r *reader) orderBy(expr sqlparser.Expr) (Attribute, error) {
	attribute, err := r.attribute(expr)
	if err != nil {
		return Attribute{}, err
	}
	switch attribute.Type {
	case enumspb.INDEXED_VALUE_TYPE_TEXT, enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST:
		return Attribute{}, r.faultHere("ORDER BY takes attributes with one value that has an order; %s is of type %s", attribute.Name, attribute.Type)
	}
	return attribute, nil
}
