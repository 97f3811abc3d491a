package main

import (
	"fmt"
	"slices"
	"strings"
)

// named is what the command line chooses by its name, in whatever case.
type named interface{ key() string }

// names are those of all of them, for people.
func names[T named](all []T) string {
	keys := make([]string, len(all))
	for i, one := range all {
		keys[i] = one.key()
	}
	return strings.Join(keys, ", ")
}

// choose is those of all that are named, in their order.
func choose[T named](all []T, by []string) []T {
	var chosen []T
	for _, one := range all {
		if slices.ContainsFunc(by, func(name string) bool { return strings.EqualFold(name, one.key()) }) {
			chosen = append(chosen, one)
		}
	}
	return chosen
}

// known is nil if each of the names that a flag was given is one of all.
func known[T named](flag string, all []T, by []string) error {
	for _, name := range by {
		if len(choose(all, []string{name})) == 0 {
			return fmt.Errorf("%s %s: use one or several of %s", flag, name, names(all))
		}
	}
	return nil
}
