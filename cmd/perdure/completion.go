package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// choices is the annotation of a flag that takes one of some words.
const choices = "choices"

// choose has shells offer the words for a flag.
func choose(flags *pflag.FlagSet, name string, words ...string) {
	flag := flags.Lookup(name)
	if flag.Annotations == nil {
		flag.Annotations = map[string][]string{}
	}
	flag.Annotations[choices] = words
}

// completeFlags has shells offer for each flag what it may be: its words, files where it names one, and else nothing, where they
// would offer files.
func completeFlags(c *cobra.Command) {
	register := func(flag *pflag.Flag) {
		if complete := completion(flag); complete != nil {
			// The flag is there, and nobody else completes it.
			_ = c.RegisterFlagCompletionFunc(flag.Name, complete)
		}
	}
	c.PersistentFlags().VisitAll(register)
	c.Flags().VisitAll(register)
	for _, child := range c.Commands() {
		completeFlags(child)
	}
}

// completion is what a flag may be; nil where the shell's own files are right.
func completion(flag *pflag.Flag) cobra.CompletionFunc {
	switch name := flag.Name; {
	case len(flag.Annotations[choices]) > 0:
		return cobra.FixedCompletions(flag.Annotations[choices], cobra.ShellCompDirectiveNoFileComp)
	case strings.HasSuffix(name, "-dir"):
		return cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
	case strings.HasSuffix(name, "-file"), strings.HasPrefix(name, "grpc-tls-"), name == "creds", name == "config", name == "context":
		return nil
	}
	return cobra.NoFileCompletions
}
