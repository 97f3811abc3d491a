package monitor

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
)

// Health is what /healthz answers, as JSON.
type Health struct {
	// Status is one of the constants below.
	Status string `json:"status"`
	// NATS is "connected", or what else the connection is.
	NATS string `json:"nats,omitempty"`
	// Namespaces are those that cannot be served, and Shards the shards that do not serve, of the others.
	Namespaces []UnservedNamespace `json:"namespaces,omitempty"`
	Shards     []UnservedShard     `json:"shards,omitempty"`
	// More is how many further ones of both there are.
	More int `json:"more,omitempty"`
}

// What a Health's Status may be. With StatusServing all is well, the answer's code is 200, and nothing else is told but that NATS is
// connected; with the others it is 503.
const (
	StatusServing  = "serving"
	StatusStarting = "starting"
	StatusImpaired = "impaired"
	StatusStopping = "stopping"
)

// UnservedNamespace is a namespace that cannot be served.
type UnservedNamespace struct {
	Namespace string `json:"namespace"`
	Reason    string `json:"reason"`
}

// UnservedShard is a shard that does not serve. One that has stopped does not before an operator has mended it.
type UnservedShard struct {
	Namespace string `json:"namespace"`
	Shard     int    `json:"shard"`
	Reason    string `json:"reason"`
	Stopped   bool   `json:"stopped,omitempty"`
}

// mostTold is how many namespaces and shards are told of one by one.
const mostTold = 100

// Health is how the server is.
func (s *Server) Health() Health {
	h := Health{Status: s.status()}
	sources := s.sources.Load()
	if sources == nil {
		return h
	}
	if sources.Connection != nil {
		h.NATS = "connected"
		if !sources.Connection.IsConnected() {
			h.NATS = sources.Connection.Status().String()
			h.impair()
		}
	}
	if sources.Unserved != nil {
		unserved := sources.Unserved()
		for _, name := range slices.Sorted(maps.Keys(unserved)) {
			h.impair()
			if h.room() {
				h.Namespaces = append(h.Namespaces, UnservedNamespace{name, unserved[name]})
			}
		}
	}
	if sources.History != nil {
		for _, shard := range sources.History.Statistics() {
			if shard.Unserved == "" {
				continue
			}
			h.impair()
			if h.room() {
				h.Shards = append(h.Shards, UnservedShard{shard.Namespace, shard.Shard, shard.Unserved, shard.Stopped})
			}
		}
	}
	return h
}

// impair notes that something is amiss. What does not serve yet, or no more, needs no such note.
func (h *Health) impair() {
	if h.Status == StatusServing {
		h.Status = StatusImpaired
	}
}

// room tells whether one more may be told of; else it is counted.
func (h *Health) room() bool {
	if len(h.Namespaces)+len(h.Shards) < mostTold {
		return true
	}
	h.More++
	return false
}

func (s *Server) answerHealth(w http.ResponseWriter, _ *http.Request) {
	h := s.Health()
	body, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if h.Status != StatusServing {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = w.Write(append(body, '\n')) // who has asked is gone if it fails
}
