// Package propagation carries contexts through workers: it is the interceptor that runs the context propagators of
// workers and of test environments. Package client has what clients need of it.
package propagation
