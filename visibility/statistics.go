package visibility

import (
	"cmp"
	"slices"
	"time"
)

// Statistics are how far the index of a namespace is.
type Statistics struct {
	Namespace string
	// Behind is by how much the index is behind what was acknowledged: what was acknowledged that long ago is in it. 0: it knows all.
	Behind time.Duration
	// Missing says that there is no index at the moment.
	Missing bool
}

// Statistics are those of all namespaces, from memory.
func (s *Service) Statistics() []Statistics {
	s.mu.RLock()
	var open []*projection
	for _, p := range s.open {
		open = append(open, p)
	}
	s.mu.RUnlock()
	all := make([]Statistics, len(open))
	for i, p := range open {
		p.mu.RLock()
		all[i] = Statistics{Namespace: p.name(), Missing: p.store == nil}
		p.mu.RUnlock()
		all[i].Behind = p.progress.behind(p.config.Positions.Positions(p.name()), time.Now())
	}
	slices.SortFunc(all, func(a, b Statistics) int { return cmp.Compare(a.Namespace, b.Namespace) })
	return all
}
