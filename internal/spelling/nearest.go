package spelling

import (
	"slices"
	"strings"
)

// Nearest is the known word of which the given one may be a misspelling, whatever its case, or nothing. Of several that are as near it
// is the first by name.
func Nearest(word string, known []string) string {
	found, least := "", max(2, len(word)/4)+1
	for _, candidate := range slices.Sorted(slices.Values(known)) {
		if d := distance(strings.ToLower(word), strings.ToLower(candidate), least); d < least {
			found, least = candidate, d
		}
	}
	return found
}

// distance is how many letters must be put in, left out or changed to make b of a, or limit if it is at least that.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return min(row[len(b)], limit)
}
