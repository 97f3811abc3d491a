//go:build chromium

package webtest

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/sdk/client"
)

// What is clicked, by selectors of CSS.
const (
	button  = "button"
	confirm = `dialog[open] [data-testid="confirm-modal-button"]`
	editor  = ".cm-content[contenteditable=true]"
	option  = `[role="option"]`
)

func testID(id string) string { return `[data-testid="` + id + `"]` }

// find is the middle of the first element that can be seen, says what it is to and has stopped moving: a page has its buttons
// twice, for wide and for narrow windows.
const find = `(() => {
	const found = [...document.querySelectorAll(%s)].find(e => e.checkVisibility({visibilityProperty: true}) && e.innerText%s && !e.disabled);
	if (!found) return null;
	found.scrollIntoView({block: "nearest"});
	const {x, y, width, height} = found.getBoundingClientRect();
	const at = {x: x + width / 2, y: y + height / 2}, before = window.lastFound;
	window.lastFound = at;
	return before && before.x === at.x && before.y === at.y ? at : null;
})()`

// click clicks with the mouse on the first element that can be seen and says text.
func (p *tab) click(t *testing.T, selector, text string) {
	t.Helper()
	p.clickWhere(t, selector, ".includes("+quoted(t, text)+")")
}

// press clicks on the button of that name.
func (p *tab) press(t *testing.T, name string) {
	t.Helper()
	p.clickWhere(t, button, ".trim() === "+quoted(t, name))
}

// clickWhere clicks on the first element whose text is as the end of a condition in JavaScript says.
func (p *tab) clickWhere(t *testing.T, selector, condition string) {
	t.Helper()
	script := fmt.Sprintf(find, quoted(t, selector), condition)
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	at, err := chromedp.Run(ctx, chromedp.Poll[struct{ X, Y float64 }](script, chromedp.WithPollingInterval(50*time.Millisecond)))
	if err != nil {
		require.Fail(t, "there is nothing to click", "%s %s: %v\nit shows:\n%s", selector, condition, err, p.text())
	}
	p.do(t, chromedp.MouseClickXY(at.X, at.Y))
}

// enter types into a field, in the place of what it says, and waits until it says that.
func (p *tab) enter(t *testing.T, selector, text string) {
	t.Helper()
	p.click(t, selector, "")
	p.holds(t, fmt.Sprintf(`document.activeElement.matches(%s)`, quoted(t, selector)), "the field has not got the focus")
	_, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`!document.activeElement.select?.()`))
	require.NoError(t, err)
	p.do(t, chromedp.KeyEvent(text))
	p.holds(t, fmt.Sprintf(`(document.activeElement.value ?? document.activeElement.innerText) === %s`, quoted(t, text)), "the field does not say what was typed")
}

// choose takes one of a list's options, and waits until the list is closed.
func (p *tab) choose(t *testing.T, list, value string) {
	t.Helper()
	p.click(t, testID(list+"-button"), "")
	p.click(t, option, value)
	p.holds(t, `![...document.querySelectorAll('[role="option"]')].some(e => e.checkVisibility({visibilityProperty: true}))`, "the list stays open")
}

// confirm does what a dialog asks about, and waits until it is gone.
func (p *tab) confirm(t *testing.T) {
	t.Helper()
	p.click(t, confirm, "")
	p.holds(t, `!document.querySelector("dialog[open]")`, "the dialog stays open")
}

// runPage opens a run's page and waits until it is there.
func (s *site) runPage(t *testing.T, id, view string) *tab {
	t.Helper()
	p := s.open(t, "/namespaces/default/workflows/"+url.PathEscape(id)+"/"+s.runs[id]+view)
	t.Cleanup(p.close)
	p.shows(t, id, "Workflow Type")
	p.settle(t)
	return p
}

// well fails when the page has complained.
func (p *tab) well(t *testing.T) {
	t.Helper()
	p.settle(t)
	p.noToast(t)
	require.Empty(t, p.troubles(nil), "the page has trouble")
}

