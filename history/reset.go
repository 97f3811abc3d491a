package history

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/history/machine"
)

// reset decides a reset to a task of the latest run at once. Other runs, and those that they were continued as, are
// brought by a helper.
func (l *loop) reset(e *entry, r *request) {
	runID := runIDOf(r.call.Request)
	if e.Run != nil && (runID == "" || runID == e.Run.RunID()) {
		l.decideReset(e, r, nil)
		return
	}
	if runID == "" && e.Last == nil {
		l.answerSurely(r, nil, machine.UnknownWorkflow(e.ID))
		return
	}
	if runID == "" {
		runID = e.Last.RunId
	}
	memory := map[string]*machine.Run{}
	for _, c := range e.closed {
		memory[c.run.RunID()] = c.run
	}
	id, latest := e.ID, e.latestID()
	l.fetch(e, r, func(ctx context.Context) func(*entry) {
		chain, err := l.chain(ctx, id, runID, latest, memory)
		return func(e *entry) { l.resetBrought(e, r, latest, chain, err) }
	})
}

// chain reads a run, and those that it was continued as, up to the latest, which is not read. What was deleted of them ends it.
func (sh *shard) chain(ctx context.Context, id, runID, latest string, memory map[string]*machine.Run) ([]*machine.Run, error) {
	var chain []*machine.Run
	for runID != "" && runID != latest {
		run := memory[runID]
		if run == nil {
			reading, done := context.WithTimeout(ctx, loadTimeout)
			var err error
			run, err = sh.closedRun(reading, id, runID)
			done()
			var missing *serviceerror.NotFound
			if errors.As(err, &missing) && len(chain) > 0 {
				break
			}
			if err != nil {
				return nil, err
			}
		}
		chain = append(chain, run)
		runID = run.ContinuedAs()
	}
	return chain, nil
}

// resetBrought goes on with the runs that the helper has brought. latest was the latest run in memory when it began, at which
// they end; "": there was none.
func (l *loop) resetBrought(e *entry, r *request, latest string, chain []*machine.Run, err error) {
	switch {
	case err != nil:
		l.answerSurely(r, nil, err)
	case e.loading:
		l.wait(e, r)
	case e.latestID() != latest: // another run has begun meanwhile, which may be of the chain
		l.serve(e, r)
	default:
		if e.Run != nil && chain[len(chain)-1].ContinuedAs() == e.Run.RunID() {
			chain = append(chain, e.Run)
		}
		l.decideReset(e, r, chain)
	}
}

// latestID is the latest run in memory; "": there is none.
func (e *entry) latestID() string {
	if e.Run == nil {
		return ""
	}
	return e.Run.RunID()
}

func (l *loop) decideReset(e *entry, r *request, chain []*machine.Run) {
	in := l.input()
	in.Request, in.Chain = r.call.Request, chain
	l.decideWith(e, r, in)
}

func resets(r *request) bool {
	_, is := r.call.Request.(*workflowservice.ResetWorkflowExecutionRequest)
	return is
}
