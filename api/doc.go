// Package api is the contract between everything that takes part in Perdure:
// the names of subjects, streams, buckets and headers, how identifiers become
// subject tokens, how errors travel, and which methods exist. Requests and
// replies themselves are the messages of go.temporal.io/api; what only Perdure
// needs is in recordpb (what the log holds) and workerpb (what workers say).
//
// It imports nothing else of this project.
package api

//go:generate go run ./internal/protogen -plugin ../.bin/protoc-gen-go -proto proto -out ..
