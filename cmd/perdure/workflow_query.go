package main

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	querypb "go.temporal.io/api/query/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/internal/render"
)

type workflowQuery struct {
	execution
	name   string
	input  input
	reject *enum[enumspb.QueryRejectCondition]
}

func newWorkflowQuery(g *global) *cobra.Command {
	var o workflowQuery
	c := &cobra.Command{
		Use:   "query",
		Short: "Ask a workflow, open or closed; a worker of its task queue answers",
		Example: `  perdure workflow query --workflow-id order-1 --name status
  perdure workflow query --workflow-id order-1 --name items --input '{"shipped": true}'`,
		RunE: func(c *cobra.Command, _ []string) error {
			request, err := o.request(g)
			if err != nil {
				return err
			}
			return g.connected(c.Context(), func(ctx context.Context, s *session) error { return s.query(ctx, request) })
		},
	}
	o.registerAll(c.Flags())
	needs(c, "workflow-id", "name")
	return c
}

func (o *workflowQuery) registerAll(flags *pflag.FlagSet) {
	o.register(flags)
	flags.StringVar(&o.name, "name", "", "name of the query (also --type)")
	flags.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "type" {
			name = "name"
		}
		return pflag.NormalizedName(name)
	})
	o.input.register(flags)
	o.reject = enumFlag(flags, "reject-condition", "refuse to ask", "NotOpen, NotCompletedCleanly", enumspb.QueryRejectConditionFromString)
}

func (o *workflowQuery) request(g *global) (*workflowservice.QueryWorkflowRequest, error) {
	payloads, err := o.input.payloads(g.io.in)
	if err != nil {
		return nil, err
	}
	return &workflowservice.QueryWorkflowRequest{
		Namespace:            g.Namespace,
		Execution:            o.proto(),
		Query:                &querypb.WorkflowQuery{QueryType: o.name, QueryArgs: payloads},
		QueryRejectCondition: o.reject.value,
	}, nil
}

func (s *session) query(ctx context.Context, request *workflowservice.QueryWorkflowRequest) error {
	reply, err := s.ask(ctx, request)
	if err != nil {
		return err
	}
	answer := struct {
		Result json.RawMessage `json:"queryResult"`
	}{payloadsJSON(reply.GetQueryResult())}
	return s.show(answer, func(int) []string { return []string{render.Payloads(reply.GetQueryResult())} })
}

// ask is a query's answer.
func (s *session) ask(ctx context.Context, request *workflowservice.QueryWorkflowRequest) (*workflowservice.QueryWorkflowResponse, error) {
	reply := &workflowservice.QueryWorkflowResponse{}
	if err := s.call(ctx, "QueryWorkflow", request, reply); err != nil {
		return nil, err
	}
	if rejected := reply.GetQueryRejected(); rejected != nil {
		return nil, serviceerror.NewFailedPreconditionf("query %s was not asked: the workflow is %s: leave out --reject-condition to ask it all the same",
			request.GetQuery().GetQueryType(), rejected.GetStatus())
	}
	return reply, nil
}

// payloadsJSON is a result as JSON: null for none, the value for one, an array for several.
func payloadsJSON(payloads *commonpb.Payloads) json.RawMessage {
	all := payloads.GetPayloads()
	switch len(all) {
	case 0:
		return json.RawMessage("null")
	case 1:
		return render.PayloadJSON(all[0])
	}
	list := []byte{'['}
	for i, p := range all {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, render.PayloadJSON(p)...)
	}
	return append(list, ']')
}
