// Package opentelemetry traces workflows from the client that starts them to the activities that they run.
//
//	tracing := opentelemetry.NewInterceptor(opentelemetry.Options{})
//	c, err := client.Connect(client.Options{Interceptors: []client.Interceptor{tracing}})
//
// The workers of that client trace, too. A span's context travels in the header of a start, signal, query, update, activity or child, under
// the key and in the form of Temporal's SDKs, so that workers and clients of both, and of other languages, take part in one trace:
//
//	StartWorkflow:Order ── RunWorkflow:Order ── StartActivity:Charge ── RunActivity:Charge
//
// # Replay
//
// A workflow's code is run again on replay, and nothing is traced twice: what it asked for was traced when it did so first, and
// the span of the run, which lasts from its start to its end, is ended where the workflow ends. A workflow task that fails is
// made again, and then the same spans are ended again. Their ids are derived from the run's, so that
// a run that moves to another worker keeps the span that its activities name as their parent; that takes [NewIDGenerator]
// in the tracer provider:
//
//	provider := sdktrace.NewTracerProvider(sdktrace.WithIDGenerator(opentelemetry.NewIDGenerator(nil)), ...)
//
// With another generator the ids are that one's, and a run that has moved is traced as a span of which its earlier activities do
// not know.
package opentelemetry
