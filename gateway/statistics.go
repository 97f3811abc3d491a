package gateway

import (
	"cmp"
	"maps"
	"slices"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/histogram"
)

// Statistics are what a gateway has served, and serves.
type Statistics struct {
	// Methods are those that were called, in the order of their doors and names.
	Methods []MethodStatistics
	// Requests and LongPolls are served at the moment, apart from each other.
	Requests, LongPolls int64
}

// MethodStatistics are those of a method at one door.
type MethodStatistics struct {
	Door, Method string
	// Latency is how long requests took from when they came until they were answered, in nanoseconds; without long polls.
	Latency    histogram.Snapshot
	Namespaces []NamespaceStatistics
}

// NamespaceStatistics are the requests of one namespace; that of requests of none, or of one that is not there, is empty.
type NamespaceStatistics struct {
	Namespace string
	Requests  uint64
	// Errors are those of them that were answered with an error, by its code, such as NOT_FOUND.
	Errors map[string]uint64
}

// counted are the requests of one namespace.
type counted struct {
	requests uint64
	errors   map[string]uint64
}

// mostCounted is of how many namespaces an endpoint counts requests apart. Those of further ones are counted with those of none.
const mostCounted = 1000

// counting is the namespace under which a request is counted. Who asks for one that is not there makes no figure of it.
func (e *endpoint) counting(x *exchange) string {
	name := x.call.Namespace
	if name == "" || x.ctx == nil && e.gateway.config.Namespaces.Exists(name) != nil {
		return ""
	}
	return name
}

// countFor counts a request of a namespace. The caller holds mu.
func (e *endpoint) countFor(namespace, code string) {
	c := e.counts[namespace]
	if c == nil {
		if len(e.counts) >= mostCounted {
			namespace = ""
		}
		if c = e.counts[namespace]; c == nil {
			c = &counted{errors: map[string]uint64{}}
			e.counts[namespace] = c
		}
	}
	c.requests++
	if code != "" {
		c.errors[code]++
	}
}

// Statistics are those since the gateway was made, without namespaces that are gone.
func (g *Gateway) Statistics() Statistics {
	g.mu.RLock()
	endpoints := slices.Collect(maps.Values(g.endpoints))
	g.mu.RUnlock()
	slices.SortFunc(endpoints, func(a, b *endpoint) int {
		return cmp.Or(cmp.Compare(a.door, b.door), cmp.Compare(a.method.Name, b.method.Name))
	})
	all := Statistics{Requests: g.requests.used.Load(), LongPolls: g.longPolls.used.Load()}
	for _, e := range endpoints {
		if m := e.figures(); len(m.Namespaces) > 0 {
			all.Methods = append(all.Methods, m)
		}
	}
	return all
}

func (e *endpoint) figures() MethodStatistics {
	m := MethodStatistics{Door: doorNames[e.door], Method: e.method.Name, Latency: e.latency.Read()}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, namespace := range slices.Sorted(maps.Keys(e.counts)) {
		if namespace != "" && e.gateway.config.Namespaces.Exists(namespace) != nil {
			delete(e.counts, namespace)
			continue
		}
		c := e.counts[namespace]
		m.Namespaces = append(m.Namespaces, NamespaceStatistics{Namespace: namespace, Requests: c.requests, Errors: maps.Clone(c.errors)})
	}
	return m
}

var doorNames = map[api.Door]string{api.ClientDoor: "api", api.WorkerDoor: "worker", api.AdminDoor: "admin"}
