package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/internal/render"
)

// filterHelp tells what --query takes.
const filterHelp = `Filters compare attributes with =, !=, <, <=, >, >=, BETWEEN, IN, STARTS_WITH and IS NULL, joined by AND, OR, NOT and
parentheses. Every workflow has WorkflowId, RunId, WorkflowType, ExecutionStatus, TaskQueue, StartTime, ExecutionTime,
CloseTime, ExecutionDuration, HistoryLength, HistorySizeBytes, StateTransitionCount, and the ids of its parent and root;
search attributes have the names that they were added by. A time may be relative: '-1h' is an hour ago.`

type workflowList struct {
	query  string
	limit  int
	fields []string
}

func newWorkflowList(g *global) *cobra.Command {
	var o workflowList
	c := &cobra.Command{
		Use:   "list",
		Short: "List workflows, by a filter",
		Long: `List workflows, the latest first, page by page as they come.

` + filterHelp + `

A list has whatever the server had acknowledged when it was asked; if its index is behind, a warning says by how much.
--fields chooses the columns of the text: attributes, Memo and SearchAttributes. With --output jsonl each workflow is a line.`,
		Example: `  perdure workflow list
  perdure workflow list --query "ExecutionStatus = 'Failed' AND StartTime > '-1h'" --limit 20
  perdure workflow list -q "WorkflowType = 'Checkout' ORDER BY CloseTime DESC" --fields WorkflowId,RunId,CloseTime
  perdure workflow list -q "Customer = 'acme'" --output jsonl | jq -r .execution.workflowId`,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.limit < 0 {
				return usagef("--limit %d: use a positive number, or 0 for all", o.limit)
			}
			if len(o.fields) == 0 {
				return usagef("--fields is empty: name the columns, such as WorkflowId,StartTime")
			}
			if c.Flags().Changed("fields") && g.Output != outputText {
				return usagef("--fields chooses the columns of text, and --output is %s: leave one out", g.Output)
			}
			if err := g.knowFields(c.Context(), o.fields); err != nil {
				return err
			}
			return g.connected(c.Context(), func(ctx context.Context, s *session) error { return s.listWorkflows(ctx, &o) })
		},
	}
	c.Flags().StringVarP(&o.query, "query", "q", "", "filter (default all workflows)")
	c.Flags().IntVar(&o.limit, "limit", 0, "show so many at most; 0 shows all")
	c.Flags().StringSliceVar(&o.fields, "fields", []string{"ExecutionStatus", "WorkflowId", "WorkflowType", "StartTime", "CloseTime"}, "columns, separated by commas")
	return c
}

// listPage is how many workflows are asked for at a time: the first are shown soon, and columns keep their place.
const listPage = 200

func (s *session) listWorkflows(ctx context.Context, o *workflowList) error {
	writer := s.workflowWriter(o)
	request := &workflowservice.ListWorkflowExecutionsRequest{Namespace: s.Namespace, Query: o.query}
	for shown := 0; ; {
		request.PageSize = listPage
		if o.limit > 0 {
			request.PageSize = int32(min(listPage, o.limit-shown))
		}
		page := &workflowservice.ListWorkflowExecutionsResponse{}
		err := s.call(ctx, "ListWorkflowExecutions", request, page)
		if err == nil {
			err = writer.page(page.GetExecutions())
		}
		shown += len(page.GetExecutions())
		request.NextPageToken = page.GetNextPageToken()
		if err != nil || len(request.NextPageToken) == 0 || o.limit > 0 && shown >= o.limit {
			if endErr := writer.end(err != nil); err == nil {
				err = endErr
			}
			return err
		}
	}
}

// workflowWriter writes pages of a list as they come.
type workflowWriter interface {
	page(workflows []*workflowpb.WorkflowExecutionInfo) error
	// end ends what was begun even when the list has failed, so that JSON stays JSON.
	end(failed bool) error
}

func (s *session) workflowWriter(o *workflowList) workflowWriter {
	switch s.Output {
	case outputJSON:
		return &jsonWorkflows{g: s.global}
	case outputLines:
		return linesWorkflows{s.global}
	}
	return &textWorkflows{g: s.global, list: render.Workflows{Fields: o.fields}}
}

type textWorkflows struct {
	g    *global
	list render.Workflows
}

func (w *textWorkflows) page(workflows []*workflowpb.WorkflowExecutionInfo) error {
	return w.g.lines(w.list.Page(workflows, width(w.g.io.out))...)
}

func (w *textWorkflows) end(bool) error { return nil }

type linesWorkflows struct{ g *global }

func (w linesWorkflows) page(workflows []*workflowpb.WorkflowExecutionInfo) error {
	for _, one := range workflows {
		encoded, err := encode(one)
		if err != nil {
			return err
		}
		if err := w.g.json(encoded); err != nil {
			return err
		}
	}
	return nil
}

func (w linesWorkflows) end(bool) error { return nil }

// jsonWorkflows writes {"executions": [...]} piece by piece.
type jsonWorkflows struct {
	g     *global
	begun bool
}

func (w *jsonWorkflows) page(workflows []*workflowpb.WorkflowExecutionInfo) error {
	for _, one := range workflows {
		encoded, err := encode(one)
		if err != nil {
			return err
		}
		compact, err := compactJSON(encoded)
		if err != nil {
			return err
		}
		separator := ",\n"
		if !w.begun {
			w.begun = true
			separator = "{\"executions\": [\n"
		}
		if _, err := fmt.Fprintf(w.g.io.out, "%s  %s", separator, compact); err != nil {
			return err
		}
	}
	return nil
}

func (w *jsonWorkflows) end(failed bool) error {
	switch {
	case w.begun:
		return w.g.lines("\n]}")
	case failed: // the error is all there is to say, and not that there is no workflow
		return nil
	}
	return w.g.lines(`{"executions": []}`)
}
