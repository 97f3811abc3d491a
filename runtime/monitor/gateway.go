package monitor

import "github.com/perdure/perdure/gateway"

var (
	requests = counter("perdure_requests_total",
		"Requests that were answered. Those for a namespace that is not there, or for none, have an empty one.", "door", "method", "namespace")
	requestErrors = counter("perdure_request_errors_total",
		"Requests that were answered with an error, by its code.", "door", "method", "namespace", "code")
	requestDuration = distribution("perdure_request_duration_seconds",
		"How long requests took, from when they came until they were answered, without long polls.", "door", "method")
	requestsInFlight = gauge("perdure_requests_in_flight", "Requests that are served at the moment, without long polls.")
	longPolls        = gauge("perdure_long_polls_in_flight", "Requests that wait for something to happen at the moment.")
)

func (to sink) gateway(all gateway.Statistics) {
	to.put(requestsInFlight, float64(all.Requests))
	to.put(longPolls, float64(all.LongPolls))
	for _, m := range all.Methods {
		to.putAll(requestDuration, m.Latency, nanoseconds, m.Door, m.Method)
		for _, n := range m.Namespaces {
			to.put(requests, float64(n.Requests), m.Door, m.Method, n.Namespace)
			for code, count := range n.Errors {
				to.put(requestErrors, float64(count), m.Door, m.Method, n.Namespace, code)
			}
		}
	}
}
