// Package internal has the shape of that of Temporal's SDK, for the check's tests.
package internal

type Context interface{ Err() error }
