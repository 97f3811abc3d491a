package monitor

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// newRegistry has the metrics of the server, and those of the process and of Go's runtime.
func newRegistry(s *Server) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(s, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry
}

// Describe implements prometheus.Collector.
func (s *Server) Describe(descriptions chan<- *prometheus.Desc) {
	for _, f := range families {
		descriptions <- f.desc
	}
}

// Collect implements prometheus.Collector.
func (s *Server) Collect(metrics chan<- prometheus.Metric) {
	to := sink(metrics)
	to.put(buildInfo, 1, s.config.Version, s.config.NATSVersion)
	sources := s.sources.Load()
	if sources == nil {
		return
	}
	if sources.Gateway != nil {
		to.gateway(sources.Gateway.Statistics())
	}
	if sources.History != nil {
		to.history(sources.History.Statistics())
	}
	if sources.Matching != nil {
		to.matching(sources.Matching.Statistics())
	}
	if sources.Visibility != nil {
		to.visibility(sources.Visibility.Statistics())
	}
	to.connections(sources)
}

var buildInfo = gauge("perdure_build_info", "1, with the versions of Perdure and of the nats-server that it can embed.", "version", "nats_version")
