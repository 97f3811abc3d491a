package machine_test

import (
	"fmt"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/api/workerpb"
	"github.com/perdure/perdure/history/machine"
)

// TestRandom drives a workflow with random requests, stale and repeated ones too,
// random times and crashes, and makes the checks of check_test.go after each. In the end
// faithful workers must bring the workflow to its close.
func TestRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &chaos{world: newWorld(), used: map[string]bool{}, seen: map[string]bool{}, stages: map[string]enumspb.UpdateWorkflowExecutionLifecycleStage{}}
		c.world.limits = someLimits(t)
		t.Repeat(map[string]func(*rapid.T){
			"":               func(t *rapid.T) { c.must(t, c.world.check()) },
			"start":          func(t *rapid.T) { c.ask(t, c.start(t)) },
			"signal":         func(t *rapid.T) { c.ask(t, c.signal(t)) },
			"signal-start":   func(t *rapid.T) { c.ask(t, c.signalWithStart(t)) },
			"cancel":         func(t *rapid.T) { c.ask(t, c.cancel(t)) },
			"start task":     func(t *rapid.T) { c.ask(t, c.startTask(t)) },
			"take task":      func(t *rapid.T) { c.takeTask(t) },
			"complete task":  func(t *rapid.T) { c.ask(t, c.completeTask(t)) },
			"complete newer": func(t *rapid.T) { c.ask(t, c.completeLatest(t)) },
			"fail task":      func(t *rapid.T) { c.ask(t, c.failTask(t)) },
			"activity":       func(t *rapid.T) { c.ask(t, c.activity(t)) },
			"activity by id": func(t *rapid.T) { c.ask(t, c.activityByID(t)) },
			"answer call":    c.answerCall,
			"update":         func(t *rapid.T) { c.ask(t, c.update(t)) },
			"update start":   func(t *rapid.T) { c.ask(t, c.updateWithStart(t)) },
			"poll update":    c.pollUpdate,
			"reset":          c.reset,
			"child ends":     func(t *rapid.T) { c.ask(t, c.childEnds(t)) },
			"called":         func(t *rapid.T) { c.ask(t, c.called(t)) },
			"pause":          func(t *rapid.T) { c.ask(t, c.pause(t)) },
			"operate":        func(t *rapid.T) { c.ask(t, c.operate(t)) },
			"sticky":         c.sticky,
			"time":           c.time,
			"crash":          c.crash,
			"lost frame":     c.lostFrame,
			"delete": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "delete") == 0 {
					c.ask(t, &workflowservice.DeleteWorkflowExecutionRequest{})
				}
			},
			"terminate": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "terminate") == 0 {
					c.ask(t, &workflowservice.TerminateWorkflowExecutionRequest{Reason: "chaos"})
				}
			},
		})
		c.finish(t)
	})
}

// chaos is a workflow that is misused, and what it was told and gave out so far.
type chaos struct {
	world *world
	// tasks and tokens are all that were ever given out.
	tasks                      []*workerpb.Task
	taskTokens, activityTokens [][]byte
	// used are the tokens whose outcome was accepted.
	used map[string]bool
	// seen are the request ids of signals that were accepted, with their run.
	seen     map[string]bool
	requests int
	// stages are what was said of updates, by run and id.
	stages map[string]enumspb.UpdateWorkflowExecutionLifecycleStage
}

func (c *chaos) must(t *rapid.T, err error) {
	if err != nil {
		t.Fatalf("%v\n%s", err, c.story())
	}
}

// story is all events, for a failure's report.
func (c *chaos) story() string {
	var story string
	for _, run := range c.world.runs() {
		story += run.RunID() + "\n"
		for _, event := range eventsOf(run) {
			story += printEvent(event, c.world.now) + "\n"
		}
	}
	return story
}

// ask decides a request and checks what must hold of its kind; nil asks nothing.
func (c *chaos) ask(t *rapid.T, q proto.Message) proto.Message {
	if q == nil {
		return nil
	}
	records := len(c.world.records)
	reply, refusal, fault := c.world.decide(q)
	c.must(t, fault)
	wrote := len(c.world.records) > records
	if refusal != nil {
		t.Logf("%s refused: %v", q.ProtoReflect().Descriptor().Name(), refusal)
	}
	if refusal == nil && reply == nil {
		t.Fatalf("%s has neither a reply nor a refusal", q.ProtoReflect().Descriptor().Name())
	}
	c.must(t, c.checkOnce(q, reply, refusal, wrote))
	c.keepTasks()
	c.keepTokens(reply)
	return reply
}

