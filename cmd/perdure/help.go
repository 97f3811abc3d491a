package main

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// helpWidth is how many columns the lines of help pages have at most, but for examples, which are copied.
const helpWidth = 100

// fitHelp has the help pages of a command, and of all below it, fit their width.
func fitHelp(root *cobra.Command) {
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages ", fmt.Sprintf(".FlagUsagesWrapped %d ", helpWidth)))
	fitLong(root)
}

func fitLong(c *cobra.Command) {
	paragraphs := strings.Split(c.Long, "\n\n")
	for i, paragraph := range paragraphs {
		if !strings.HasPrefix(paragraph, " ") { // as it stands
			paragraphs[i] = fold(paragraph, helpWidth)
		}
	}
	c.Long = strings.Join(paragraphs, "\n\n")
	for _, child := range c.Commands() {
		fitLong(child)
	}
}

// word is what stays on one line: a command in back quotes, too.
var word = regexp.MustCompile("[^\\s`]*`[^`]*`\\S*|\\S+")

// fold breaks a text anew, between words.
func fold(text string, width int) string {
	var folded strings.Builder
	column := 0
	for _, part := range word.FindAllString(text, -1) {
		length := utf8.RuneCountInString(part)
		switch {
		case column == 0:
		case column+1+length > width:
			folded.WriteByte('\n')
			column = 0
		default:
			folded.WriteByte(' ')
			column++
		}
		folded.WriteString(part)
		column += length
	}
	return folded.String()
}

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
