// Where the gRPC door is, by the variables that Temporal's own tools read.

export const address = process.env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233';
export const namespace = process.env.TEMPORAL_NAMESPACE ?? 'default';
