// Package searchattribute says which search attributes there are and what their values must be: Temporal's own, and
// the custom ones that a namespace has registered, which callers hand in as Types.
//
// The gateway checks starts with it, the machine the commands of workflows; both write values with their type in
// the metadata, so that whoever reads a history need not know the registry.
package searchattribute
