package workflow

// Mutex is held by one coroutine of a run at a time: for a piece of code that blocks in its midst and must
// not be entered by another meanwhile. Code that does not block needs none: coroutines run one at a time.
// Make it with [NewMutex].
type Mutex struct{ s Semaphore }

// NewMutex makes a mutex that nobody holds.
func NewMutex(Context) *Mutex { return &Mutex{Semaphore{size: 1, free: 1}} }

// Lock blocks until the mutex is free and takes it; who came first is served first. The error is a
// *failure.CanceledError if ctx is cancelled first; the mutex is not taken then.
func (m *Mutex) Lock(ctx Context) error { return m.s.Acquire(ctx, 1) }

// TryLock takes the mutex if it is free, and tells whether it did.
func (m *Mutex) TryLock() bool { return m.s.TryAcquire(1) }

// Unlock gives the mutex to whoever waits longest, or frees it. It panics if nobody holds it.
func (m *Mutex) Unlock() {
	if !m.IsLocked() {
		panic("unlock of a mutex that nobody holds: unlock it once for each Lock that returned nil")
	}
	m.s.Release(1)
}

// IsLocked tells whether somebody holds the mutex.
func (m *Mutex) IsLocked() bool { return m.s.free == 0 }
