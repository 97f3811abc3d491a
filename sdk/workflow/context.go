package workflow

import (
	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/internal/engine"
)

// Context is carried through workflow code: cancellation, options and values. It is not a
// context.Context, so that nothing outside the workflow can block on it.
type Context interface {
	// Done is closed when the context is cancelled.
	Done() ReceiveChannel[None]
	// Err is nil, or a *failure.CanceledError once the context is cancelled.
	Err() error
	// Value is what [WithValue] stored under key.
	Value(key any) any

	run() *run
	scope() *scope
}

// run is what all contexts of one run share.
type run struct {
	env  *engine.Env
	root Context
	intercepted
	signals    map[string]*channel[*commonpb.Payloads]
	queries    map[string]func(input any) (any, error)
	updates    map[string]updateCode
	coroutines int // started so far; for their names
	randoms    int // random sources made so far
}

// node is the only kind of context: a link to its parent with one thing changed.
type node struct {
	parent  *node
	r       *run
	s       *scope
	key     any
	value   any
	hasPair bool
}

func newRoot(env *engine.Env) Context {
	r := &run{env: env, signals: map[string]*channel[*commonpb.Payloads]{}, queries: map[string]func(any) (any, error){}, updates: map[string]updateCode{}}
	root := &node{r: r, s: newScope(r, nil)}
	r.root = root
	env.HandleCancel(root.s.cancel)
	return root
}

func (n *node) Done() ReceiveChannel[None] { return n.s.done }
func (n *node) Err() error                 { return n.s.err }
func (n *node) run() *run                  { return n.r }
func (n *node) scope() *scope              { return n.s }

func (n *node) Value(key any) any {
	for ; n != nil; n = n.parent {
		if n.hasPair && n.key == key {
			return n.value
		}
	}
	return nil
}

// WithValue returns a context in which Value(key) is value. Keys are compared as context.Context's:
// use a type of your own.
func WithValue(parent Context, key, value any) Context {
	return &node{parent: parent.(*node), r: parent.run(), s: parent.scope(), key: key, value: value, hasPair: true}
}

// CancelFunc cancels a context. Calls after the first do nothing. It panics in code that may only read: that of queries, validators and
// conditions.
type CancelFunc func()

// WithCancel returns a context that is cancelled with its parent, or by the function, whichever comes
// first. Activities and timers that were started with it are cancelled then.
func WithCancel(parent Context) (Context, CancelFunc) {
	s := newScope(parent.run(), parent.scope())
	return &node{parent: parent.(*node), r: parent.run(), s: s}, s.cancelFunc(parent.run())
}

// NewDisconnectedContext returns a context that is not cancelled with its parent: for cleaning up
// after a cancellation.
func NewDisconnectedContext(parent Context) (Context, CancelFunc) {
	s := newScope(parent.run(), nil)
	return &node{parent: parent.(*node), r: parent.run(), s: s}, s.cancelFunc(parent.run())
}
