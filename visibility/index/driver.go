package index

import (
	"context"
	"math"

	"github.com/perdure/perdure/visibility/index/filter"
)

// The bounds of how many of a condition's runs are counted to find out whether its index is the best way.
const (
	fewRuns  = 1_000
	manyRuns = 50_000
)

// drive chooses the condition whose index finds the runs, or nil when all are best looked through.
//
// An index that finds n runs costs n looks and a sort. Looking through N runs in order finds a page of p among them
// after p·N/n, if they are evenly spread: the index is better as long as n < √(p·N). An index that has the order behind
// it is never worse than looking through all.
func (s *Store) drive(ctx context.Context, where filter.Expr, inOrder bool, page int) (*filter.Condition, error) {
	candidates := s.candidates(where)
	if len(candidates) == 0 {
		return nil, nil
	}
	var best *filter.Condition
	for _, candidate := range candidates {
		if inOrder && candidate.Operator == filter.Equal && s.columns.source(candidate.Attribute).listed {
			best = candidate
			break
		}
	}
	if best != nil && len(candidates) == 1 {
		return best, nil
	}
	limit, err := s.worth(ctx, inOrder, page)
	for _, candidate := range candidates {
		var count int
		if err == nil {
			count, err = s.countUpTo(ctx, candidate, limit)
		}
		if err != nil {
			return nil, err
		}
		if count < limit {
			best, limit = candidate, count
		}
	}
	return best, nil
}

// worth is how many runs an index may find and be better than looking through all.
func (s *Store) worth(ctx context.Context, inOrder bool, page int) (int, error) {
	var runs float64
	err := s.file.reader.QueryRowContext(ctx, `SELECT coalesce((SELECT max(id) FROM runs) - (SELECT min(id) FROM runs), 0)`).Scan(&runs)
	if inOrder {
		runs = math.Sqrt(runs * float64(page))
	}
	return int(min(max(runs, float64(s.few)), manyRuns)), err
}

// candidates are the conditions that must hold and have an index.
func (s *Store) candidates(where filter.Expr) []*filter.Condition {
	parts, several := where.(filter.And)
	if !several {
		parts = filter.And{where}
	}
	var found []*filter.Condition
	for _, part := range parts {
		if condition, is := part.(*filter.Condition); is && s.hasIndex(condition) {
			found = append(found, condition)
		}
	}
	return found
}

func (s *Store) hasIndex(condition *filter.Condition) bool {
	if condition.Name == rootWorkflowID {
		return condition.Operator == filter.Equal || condition.Operator == filter.In
	}
	if s.columns.source(condition.Attribute).index == "" {
		return false
	}
	switch condition.Operator {
	case filter.NotEqual, filter.NotIn, filter.NotBetween, filter.NotStartsWith, filter.Absent, filter.Present:
		return false
	default:
		return true
	}
}

func (s *Store) countUpTo(ctx context.Context, condition *filter.Condition, limit int) (count int, err error) {
	c := &compiler{columns: &s.columns, driver: condition}
	text := `SELECT count(*) FROM (SELECT 1 FROM runs WHERE ` + c.condition(condition) + ` LIMIT ?)`
	err = s.file.reader.QueryRowContext(ctx, text, append(c.args, limit)...).Scan(&count)
	return count, err
}