// checkOnce checks that what was accepted before has no second effect.
func (c *chaos) checkOnce(q, reply proto.Message, refusal error, wrote bool) error {
	if token, ends := endedBy(q); ends {
		if c.used[token] && wrote {
			return fmt.Errorf("%s with a used token was accepted again", q.ProtoReflect().Descriptor().Name())
		}
		if wrote {
			c.used[token] = true
		}
	}
	if id := signals(q, reply); id != "" && refusal == nil {
		key := c.world.run().RunID() + "/" + id
		if c.seen[key] == wrote {
			return fmt.Errorf("signal %s: seen %t, recorded %t", key, c.seen[key], wrote)
		}
		c.seen[key] = true
	} else if q, ok := q.(*workflowservice.SignalWithStartWorkflowExecutionRequest); ok && wrote {
		c.seen[c.world.run().RunID()+"/"+q.RequestId] = true // it began the run
	}
	return nil
}

// signals is the id of a request that signaled a run that was there.
func signals(q, reply proto.Message) string {
	switch q := q.(type) {
	case *workflowservice.SignalWorkflowExecutionRequest:
		return q.RequestId
	case *workflowservice.SignalWithStartWorkflowExecutionRequest:
		if r, ok := reply.(*workflowservice.SignalWithStartWorkflowExecutionResponse); ok && !r.Started {
			return q.RequestId
		}
	}
	return ""
}

// endedBy is the token whose task a request ends.
func endedBy(q proto.Message) (string, bool) {
	switch q := q.(type) {
	case *workflowservice.RespondWorkflowTaskCompletedRequest:
		return string(q.TaskToken), true
	case *workflowservice.RespondWorkflowTaskFailedRequest:
		return string(q.TaskToken), true
	case *workflowservice.RespondActivityTaskCompletedRequest:
		return string(q.TaskToken), true
	case *workflowservice.RespondActivityTaskFailedRequest:
		return string(q.TaskToken), true
	case *workflowservice.RespondActivityTaskCanceledRequest:
		return string(q.TaskToken), true
	}
	return "", false
}

func (c *chaos) keepTasks() {
	known := map[taskKey]bool{}
	for _, task := range c.tasks {
		known[keyOf(task)] = true
	}
	for _, key := range sortedKeys(c.world.owed) {
		if !known[key] {
			c.tasks = append(c.tasks, c.world.owed[key])
		}
	}
}

func (c *chaos) keepTokens(reply proto.Message) {
	switch r := reply.(type) {
	case *workflowservice.PollWorkflowTaskQueueResponse:
		c.taskTokens = append(c.taskTokens, r.TaskToken)
	case *workflowservice.PollActivityTaskQueueResponse:
		c.activityTokens = append(c.activityTokens, r.TaskToken)
	case *workflowservice.StartWorkflowExecutionResponse:
		if r.EagerWorkflowTask != nil {
			c.taskTokens = append(c.taskTokens, r.EagerWorkflowTask.TaskToken)
		}
	case *workflowservice.RespondWorkflowTaskCompletedResponse:
		for _, a := range r.ActivityTasks {
			c.activityTokens = append(c.activityTokens, a.TaskToken)
		}
		if r.WorkflowTask != nil {
			c.taskTokens = append(c.taskTokens, r.WorkflowTask.TaskToken)
		}
	}
}

func (c *chaos) fresh() string {
	c.requests++
	return fmt.Sprintf("fresh-%d", c.requests)
}

// requestID is now and then one that was used before.
func (c *chaos) requestID(t *rapid.T) string {
	if rapid.Bool().Draw(t, "repeated") {
		return rapid.SampledFrom([]string{"r1", "r2", "r3"}).Draw(t, "request")
	}
	return c.fresh()
}

