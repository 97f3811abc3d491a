// Package monitor tells machines how a server is: /metrics, for Prometheus, and /healthz, for whoever starts servers and sends
// work to them.
//
// It asks the parts of the server for their statistics when it is asked itself, and those answer from memory: a scrape
// does no I/O, and between two nothing is done. docs/METRICS.md lists the metrics. There is no login, and nothing is told of what is in a workflow;
// names of namespaces and task queues are.
package monitor
