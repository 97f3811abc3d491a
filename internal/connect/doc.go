// Package connect turns the settings by which a user names a NATS deployment
// (URL, credentials, a context of the `nats` command line) into a connection. The
// server's runtime and the command line receive the settings from flags and
// environment, and use the same rules.
package connect
