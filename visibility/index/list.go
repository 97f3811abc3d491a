package index

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"

	"github.com/perdure/perdure/visibility/index/filter"
)

// List tells one page of the executions that a filter matches. Executions that do not change between its pages are in
// exactly one of them. A filter or token that is wrong is InvalidArgument.
func (s *Store) List(ctx context.Context, query Query) (Page, error) {
	query.Now = present(query.Now)
	keys, err := decodeToken(&query)
	if err != nil {
		return Page{}, err
	}
	parsed, err := filter.Parse(query.Filter, query.Attributes, query.Now)
	if err != nil {
		return Page{}, err
	}
	if len(parsed.GroupBy) > 0 {
		return Page{}, serviceerror.NewInvalidArgument("invalid filter: GROUP BY is for counting; a list has no groups")
	}
	size := query.PageSize
	if size <= 0 || size > MaxPageSize {
		size = MaxPageSize
	}
	driver, err := s.drive(ctx, parsed.Where, len(parsed.OrderBy) == 0, size)
	if err != nil {
		return Page{}, fmt.Errorf("look into the index: %w", s.judge(err))
	}
	c := &compiler{columns: &s.columns, driver: driver}
	terms := c.terms(parsed.OrderBy)
	if len(keys) > 0 && len(keys) != len(terms) {
		return Page{}, serviceerror.NewInvalidArgument("the page token does not fit the list any more: begin again without it")
	}
	page, err := s.page(ctx, c, parsed.Where, terms, keys, size, query)
	if err != nil {
		return Page{}, fmt.Errorf("list from the index: %w", s.judge(err))
	}
	return page, nil
}

// page reads a page, and whether there is another.
func (s *Store) page(ctx context.Context, c *compiler, where filter.Expr, terms []term, keys []any, size int, query Query) (Page, error) {
	text := "SELECT " + strings.Join(rowColumns, ", ")
	for _, t := range terms {
		text += ", " + t.sql
	}
	text += " FROM " + c.runs(terms) + " WHERE " + c.where(where)
	if len(keys) > 0 {
		text += " AND " + c.from(terms[0], keys[0]) + " AND " + c.after(terms, keys)
	}
	text += " ORDER BY " + c.orderBy(terms) + " LIMIT ?"
	rows, err := s.file.reader.QueryContext(ctx, text, append(c.args, size+1)...)
	if err != nil {
		return Page{}, err
	}
	defer func() { _ = rows.Close() }()
	return readPage(rows, len(terms), size, query)
}

func readPage(rows *sql.Rows, terms, size int, query Query) (Page, error) {
	var page Page
	last := make([]any, terms)
	for rows.Next() {
		if len(page.Executions) == size {
			next, err := encodeToken(query, last)
			page.Next = next
			return page, err
		}
		info, err := readInfo(rows, last, query)
		if err != nil {
			return Page{}, err
		}
		page.Executions = append(page.Executions, info)
	}
	return page, rows.Err()
}

// readInfo reads a row, and its values in the order of the list.
func readInfo(rows *sql.Rows, keys []any, query Query) (*workflowpb.WorkflowExecutionInfo, error) {
	var row infoRow
	targets := row.targets()
	for i := range keys {
		targets = append(targets, &keys[i])
	}
	if err := rows.Scan(targets...); err != nil {
		return nil, err
	}
	return row.info(query.Attributes)
}
