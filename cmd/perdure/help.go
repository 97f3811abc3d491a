package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// newHelp is cobra's help command, but for one that does not exist, which is an error here.
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]...",
		Short: "Show the help of a command",
		Args:  cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			c := root
			for _, name := range args {
				next := child(c, name)
				if next == nil {
					return unknownCommand(c, name)
				}
				c = next
			}
			c.InitDefaultHelpFlag()
			return c.Help()
		},
	}
}

func child(c *cobra.Command, name string) *cobra.Command {
	for _, one := range c.Commands() {
		if one.Name() == name || one.HasAlias(name) {
			return one
		}
	}
	return nil
}

// unknownCommand names what a mistyped command may have meant.
func unknownCommand(c *cobra.Command, name string) error {
	if advice := temporals(c, name); advice != "" {
		return usagef("%q is no command of %q: %s", name, c.CommandPath(), advice)
	}
	c.SuggestionsMinimumDistance = 2
	meant := ""
	if names := c.SuggestionsFor(name); len(names) > 0 {
		meant = ": did you mean " + strings.Join(names, " or ") + "?"
	}
	return usagef("%q is no command of %q%s: see `%s --help`", name, c.CommandPath(), meant, c.CommandPath())
}
