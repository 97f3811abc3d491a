package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
)

func newNamespaceDelete(g *global) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "delete [NAME]",
		Short: "Delete a namespace with all its workflows, open ones too",
		Long: `Delete a namespace, named as an argument or by --namespace: its workflows, open ones too, its queues and all its
streams. A namespace that is made again with the name starts clean. One that a server makes at its start (default, with
an embedded NATS, and those of --make-namespace) is there again after the next one, empty.`,
		Example: `  perdure namespace delete shop
  perdure namespace delete shop --yes`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := g.nameNamespace(c, args); err != nil {
				return err
			}
			return g.connected(c.Context(), func(ctx context.Context, s *session) error { return s.deleteNamespace(ctx, yes) })
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}

// deleteNamespace asks about a namespace that exists; one whose deletion was interrupted is described no more, and is
// deleted for good by whoever is sure beforehand.
func (s *session) deleteNamespace(ctx context.Context, yes bool) error {
	if !yes {
		described := &workflowservice.DescribeNamespaceResponse{}
		if err := s.admin(ctx, "DescribeNamespace", &workflowservice.DescribeNamespaceRequest{Namespace: s.Namespace}, described); err != nil {
			return err
		}
		question := fmt.Sprintf("Delete namespace %s (%s) with all its workflows, open ones too? It cannot be brought back. Type yes:", s.Namespace, described.GetNamespaceInfo().GetId())
		if err := s.confirm(question); err != nil {
			return err
		}
	}
	reply := &operatorservice.DeleteNamespaceResponse{}
	if err := s.admin(ctx, "DeleteNamespace", &operatorservice.DeleteNamespaceRequest{Namespace: s.Namespace}, reply); err != nil {
		return err
	}
	return s.show(reply, func(int) []string { return []string{"Deleted namespace " + reply.GetDeletedNamespace()} })
}
