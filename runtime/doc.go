// Package runtime makes a server of the parts: it embeds a nats-server or
// connects to an existing deployment, and composes history, matching and gateway on it.
//
// It receives a Config from the command line or from a program that embeds
// Perdure, hands each part the connection and the parts that it needs, and stops them in
// the order in which they depend on each other. It is the only package that imports
// nats-server.
package runtime
