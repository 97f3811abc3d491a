package main

import (
	"context"
	"strings"
)

// sdk is a way to write the workloads' clients and workers, and to reach a server.
type sdk struct {
	name, about string
	// connect makes the client.
	connect func(at addresses) (caller, error)
	// work runs a worker of all workloads until stop is called.
	work func(at addresses, pollers int) (stop func() error, err error)
}

// addresses are where a server listens.
type addresses struct {
	nats string // URL
	grpc string // host:port
}

// String is what a server child says of itself.
func (a addresses) String() string { return a.nats + " " + a.grpc }

func parseAddresses(words string) addresses {
	url, listens, _ := strings.Cut(words, " ")
	return addresses{url, listens}
}

// caller starts the workloads' workflows, from many goroutines.
type caller interface {
	// startEcho starts a workflow that is given a text and returns one.
	startEcho(ctx context.Context, workflow, id, in string) (run[string], error)
	// startSum starts a workflow that is sent a stream and returns its sum.
	startSum(ctx context.Context, workflow, id string, in parts) (run[int], error)
	close()
}

// run is a workflow that was started.
type run[Out any] interface {
	// signal sends it a number and waits for the acknowledgement.
	signal(ctx context.Context, n int) error
	// update sends it a number as an update and waits for the update's result.
	update(ctx context.Context, n int) (int, error)
	// result waits for it.
	result(ctx context.Context) (Out, error)
}

// The names stand on the command line and in the results.
const (
	nativeName = "native"
	grpcName   = "grpc"
	natsName   = "nats"
)

var sdks = []*sdk{
	{nativeName, "this repository's", connectNative, workNative},
	{grpcName, "Temporal's Go SDK through the gRPC door", connectTemporal(dialGRPC), workTemporal(dialGRPC)},
	{natsName, "Temporal's Go SDK over NATS", connectTemporal(dialNATS), workTemporal(dialNATS)},
}

func (s *sdk) key() string { return s.name }

func (s *sdk) isTemporal() bool { return s.name != nativeName }
