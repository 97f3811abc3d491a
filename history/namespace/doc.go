// Package namespace is the registry of namespaces: a key-value bucket with
// each one's settings and with when its streams were made. It serves
// RegisterNamespace, DescribeNamespace and ListNamespaces to the gateway, and
// tells history where a namespace's shards are.
package namespace
