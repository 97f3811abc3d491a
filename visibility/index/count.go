package index

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/visibility/index/filter"
)

// maxGroups is how many groups are told.
const maxGroups = 1000

// Count counts the executions that a filter matches, in groups if it says GROUP BY. A filter that is wrong, or makes more than
// 1,000 groups, is InvalidArgument. Its ORDER BY has no effect.
func (s *Store) Count(ctx context.Context, query Query) (Counts, error) {
	parsed, err := filter.Parse(query.Filter, query.Attributes, present(query.Now))
	if err != nil {
		return Counts{}, err
	}
	counts, err := s.count(ctx, parsed)
	if err != nil {
		return Counts{}, fmt.Errorf("count in the index: %w", s.judge(err))
	}
	if len(counts.Groups) > maxGroups {
		return Counts{}, serviceerror.NewInvalidArgumentf("invalid filter: it makes more than %d groups; group by an attribute with fewer values, or add conditions", maxGroups)
	}
	return counts, nil
}

func (s *Store) count(ctx context.Context, parsed *filter.Filter) (Counts, error) {
	driver, err := s.drive(ctx, parsed.Where, false, 0)
	if err != nil {
		return Counts{}, err
	}
	c := &compiler{columns: &s.columns, driver: driver, free: driver == nil}
	where := c.where(parsed.Where)
	if len(parsed.GroupBy) == 0 {
		var counts Counts
		err := s.file.reader.QueryRowContext(ctx, "SELECT count(*) FROM runs WHERE "+where, c.args...).Scan(&counts.Total)
		return counts, err
	}
	values, places := make([]string, len(parsed.GroupBy)), make([]string, len(parsed.GroupBy))
	for i, attribute := range parsed.GroupBy {
		values[i], places[i] = s.columns.source(attribute).sql, fmt.Sprint(i+1)
	}
	text := fmt.Sprintf("SELECT %s, count(*) AS executions FROM runs WHERE %s GROUP BY %s ORDER BY executions DESC, %s LIMIT %d",
		strings.Join(values, ", "), where, strings.Join(places, ", "), strings.Join(places, ", "), maxGroups+1)
	rows, err := s.file.reader.QueryContext(ctx, text, c.args...)
	if err != nil {
		return Counts{}, err
	}
	defer func() { _ = rows.Close() }()
	return readGroups(rows, parsed.GroupBy)
}

func readGroups(rows *sql.Rows, attributes []filter.Attribute) (Counts, error) {
	var counts Counts
	values := make([]any, len(attributes))
	var group Group
	targets := make([]any, 0, len(attributes)+1)
	for i := range values {
		targets = append(targets, &values[i])
	}
	targets = append(targets, &group.Count)
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return Counts{}, err
		}
		group.Values = make([]*commonpb.Payload, len(attributes))
		for i, attribute := range attributes {
			payload, err := groupValue(attribute, values[i])
			if err != nil {
				return Counts{}, err
			}
			group.Values[i] = payload
		}
		counts.Groups = append(counts.Groups, group)
		counts.Total += group.Count
	}
	return counts, rows.Err()
}

// groupValue is a value as its column has it, in a payload; for none there is no data.
func groupValue(attribute filter.Attribute, value any) (*commonpb.Payload, error) {
	metadata := map[string][]byte{metadataType: []byte(attribute.Type.String()), "encoding": []byte("json/plain")}
	number, isNumber := value.(int64)
	switch {
	case value == nil:
		metadata["encoding"] = []byte("binary/null")
		return &commonpb.Payload{Metadata: metadata}, nil
	case attribute.Name == "ExecutionStatus" && isNumber:
		value = enumspb.WorkflowExecutionStatus(number).String()
	case attribute.Type == enumspb.INDEXED_VALUE_TYPE_BOOL && isNumber:
		value = number != 0
	}
	data, err := json.Marshal(value)
	return &commonpb.Payload{Metadata: metadata, Data: data}, err
}
