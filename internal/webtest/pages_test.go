//go:build chromium

package webtest

import (
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shown is a page, what it has to say when it is there, and what it asks for in vain.
type shown struct {
	name     string // of its picture, if it is to have one
	path     string
	texts    []string
	unserved []string
	ready    string // a condition in JavaScript, beside the texts
}

// pages are all that the navigation leads to, and each view of a run.
func (s *site) pages() []shown {
	ns := "/namespaces/default"
	run := func(id, page string) string {
		return ns + "/workflows/" + url.PathEscape(id) + "/" + s.runs[id] + page
	}
	open := ns + "/workflows?query=" + url.QueryEscape("`ExecutionStatus`=\"Running\"")
	return []shown{
		{path: "/", texts: []string{completed}},
		{path: "/namespaces", texts: []string{"default", "shop"}},
		{path: ns, texts: []string{"Retention Period", "3 days", "Search Attributes", "WorkflowType"}, name: "namespace"},
		{path: ns + "/workflows", texts: append(ids(), "COMPLETED", "FAILED", "CANCELED", "TERMINATED", "RUNNING"), name: "workflows"},
		{path: open, texts: []string{waiting, retrying}, ready: without(completed, failed, terminated)},
		{path: ns + "/workflows?query=" + url.QueryEscape("WorkflowId STARTS_WITH \"order-100\" AND ExecutionStatus != 'Running'"), texts: []string{completed, failed}, ready: without(waiting, odd)},
		{path: "/namespaces/shop/workflows", texts: []string{"No Workflows running in this Namespace"}},

		{path: run(completed, "/timeline"), texts: []string{completed, "COMPLETED", "Charge", "payment-of-order-1001"}, name: "timeline"},
		{path: run(completed, "/history"), texts: []string{"Workflow Execution Started", "Activity Task Scheduled", "Workflow Execution Completed"}, name: "history"},
		{path: run(completed, "/history?sort=ascending"), texts: []string{"Workflow Execution Started"}},
		{path: run(completed, "/history/compact"), texts: []string{"Charge"}},
		{path: run(completed, "/history/events/5"), texts: []string{"Charge", "Start To Close Timeout"}},
		{path: run(failed, "/timeline"), texts: []string{"FAILED", "the card of " + failed + " is declined"}},
		{path: run(terminated, "/timeline"), texts: []string{"TERMINATED", "started by mistake"}},
		{path: run(cancelled, "/history"), texts: []string{"CANCELED", "Workflow Execution Cancel Requested"}},
		{path: run(odd, "/timeline"), texts: []string{odd, "RUNNING"}},
		{path: run(waiting, ""), texts: []string{waiting, "RUNNING"}},
		{path: run(waiting, "/timeline"), texts: []string{"Charge", "AwaitWithTimeout"}},
		{path: run(waiting, "/relationships"), texts: []string{"Relationships"}},
		{path: run(parent, "/relationships"), texts: []string{delivered, lost, underWay}, name: "relationships"},
		{path: run(underWay, "/relationships"), texts: []string{parent, delivered}},
		{path: run(parent, "/timeline"), texts: []string{"RUNNING", "ships " + delivered, "ships " + lost, "ships " + underWay}, name: "children"},
		{path: run(parent, "/history"), texts: []string{"Child Workflow Execution Started", "Child Workflow Execution Completed", "Child Workflow Execution Failed"}},
		{path: run(waiting, "/workers"), texts: []string{"web@test"}},
		{path: run(retrying, "/pending-activities"), texts: []string{"Charge", "the bank does not answer", "Next Retry"}, name: "pending-activities"},
		{path: run(running, "/pending-activities"), texts: []string{"Charge", "waiting for the bank", "Last Heartbeat"}},
		{path: run(waiting, "/call-stack"), texts: []string{"ReceiveWithTimeout"}, name: "call-stack"},
		{path: run(waiting, "/query"), texts: []string{"Run Query"}},
		{path: run(waiting, "/user-metadata"), texts: []string{"the order " + waiting, "made by a test", "Current Details", "It costs too much"}, name: "user-metadata"},
		{path: run(waiting, "/search-attributes"), texts: []string{"Search Attributes"}},
		{path: run(waiting, "/memo"), texts: []string{"customer"}},

		{path: ns + "/task-queues/" + queue, texts: []string{"web@test"}, name: "task-queue"},
		{path: ns + "/workers", texts: []string{"Worker Heartbeats Disabled"}},
		{path: ns + "/activities", texts: []string{"Standalone Activities are disabled for this Namespace"}},
		{path: ns + "/workflows/start-workflow", texts: []string{"Start Workflow"}},
		{path: "/import", texts: []string{"Import"}},
		{path: ns + "/archival", texts: []string{"not enabled for archival"}},

		// Not served yet: the pages say so.
		{path: ns + "/workers/deployments", texts: []string{"ListWorkerDeployments is not implemented"}, unserved: []string{"GET /api/v1/namespaces/default/worker-deployments"}},
		{path: ns + "/schedules", texts: []string{"Schedules"}, unserved: []string{"GET /api/v1/namespaces/default/schedules", "GET /api/v1/namespaces/default/schedule-count"}},
		{path: ns + "/batch-operations", texts: []string{"Batch"}, unserved: []string{"GET /api/v1/namespaces/default/batch-operations"}},
	}
}

func ids() []string {
	var all []string
	for _, o := range orders {
		all = append(all, o.ID)
	}
	return all
}

// without is a condition: none of the texts is there.
func without(texts ...string) string {
	return `!["` + strings.Join(texts, `","`) + `"].some(text => document.body.innerText.includes(text))`
}

func TestPages(t *testing.T) {
	s := startSite(t)
	for _, page := range s.pages() {
		t.Run(path.Base(page.path)+page.name, func(t *testing.T) {
			p := s.open(t, page.path)
			defer p.close()
			p.shows(t, page.texts...)
			if page.ready != "" {
				p.holds(t, page.ready, "the page does not get as it is to be")
			}
			p.settle(t)
			if len(page.unserved) == 0 {
				p.noToast(t)
			}
			require.Empty(t, p.troubles(page.unserved), "the page has trouble")
			for _, call := range page.unserved {
				require.Contains(t, p.complaints(), call, "it is served now")
			}
			p.picture(t, page.name)
		})
	}
}

// isKnown tells a trouble that is about one of the calls, or what the page makes of its error.
func isKnown(trouble string, calls []string) bool {
	for _, call := range calls {
		if trouble == "501: "+call || trouble == "exception: Object" {
			return true
		}
	}
	return false
}
