// Package workflowcontext has the shape of that of Temporal's SDK, for the check's tests.
package workflowcontext

type Context interface{ Err() error }
