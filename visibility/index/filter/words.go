package filter

import (
	"slices"
	"strings"
	"unicode"
)

// Words are the different words of a text, in lower case and in order: runs of letters, digits and marks. They are what a
// Text attribute is searched by.
func Words(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	})
	slices.Sort(words)
	return slices.Compact(words)
}
