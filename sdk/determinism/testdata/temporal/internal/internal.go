// Package internal has the shape of that of Temporal's SDK, for the check's tests.
package internal

import "go.temporal.io/sdk/internal/workflowcontext"

type Context = workflowcontext.Context
