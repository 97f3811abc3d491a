package coroutine

import "strings"

// machinery begins the functions that every coroutine runs in and blocks by, and those of a panic: they tell whoever looks for
// a workflow's code nothing. The rest of the SDK is that below the workflow's code alone; above it, it is what the code has called.
var machinery = []string{"iter.", "runtime.", "runtime/debug.", "panic(", module + "internal/", module + "sdk/internal/"}

const module = "github.com/perdure/perdure/"

// trimmed are the frames of a dump without the machinery above and below the workflow's code; all of them where there is nothing else.
func trimmed(frames string) string {
	all := split(frames)
	from, to := 0, len(all)
	for from < to && begins(all[from], machinery...) {
		from++
	}
	for to > from && (begins(all[to-1], machinery...) || begins(all[to-1], module+"sdk/")) {
		to--
	}
	if from == to {
		return frames
	}
	return strings.Join(all[from:to], "")
}

// split makes one text of each frame: the line of its function, and that of its place, which a tab begins.
func split(frames string) []string {
	var all []string
	for line := range strings.Lines(frames) {
		if strings.HasPrefix(line, "\t") && len(all) > 0 {
			all[len(all)-1] += line
			continue
		}
		all = append(all, line)
	}
	return all
}

// begins tells whether a frame's function has one of the prefixes. What is in a test is the code that is looked for.
func begins(frame string, prefixes ...string) bool {
	if strings.Contains(frame, "_test.go:") {
		return false
	}
	function := strings.TrimPrefix(frame, "created by ")
	for _, prefix := range prefixes {
		if strings.HasPrefix(function, prefix) {
			return true
		}
	}
	return false
}
