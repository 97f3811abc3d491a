package main

import (
	"context"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/workflow"
)

// tenantKey is the key of the tenant in contexts of all kinds, and in headers.
type tenantKey struct{}

const tenantHeader = "tenant"

// tenants is a context propagator: it carries the tenant from a client's context to workflows, their children and their activities.
type tenants struct{}

var _ workflow.ContextPropagator = tenants{}

func (tenants) Inject(ctx context.Context, header workflow.HeaderWriter) error {
	return write(ctx.Value(tenantKey{}), header)
}

func (tenants) InjectFromWorkflow(ctx workflow.Context, header workflow.HeaderWriter) error {
	return write(ctx.Value(tenantKey{}), header)
}

func (tenants) Extract(ctx context.Context, header workflow.HeaderReader) (context.Context, error) {
	tenant, err := read(header)
	return context.WithValue(ctx, tenantKey{}, tenant), err
}

func (tenants) ExtractToWorkflow(ctx workflow.Context, header workflow.HeaderReader) (workflow.Context, error) {
	tenant, err := read(header)
	return workflow.WithValue(ctx, tenantKey{}, tenant), err
}

func write(tenant any, header workflow.HeaderWriter) error {
	payload, err := converter.Default().ToPayload(tenant)
	if err == nil && tenant != nil {
		header.Set(tenantHeader, payload)
	}
	return err
}

func read(header workflow.HeaderReader) (tenant string, err error) {
	payload, found := header.Get(tenantHeader)
	if !found {
		return "", nil
	}
	err = converter.Default().FromPayload(payload, &tenant)
	return tenant, err
}
