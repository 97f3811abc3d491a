// Package sweep removes the large payloads of a namespace that no run holds any more. It keeps no books: what is held is
// found anew each time, in what a recovery would read (mark), and what is older than a grace time and not held is
// removed (sweep). A sweep that was interrupted leaves what the next one finds.
//
// Why nothing held is removed: who sends a reference has put the payload there, or renewed it, less than half the grace time
// before. What is older than the grace time when a sweep begins was therefore referred to, if at all, by requests that are
// answered by then, and these are in the marks, which are read after that; or it is renewed meanwhile, and its removal,
// which names the very message that was found, misses the new one. References that the service itself copies, from run to run, are
// found in the end of the logs, which is read last.
//
// It receives: who holds what (Held), from package history. It sends: deletions to the bucket.
package sweep
