package main

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"
	querypb "go.temporal.io/api/query/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/perdure/perdure/internal/render"
)

// Queries that the SDKs answer by themselves.
const (
	stackQuery         = "__stack_trace"
	enhancedStackQuery = "__enhanced_stack_trace"
	metadataQuery      = "__temporal_workflow_metadata"
)

func newWorkflowStack(g *global) *cobra.Command {
	var e execution
	var places bool
	c := &cobra.Command{
		Use:   "stack",
		Short: "Show where a workflow's code waits; a worker of its task queue answers",
		Long: `Show where each coroutine of an open workflow is, and what it waits for. A worker of its task queue answers, after it
has replayed the workflow where it has not got it in its memory. --places has files, lines and functions as data; not every SDK knows that.`,
		Example: `  perdure workflow stack --workflow-id order-1
  perdure workflow stack --workflow-id order-1 --places --output json`,
		RunE: func(c *cobra.Command, _ []string) error {
			return g.connected(c.Context(), func(ctx context.Context, s *session) error {
				if places {
					return s.showPlaces(ctx, &e)
				}
				return s.showStack(ctx, &e)
			})
		},
	}
	e.register(c.Flags())
	c.Flags().BoolVar(&places, "places", false, "ask for places in files")
	needs(c, "workflow-id")
	return c
}

func newWorkflowMetadata(g *global) *cobra.Command {
	var e execution
	c := &cobra.Command{
		Use:     "metadata",
		Short:   "Show what a workflow says of itself, and what can be asked of it",
		Example: `  perdure workflow metadata --workflow-id order-1`,
		RunE: func(c *cobra.Command, _ []string) error {
			return g.connected(c.Context(), func(ctx context.Context, s *session) error {
				metadata := &sdkpb.WorkflowMetadata{}
				if err := s.askSDK(ctx, &e, metadataQuery, func(data []byte) error { return readJSON.Unmarshal(data, metadata) }); err != nil {
					return err
				}
				return s.show(metadata, func(width int) []string { return render.Metadata(metadata, width) })
			})
		},
	}
	e.register(c.Flags())
	needs(c, "workflow-id")
	return c
}

func (s *session) showStack(ctx context.Context, e *execution) error {
	var stack string
	if err := s.askSDK(ctx, e, stackQuery, func(data []byte) error { return json.Unmarshal(data, &stack) }); err != nil {
		return err
	}
	return s.show(map[string]string{"stack": stack}, func(int) []string {
		if stack == "" {
			return []string{"No code of the workflow runs: it has ended."}
		}
		return render.TextLines(stack)
	})
}

func (s *session) showPlaces(ctx context.Context, e *execution) error {
	trace := &sdkpb.EnhancedStackTrace{}
	if err := s.askSDK(ctx, e, enhancedStackQuery, func(data []byte) error { return readJSON.Unmarshal(data, trace) }); err != nil {
		return err
	}
	return s.show(trace, func(int) []string { return render.Places(trace) })
}

// readJSON reads what a newer SDK may say more of.
var readJSON = protojson.UnmarshalOptions{DiscardUnknown: true}

// askSDK asks a query whose answer is JSON.
func (s *session) askSDK(ctx context.Context, e *execution, name string, read func(data []byte) error) error {
	reply, err := s.ask(ctx, &workflowservice.QueryWorkflowRequest{
		Namespace: s.Namespace, Execution: e.proto(), Query: &querypb.WorkflowQuery{QueryType: name},
	})
	if err != nil {
		return err
	}
	payloads := reply.GetQueryResult().GetPayloads()
	if len(payloads) != 1 {
		return serviceerror.NewInternalf("the worker answered %s with %d values", name, len(payloads))
	}
	if err := read(payloads[0].GetData()); err != nil {
		return serviceerror.NewInternalf("the worker's answer to %s cannot be read: %v: it may be encoded by a codec of its own", name, err)
	}
	return nil
}
