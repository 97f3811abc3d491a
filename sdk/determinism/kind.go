package determinism

// Kind is what makes code unfit for a workflow: the category of a finding.
type Kind string

// What is looked for.
const (
	Clock       Kind = "clock"        // the worker's clock is read
	Timer       Kind = "timer"        // the worker's clock is waited for
	Random      Kind = "random"       // random numbers, UUIDs
	Goroutine   Kind = "goroutine"    // a go statement
	Channel     Kind = "channel"      // a channel of Go's, and select
	Sync        Kind = "sync"         // locks and wait groups of package sync
	MapOrder    Kind = "map-order"    // the order of a map's keys
	IO          Kind = "io"           // files, networks, databases, processes
	Blocking    Kind = "blocking"     // a call with context.Background, which no history knows of
	Log         Kind = "log"          // output that a replay repeats
	Environment Kind = "environment"  // what differs between workers: variables, host, process
	Runtime     Kind = "runtime"      // the state of Go's runtime
	GlobalWrite Kind = "global-write" // of a package variable
	GlobalRead  Kind = "global-read"  // of a package variable that something writes
	Comment     Kind = "comment"      // a perdure:allow without a reason
)

// everywhere says that a kind is looked for in other modules as well, where a lock, a cache or a map is
// the library's own affair.
func (k Kind) everywhere() bool {
	switch k {
	case Clock, Timer, Random, Goroutine, IO:
		return true
	default:
		return false
	}
}

// again says that a kind does harm by what a replay repeats, and none to the workflow itself.
func (k Kind) again() bool { return k == Log || k == GlobalWrite }

// advice is what a finding says of its kind.
type advice struct {
	// why continues a sentence that begins with what was found.
	why string
	// use is what to put in its place.
	use string
	// temporal is that for Temporal's SDK, where it differs.
	temporal string
}

var advices = map[Kind]advice{
	Clock:  {why: "reads the worker's clock, which a replay finds changed", use: "workflow.Now"},
	Timer:  {why: "waits by the worker's clock, and again in each replay", use: "workflow.Sleep or workflow.NewTimer"},
	Random: {why: "has another outcome in a replay", use: "workflow.NewRand, workflow.NewUUID or workflow.SideEffect", temporal: "workflow.SideEffect"},
	Goroutine: {
		why: "runs beside the workflow, in an order that no replay repeats", use: "workflow.Go",
	},
	Channel: {
		why: "blocks where the workflow's scheduler does not see it", use: "workflow.NewChannel and workflow.NewSelector",
	},
	Sync: {
		why: "blocks where the workflow's scheduler does not see it, and a workflow's coroutines run one at a time",
		use: "no lock, or workflow.Await, workflow.NewMutex or workflow.NewWaitGroup",
	},
	MapOrder: {why: "has another order in a replay", use: "the sorted keys, slices.Sorted(maps.Keys(m))"},
	IO:       {why: "reaches the world outside, again in each replay", use: "an activity"},
	Blocking: {why: "waits for something that no history holds", use: "an activity"},
	Log:      {why: "is written again in each replay", use: "workflow.GetLogger"},
	Environment: {
		why: "differs from worker to worker", use: "the workflow's input, an activity or workflow.SideEffect",
	},
	Runtime: {why: "tells of the worker and not of the workflow", use: "the workflow's input, an activity or workflow.SideEffect"},
	GlobalWrite: {
		why: "changes what all workflows of the worker share, again in each replay", use: "a variable of the workflow",
	},
	GlobalRead: {
		why: "sees what others have written, which a replay finds changed", use: "a variable of the workflow, its input or workflow.SideEffect",
	},
}

// say is the finding in words, but for the way that leads to it.
func (k Kind) say(what string, in dialect) string {
	a := advices[k]
	use := a.use
	if in == temporal && a.temporal != "" {
		use = a.temporal
	}
	return what + " " + a.why + ": use " + use
}