func TestActions(t *testing.T) {
	s := startSite(t)
	t.Run("signal", s.signal)
	t.Run("terminate", s.terminate)
	t.Run("cancel", s.cancel)
	t.Run("pause", s.pause)
	t.Run("reset", s.reset)
	t.Run("update", s.update)
	t.Run("activity", s.changeActivity)
	t.Run("query", s.query)
	t.Run("start", s.start)
	t.Run("follow a link", s.followLink)
	t.Run("history as JSON", s.json)
}

func (s *site) signal(t *testing.T) {
	p := s.runPage(t, toSignal, "/timeline")
	p.press(t, "More Actions")
	p.click(t, testID("signal-button"), "")
	p.choose(t, "signal-select", "approve")
	p.enter(t, "dialog[open] "+editor, `{"by": "ann"}`)
	p.picture(t, "signal")
	p.confirm(t)
	p.shows(t, "COMPLETED")
	p.well(t)
	got, err := client.GetRun[receipt](s.client, toSignal, s.runs[toSignal]).Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, "ann", got.Approval)
}

func (s *site) terminate(t *testing.T) {
	p := s.runPage(t, toStop, "/timeline")
	p.press(t, "More Actions")
	p.click(t, testID("terminate-button"), "")
	p.enter(t, "#workflow-termination-reason", "by hand")
	p.confirm(t)
	p.shows(t, "TERMINATED")
	p.well(t)
	s.awaitStatus(t.Context(), t, toStop, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED)
	require.Contains(t, s.last(t, toStop).GetWorkflowExecutionTerminatedEventAttributes().GetReason(), "by hand")
}

func (s *site) cancel(t *testing.T) {
	p := s.runPage(t, toCancel, "/timeline")
	p.press(t, "More Actions")
	p.click(t, testID("request-cancellation-button"), "")
	p.confirm(t)
	p.shows(t, "CANCELED")
	p.well(t)
	s.awaitStatus(t.Context(), t, toCancel, enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED)
}

func (s *site) query(t *testing.T) {
	p := s.runPage(t, waiting, "/query")
	p.choose(t, "query-select", "status")
	p.press(t, "Run Query")
	p.shows(t, "waiting for approval")
	p.well(t)
	p.picture(t, "query")
}

func (s *site) start(t *testing.T) {
	p := s.open(t, "/namespaces/default/workflows/start-workflow")
	defer p.close()
	p.enter(t, "#workflowId", "by-hand")
	p.enter(t, "#taskQueue", queue)
	p.enter(t, "#workflowType", checkout.Name())
	p.enter(t, editor, `{"id": "by-hand", "card": "good", "total": 5}`)
	p.click(t, "h1", "") // what was typed is put in lines now, and moves what is below
	p.shows(t, "Task Queue is Active")
	p.picture(t, "start-workflow")
	p.click(t, button+testID("start-workflow-button"), "")
	got, err := s.result(t, "by-hand")
	require.NoError(t, err)
	require.Equal(t, receipt{"by-hand", "payment-of-by-hand", "not needed"}, got)
	p.well(t)
}

// result waits until somebody has started the workflow, and it has ended.
func (s *site) result(t *testing.T, id string) (receipt, error) {
	t.Helper()
	require.Eventually(t, func() bool {
		_, err := s.client.Describe(t.Context(), id, "")
		return err == nil
	}, patience, patience/1000)
	return client.GetRun[receipt](s.client, id, "").Result(t.Context())
}

func (s *site) followLink(t *testing.T) {
	p := s.open(t, "/")
	defer p.close()
	p.shows(t, waiting)
	p.click(t, "a", waiting)
	p.shows(t, "Pending Activities", s.runs[waiting])
	p.well(t)
}

func (s *site) json(t *testing.T) {
	p := s.runPage(t, completed, "/history")
	p.click(t, testID("json"), "")
	p.shows(t, `"eventType": "WorkflowExecutionStarted"`)
	p.well(t)
	p.picture(t, "history-json")
}

// last is the event that closes a run.
func (s *site) last(t *testing.T, id string) *historypb.HistoryEvent {
	t.Helper()
	var event *historypb.HistoryEvent
	for e, err := range s.client.History(context.Background(), id, s.runs[id], client.HistoryOptions{}) {
		require.NoError(t, err)
		event = e
	}
	return event
}
