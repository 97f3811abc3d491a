package deps

import (
	_ "github.com/google/uuid"
	_ "github.com/nats-io/nats-server/v2/server"
	_ "github.com/nats-io/nats.go"
	_ "github.com/nats-io/nats.go/jetstream"
	_ "github.com/nats-io/nats.go/micro"
	_ "github.com/rs/zerolog"
	_ "github.com/spf13/cobra"
	_ "github.com/stretchr/testify/require"
	_ "go.temporal.io/api/serviceerror"
	_ "go.temporal.io/api/temporalproto"
	_ "go.temporal.io/api/proxy"
	_ "go.temporal.io/api/workflowservice/v1"
	_ "go.uber.org/goleak"
	_ "google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/status"
	_ "pgregory.net/rapid"
)
