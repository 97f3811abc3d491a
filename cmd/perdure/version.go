package main

import (
	"fmt"
	goruntime "runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/perdure/perdure/runtime"
)

// version is set by the build of a release; otherwise the module's own is shown.
var version = ""

func newVersion(g *global) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Show the versions of this program and of the NATS server in it",
		Example: "  perdure version --output json",
		RunE: func(*cobra.Command, []string) error {
			v := struct {
				Perdure string `json:"perdure"`
				NATS    string `json:"natsServer"`
				Go      string `json:"go"`
			}{programVersion(), runtime.NATSVersion, goruntime.Version()}
			return g.show(v, func(int) []string {
				return []string{fmt.Sprintf("perdure %s (nats-server %s, %s)", v.Perdure, v.NATS, v.Go)}
			})
		},
	}
}

func programVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
