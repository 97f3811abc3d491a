// Package filter reads Temporal's list filter: WorkflowType = 'order' AND StartTime > '-1h' ORDER BY CloseTime DESC.
//
// It receives the text and the namespace's custom search attributes, and hands back conditions with resolved names and typed
// values, in the semantics of Temporal's SQL visibility. It knows nothing of how executions are kept: package index
// makes SQL of it. What is wrong with a filter is InvalidArgument, and says where.
package filter
