package main

import (
	"context"
	"errors"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"
)

// asked answers the query "state" with what it has received so far.
func asked(ctx workflow.Context) (string, error) {
	state := "waiting"
	if err := workflow.SetQueryHandler(ctx, "state", func(prefix string) (string, error) { return prefix + state, nil }); err != nil {
		return "", err
	}
	if err := workflow.SetQueryHandler(ctx, "broken", func() (string, error) { return "", errors.New("handler failed") }); err != nil {
		return "", err
	}
	state = receive(ctx, "go")
	return state, nil
}

// ask queries the latest run and records the answer.
func (e *Env) ask(ctx context.Context, note, id, query string, args ...any) {
	var out any
	v, err := e.QueryWorkflow(ctx, id, "", query, args...)
	if err == nil {
		err = v.Get(&out)
	}
	e.NoteOutcome(note, out, err)
}

var queryScenarios = []Scenario{
	{Name: "query-open", Family: "query", Doc: "Queries to a running workflow leave no trace in its history.", Run: func(ctx context.Context, e *Env) error {
		e.Work(defs{"Asked": asked}, nil)
		run := e.Start(ctx, "wf", "Asked")
		e.Idle(ctx, run.GetID(), 1)
		e.ask(ctx, "before", run.GetID(), "state", "is ")
		e.Signal(ctx, run.GetID(), "go", "done")
		e.NoteResult(ctx, "result", run)
		e.Finish(ctx, run)
		return nil
	}},
	{Name: "query-closed", Family: "query", Doc: "A query to a completed workflow.", Run: func(ctx context.Context, e *Env) error {
		run := e.Start(ctx, "wf", "Asked")
		e.Signal(ctx, run.GetID(), "go", "done") // before a worker can be the faster one
		e.Work(defs{"Asked": asked}, nil)
		e.Closed(ctx, run.GetID())
		e.ask(ctx, "after", run.GetID(), "state", "is ")
		e.Finish(ctx, run)
		return nil
	}},

	{Name: "query-unknown-workflow", Family: "query", Doc: "A query to a workflow that never was.", Run: func(ctx context.Context, e *Env) error {
		e.ask(ctx, "missing", e.ID("unknown"), "state", "")
		return nil
	}},
	{Name: "query-rejected", Family: "query", Doc: "A query with a reject condition, to an open and to a closed workflow.", Run: func(ctx context.Context, e *Env) error {
		e.Work(defs{"Asked": asked}, nil)
		run := e.Start(ctx, "wf", "Asked")
		e.Idle(ctx, run.GetID(), 1)
		reject := func(note string) {
			resp, err := e.QueryWorkflowWithOptions(ctx, &client.QueryWorkflowWithOptionsRequest{
				WorkflowID: run.GetID(), QueryType: "state", Args: []any{"is "},
				QueryRejectCondition: enumspb.QUERY_REJECT_CONDITION_NOT_OPEN,
			})
			e.check(err, "query")
			if resp.QueryRejected != nil {
				e.NoteProto(note, resp.QueryRejected)
				return
			}
			var out string
			e.NoteOutcome(note, &out, resp.QueryResult.Get(&out))
		}
		reject("open")
		e.Signal(ctx, run.GetID(), "go", "done")
		e.Closed(ctx, run.GetID())
		reject("closed")
		e.Finish(ctx, run)
		return nil
	}},
	{Name: "query-during-activity", Family: "query", Doc: "A query while an activity runs.", Run: func(ctx context.Context, e *Env) error {
		e.Work(defs{"Asked": func(ctx workflow.Context) (string, error) {
			state := "in activity"
			if err := workflow.SetQueryHandler(ctx, "state", func() (string, error) { return state, nil }); err != nil {
				return "", err
			}
			var out string
			err := workflow.ExecuteActivity(withActivity(ctx, 1), "Act", "one").Get(ctx, &out)
			state = "after activity"
			return out, err
		}}, defs{"Act": func(context.Context, string) (string, error) {
			e.Gate("act").Pass()
			return "done", nil
		}})
		run := e.Start(ctx, "wf", "Asked")
		e.Reached(ctx, "act")
		e.Idle(ctx, run.GetID(), 1)
		e.ask(ctx, "during", run.GetID(), "state")
		e.Gate("act").Open()
		e.NoteResult(ctx, "result", run)
		e.ask(ctx, "after", run.GetID(), "state")
		e.Finish(ctx, run)
		return nil
	}},
}
