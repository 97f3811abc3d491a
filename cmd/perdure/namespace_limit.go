package main

import (
	"maps"

	"github.com/spf13/pflag"

	"github.com/perdure/perdure/api"
)

// limitFlag is for limits of runs and requests, by name.
func limitFlag(flags *pflag.FlagSet, limits *map[string]string) {
	pairsFlag(flags, limits, "limit", "NAME=VALUE, of events, bytes or what is counted, such as historyCount.error=20000")
}

// withLimits are the user's data with the limits, which the API takes among them.
func withLimits(data, limits map[string]string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, data)
	for name, value := range limits {
		all[api.LimitPrefix+name] = value
	}
	return all
}