// sticky sends the workflow task to the worker with the run in its cache, which may not take it.
func (c *chaos) sticky(t *rapid.T) {
	if c.world.run() == nil {
		return
	}
	if rapid.IntRange(0, 9).Draw(t, "forget") == 0 {
		c.world.run().ClearSticky()
		return
	}
	in := c.world.input(nil)
	in.RunID = c.fresh()
	latest := c.world.run()
	d, err := machine.StartSticky(c.world.workflow, in)
	c.must(t, err)
	reply, err := c.world.persist(d, latest)
	c.must(t, err)
	if reply == nil {
		return
	}
	if rapid.Bool().Draw(t, "returned") {
		c.world.run().ReturnSticky(in.RunID)
		c.world.takeOwed()
		return
	}
	c.keepTokens(reply)
}

func (c *chaos) time(t *rapid.T) {
	d := time.Duration(rapid.SampledFrom([]int{0, 1, 100, 1000, 3000, 10_000, 60_000}).Draw(t, "ms")) * time.Millisecond
	if rapid.Bool().Draw(t, "late") {
		c.world.now = c.world.now.Add(d)
		_, err := c.world.dueBefore(c.world.now)
		c.must(t, err)
	} else {
		c.must(t, c.world.advance(d))
	}
	c.keepTasks()
}

func (c *chaos) crash(t *rapid.T) {
	if c.world.run() == nil {
		return
	}
	if rapid.Bool().Draw(t, "from rest") {
		run, err := restore(c.world.run())
		c.must(t, err)
		c.world.adopt(run)
		return
	}
	c.must(t, c.world.crash())
}

// lostFrame decides a request whose record is never persisted and whose reply never leaves.
func (c *chaos) lostFrame(t *rapid.T) {
	makers := []func(*rapid.T) proto.Message{c.start, c.signal, c.signalWithStart, c.cancel, c.startTask, c.completeLatest, c.failTask, c.activity, c.activityByID, c.childEnds, c.called, c.update, c.updateWithStart, c.pause, c.operate}
	q := makers[rapid.IntRange(0, len(makers)-1).Draw(t, "lost")](t)
	if q == nil {
		return
	}
	_, _ = machine.Decide(c.world.workflow, c.world.input(q))
	c.must(t, c.world.crash())
}

// lastWord is how a faithful workflow ends: one with a schedule would begin again if it completed.
func (c *chaos) lastWord() string {
	if startOf(c.world.run()).CronSchedule != "" {
		return "cancel"
	}
	return "complete"
}

// finish lets time and faithful workers do their work until the workflow is closed.
func (c *chaos) finish(t *rapid.T) {
	for range 2000 {
		run := c.world.run()
		if run == nil || !run.Open() {
			return
		}
		c.must(t, c.step(t))
		c.must(t, c.world.check())
	}
	t.Fatalf("the workflow does not end\n%s", c.story())
}

func (c *chaos) step(t *rapid.T) error {
	if c.world.run().Paused() {
		c.ask(t, &workflowservice.UnpauseWorkflowExecutionRequest{WorkflowId: workflowID})
		return nil
	}
	for _, key := range sortedKeys(c.world.owed) {
		task := c.world.owed[key]
		reply := c.ask(t, &workerpb.StartTaskRequest{Task: task, RequestId: c.fresh()})
		switch r := reply.(type) {
		case *workflowservice.PollWorkflowTaskQueueResponse:
			c.ask(t, &workflowservice.RespondWorkflowTaskCompletedRequest{TaskToken: r.TaskToken, Commands: closing(c.lastWord())})
			return nil
		case *workflowservice.PollActivityTaskQueueResponse:
			c.ask(t, &workflowservice.RespondActivityTaskCompletedRequest{TaskToken: r.TaskToken})
			return nil
		}
		if !c.world.run().Open() { // it had outgrown its limits
			continue
		}
		return fmt.Errorf("task %v is owed and cannot be started", task)
	}
	due := c.world.run().NextDue()
	if due.IsZero() {
		// The workflow waits for the world; nothing is owed.
		c.ask(t, &workflowservice.SignalWorkflowExecutionRequest{RequestId: c.fresh(), SignalName: "wake"})
		return nil
	}
	_, err := c.world.dueBefore(due)
	return err
}
