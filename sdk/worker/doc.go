// Package worker runs workflows and activities: it takes their tasks from one task queue, runs the
// code that was registered for them, and reports what came of it.
//
//	w, err := worker.New(c, "checkout", worker.Options{})
//	w.Register(Checkout.Implement(checkout), Charge.Implement(charge))
//	err = w.Run(ctx)
//
// Any number of workers may serve a queue. They should run the same code: a workflow's tasks go to any of
// them. A worker that has only workflows, or only activities, takes only such tasks.
//
// Tasks come in three ways. Most are pulled from JetStream, as many as there are free slots, and
// started with the service before their code runs. The next tasks of a run that this worker has in
// its cache are sent straight to it, with only the new events. And the answer to a completed
// workflow task may bring the next one, or activities for this worker to run at once.
//
// Local activities run in the worker that has their workflow's task, and no queue knows of them. The task stays open
// meanwhile, with its slot, and is replaced by another when four fifths of its time are over. When the worker stops, and its
// time to finish is over, the task is given to another worker at once, which makes all their attempts again.
//
// What it sends: OpenTaskQueue, again and again while it pulls, StartWorkflowTask, StartActivityTask,
// RespondWorkflowTaskCompleted and Failed, RespondActivityTaskCompleted, Failed and Canceled,
// RecordActivityTaskHeartbeat, GetWorkflowExecutionHistory, and ShutdownWorker when it stops, all at the
// door of its own queue; pull requests; one answer to each message that it pulled; and answers to sticky
// tasks and queries.
package worker
