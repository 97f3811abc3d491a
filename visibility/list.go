package visibility

import (
	"context"
	"time"

	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/visibility/index"
)

// ListWorkflowExecutions lists by Temporal's filter, a page at a time, and tells by how much the list is behind.
// InvalidArgument: the filter or the token is wrong. Unavailable: there is no index.
func (s *Service) ListWorkflowExecutions(ctx context.Context, namespace string, r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, time.Duration, error) {
	page, behind, err := s.list(ctx, namespace, index.Query{Filter: r.GetQuery(), PageSize: int(r.GetPageSize()), Token: r.GetNextPageToken()})
	return &workflowservice.ListWorkflowExecutionsResponse{Executions: page.Executions, NextPageToken: page.Next}, behind, err
}

// ScanWorkflowExecutions is ListWorkflowExecutions by its older name.
func (s *Service) ScanWorkflowExecutions(ctx context.Context, namespace string, r *workflowservice.ScanWorkflowExecutionsRequest) (*workflowservice.ScanWorkflowExecutionsResponse, time.Duration, error) {
	page, behind, err := s.list(ctx, namespace, index.Query{Filter: r.GetQuery(), PageSize: int(r.GetPageSize()), Token: r.GetNextPageToken()})
	return &workflowservice.ScanWorkflowExecutionsResponse{Executions: page.Executions, NextPageToken: page.Next}, behind, err
}

// CountWorkflowExecutions counts what a filter matches, in groups with GROUP BY. Errors: those of ListWorkflowExecutions.
func (s *Service) CountWorkflowExecutions(ctx context.Context, namespace string, r *workflowservice.CountWorkflowExecutionsRequest) (*workflowservice.CountWorkflowExecutionsResponse, time.Duration, error) {
	reply := &workflowservice.CountWorkflowExecutionsResponse{}
	behind, err := s.ask(ctx, namespace, func(store *index.Store) error {
		counts, err := store.Count(ctx, s.complete(namespace, index.Query{Filter: r.GetQuery()}))
		reply.Count = counts.Total
		for _, g := range counts.Groups {
			reply.Groups = append(reply.Groups, &workflowservice.CountWorkflowExecutionsResponse_AggregationGroup{GroupValues: g.Values, Count: g.Count})
		}
		return err
	})
	return reply, behind, err
}

// complete gives a query what it stands on beside the request.
func (s *Service) complete(namespace string, q index.Query) index.Query {
	q.Now = time.Now()
	if settings, err := s.config.Namespaces.Current(namespace); err == nil {
		q.Attributes = settings.SearchAttributes
	}
	return q
}

func (s *Service) list(ctx context.Context, namespace string, q index.Query) (page index.Page, behind time.Duration, err error) {
	q = s.complete(namespace, q)
	behind, err = s.ask(ctx, namespace, func(store *index.Store) error {
		page, err = s.page(ctx, store, q)
		return err
	})
	return page, behind, err
}

// page is one page that fits a message.
func (s *Service) page(ctx context.Context, store *index.Store, q index.Query) (index.Page, error) {
	for {
		page, err := store.List(ctx, q)
		if err != nil {
			return page, err
		}
		fit := fitting(page.Executions, s.config.maxReply()-len(page.Next))
		if fit == len(page.Executions) {
			return page, nil
		}
		q.PageSize = fit
	}
}

// fitting is how many of the first fit so many bytes together: one at least, unless there is none.
func fitting(executions []*workflowpb.WorkflowExecutionInfo, room int) int {
	for i, e := range executions {
		room -= 1 + protowire.SizeBytes(proto.Size(e))
		if room < 0 {
			return max(i, 1)
		}
	}
	return len(executions)
}
