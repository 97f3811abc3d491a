package activity_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/perdure/perdure/sdk/activity"
	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/workflow"
	"github.com/perdure/perdure/sdk/workflowtest"
)

// Import and Approve are declared apart from their code, for workflows to call.
var (
	Import  = activity.Declare[[]string, int]("Import")
	Approve = activity.Declare[string, bool]("Approve")
)

// An activity's error says whether another attempt is worth it.
func Example() {
	imports := Import.Implement(func(_ context.Context, rows []string) (int, error) {
		if len(rows) == 0 {
			return 0, failure.NewNonRetryableApplicationError("nothing to import", "Empty", nil)
		}
		return len(rows), nil
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, importing) // in a test, the test's own t
	env.Register(imports)
	_, err := workflowtest.Execute(env, ImportAll, nil)
	var refused *failure.ApplicationError
	fmt.Println(errors.As(err, &refused), refused.Type(), refused.Message())
	// Output: true Empty nothing to import
}

// A long activity goes on where the attempt before it came to.
func ExampleRecordHeartbeat() {
	imports := Import.Implement(func(ctx context.Context, rows []string) (int, error) {
		next := 0
		if err := activity.GetHeartbeatDetails(ctx, &next); err != nil && !errors.Is(err, activity.ErrNoHeartbeatDetails) {
			return 0, err
		}
		for ; next < len(rows); next++ {
			if err := ctx.Err(); err != nil {
				return next, err // cancelled, timed out, or the worker stops
			}
			fmt.Printf("attempt %d imports %s\n", activity.GetInfo(ctx).Attempt, rows[next])
			activity.RecordHeartbeat(ctx, next+1)
			if next == 1 && activity.GetInfo(ctx).Attempt == 1 {
				return 0, errors.New("the connection was lost")
			}
		}
		return next, nil
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, importing)
	env.Register(imports)
	fmt.Println(workflowtest.Execute(env, ImportAll, []string{"a", "b", "c"}))
	// Output:
	// attempt 1 imports a
	// attempt 1 imports b
	// attempt 2 imports c
	// 3 <nil>
}

// ImportAll is a workflow that calls Import.
var ImportAll = workflow.Declare[[]string, int]("ImportAll")

var importing = ImportAll.Implement(func(ctx workflow.Context, rows []string) (int, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Hour, HeartbeatTimeout: time.Minute})
	return workflow.ExecuteActivity(ctx, Import, rows).Get(ctx)
})

// An activity that somebody else completes: it hands its task token on, and returns.
func Example_completedFromElsewhere() {
	ask := workflow.Declare[string, bool]("Ask")
	asking := ask.Implement(func(ctx workflow.Context, what string) (bool, error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 24 * time.Hour})
		return workflow.ExecuteActivity(ctx, Approve, what).Get(ctx)
	})
	var mail []byte
	approve := Approve.Implement(func(ctx context.Context, _ string) (bool, error) {
		mail = activity.GetInfo(ctx).TaskToken
		return false, activity.ErrResultPending
	})

	env := workflowtest.New(&testing.T{}, workflowtest.Options{}, asking)
	env.Register(approve)
	env.After(time.Hour, func() { _ = env.CompleteActivity(mail, true, nil) }) // in production Client.CompleteActivity
	fmt.Println(workflowtest.Execute(env, ask, "a holiday"))
	// Output: true <nil>
}
