package main

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/perdure/perdure/runtime"
)

// minPayloadGrace is the least time for which large payloads stay: a request that refers to one, and is sent again until it is answered, arrives within half
// of it, and the clocks of clients and of NATS may differ by as much.
const minPayloadGrace = 10 * time.Minute

// check refuses flags that have no sense as they are given.
func (o *serverOptions) check(g *global, flags *pflag.FlagSet) error {
	for name, value := range map[string]int{"shards": o.shards, "replicas": o.replicas} {
		if flags.Changed(name) && value == 0 {
			return usagef("--%s 0: use a number from 1, or leave it out for the default", name)
		}
	}
	if flags.Changed("payload-grace") && time.Duration(o.payloadGrace) < minPayloadGrace {
		return usagef("--payload-grace %s: use %s or more: a payload has to outlast the requests that refer to it", &o.payloadGrace, spell(minPayloadGrace))
	}
	return o.checkTLS(g)
}

// checkTLS refuses certificates that are not served, and those that are not whole.
func (o *serverOptions) checkTLS(g *global) error {
	tls := o.grpcTLS
	given := ""
	for _, flag := range []struct{ name, value string }{
		{"--grpc-tls-client-ca", tls.ClientCA}, {"--grpc-tls-key", tls.Key}, {"--grpc-tls-cert", tls.Cert},
	} {
		if flag.value != "" {
			given = flag.name
		}
	}
	listen, _ := g.door(o.grpcListen, runtime.DefaultGRPCListen)
	switch {
	case given == "":
		return nil
	case listen == "":
		return usagef("%s is given, but gRPC is not served: give --grpc-listen an address, such as %s", given, runtime.DefaultGRPCListen)
	case tls.Cert == "":
		return usagef("--grpc-tls-cert is missing: %s is given, and TLS takes a certificate and its key", given)
	case tls.Key == "":
		return usagef("--grpc-tls-key is missing: %s is given, and TLS takes a certificate and its key", given)
	}
	return nil
}
