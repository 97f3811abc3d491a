package main

import (
	"github.com/spf13/pflag"

	"github.com/perdure/perdure/runtime"
)

// check refuses flags that have no sense as they are given.
func (o *serverOptions) check(g *global, flags *pflag.FlagSet) error {
	for name, value := range map[string]int{"shards": o.shards, "replicas": o.replicas} {
		if flags.Changed(name) && value == 0 {
			return usagef("--%s 0: use a number from 1, or leave it out for the default", name)
		}
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
