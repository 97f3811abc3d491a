package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/internal/render"
)

type workflowShow struct {
	execution
	follow bool
}

func newWorkflowShow(g *global) *cobra.Command {
	var o workflowShow
	c := &cobra.Command{
		Use:   "show",
		Short: "Show a workflow's events",
		Long: `Show a workflow's events, one line each: id, time, time since the start, type, and what tells most.
With --follow, events are shown as they happen, of this run and of those that follow it.
With --output json the history is in the API's JSON form, for replayers and other tools; with jsonl it is
one event per line.`,
		Example: `  perdure workflow show --workflow-id order-1 --follow
  perdure workflow show --workflow-id order-1 --output json > order-1.json`,
		RunE: func(c *cobra.Command, _ []string) error {
			return g.connected(c.Context(), func(ctx context.Context, s *session) error { return s.showHistory(ctx, &o) })
		},
	}
	o.register(c.Flags())
	c.Flags().BoolVarP(&o.follow, "follow", "f", false, "go on with events as they come, until the workflow closes")
	needs(c, "workflow-id")
	return c
}

func (s *session) showHistory(ctx context.Context, o *workflowShow) error {
	description, err := s.describe(ctx, &o.execution)
	if err != nil {
		return err
	}
	info := description.GetWorkflowExecutionInfo()
	writer := s.historyWriter(info)
	if o.follow {
		err = s.follow(ctx, o.workflowID, info.GetExecution().GetRunId(), writer.event)
	} else {
		err = s.history(ctx, info.GetExecution(), writer.event)
	}
	// What was begun is ended even when it was interrupted, so that JSON stays JSON.
	if endErr := writer.end(); err == nil {
		err = endErr
	}
	return err
}

// history hands on the events that a run has now.
func (s *session) history(ctx context.Context, execution *commonpb.WorkflowExecution, emit func(run string, e *historypb.HistoryEvent) error) error {
	request := &workflowservice.GetWorkflowExecutionHistoryRequest{Namespace: s.Namespace, Execution: execution}
	for {
		reply := &workflowservice.GetWorkflowExecutionHistoryResponse{}
		if err := s.call(ctx, "GetWorkflowExecutionHistory", request, reply); err != nil {
			return err
		}
		for _, e := range reply.GetHistory().GetEvents() {
			if err := emit(execution.GetRunId(), e); err != nil {
				return err
			}
		}
		if request.NextPageToken = reply.GetNextPageToken(); len(request.NextPageToken) == 0 {
			return nil
		}
	}
}

// historyWriter writes events as they are handed over.
type historyWriter interface {
	event(run string, e *historypb.HistoryEvent) error
	end() error
}

func (s *session) historyWriter(info *workflowpb.WorkflowExecutionInfo) historyWriter {
	switch s.Output {
	case outputJSON:
		return &jsonHistory{g: s.global}
	case outputLines:
		return linesHistory{s.global}
	}
	return &textHistory{g: s.global, id: info.GetExecution().GetWorkflowId(), lines: render.Events{Width: width(s.io.out)}}
}

type textHistory struct {
	g       *global
	id, run string
	lines   render.Events
}

func (h *textHistory) event(run string, e *historypb.HistoryEvent) error {
	if run != h.run {
		h.run = run
		title := fmt.Sprintf("%s, run %s, %s", render.OneLine(h.id), run, e.GetEventTime().AsTime().Local().Format("2006-01-02 MST"))
		if err := h.g.lines(title); err != nil {
			return err
		}
	}
	return h.g.lines(h.lines.Line(e))
}

func (h *textHistory) end() error { return nil }

type linesHistory struct{ g *global }

func (h linesHistory) event(_ string, e *historypb.HistoryEvent) error {
	encoded, err := encodeMessage(e, false)
	if err != nil {
		return err
	}
	return h.g.json(encoded)
}

func (h linesHistory) end() error { return nil }

// jsonHistory writes {"events": [...]} piece by piece. Payloads keep their long
// form, which is what replayers read.
type jsonHistory struct {
	g     *global
	begun bool
}

func (h *jsonHistory) event(_ string, e *historypb.HistoryEvent) error {
	encoded, err := encodeMessage(e, false)
	if err != nil {
		return err
	}
	var compact json.RawMessage
	if compact, err = compactJSON(encoded); err != nil {
		return err
	}
	separator := ",\n"
	if !h.begun {
		h.begun = true
		separator = "{\"events\": [\n"
	}
	_, err = fmt.Fprintf(h.g.io.out, "%s  %s", separator, compact)
	return err
}

func (h *jsonHistory) end() error {
	closing := "\n]}"
	if !h.begun {
		closing = `{"events": []}`
	}
	return h.g.lines(closing)
}
