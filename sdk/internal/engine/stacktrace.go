package engine

import (
	"regexp"
	"strconv"
	"strings"

	sdkpb "go.temporal.io/api/sdk/v1"

	"github.com/perdure/perdure/sdk/internal/coroutine"
)

// enhancedStackTraceQuery is answered by every run: where its coroutines are, as places in files.
const enhancedStackTraceQuery = "__enhanced_stack_trace"

// enhancedStackTrace has no sources: those that the worker was built from need not be where it runs.
func (e *Env) enhancedStackTrace() *sdkpb.EnhancedStackTrace {
	trace := &sdkpb.EnhancedStackTrace{Sdk: &sdkpb.StackTraceSDKInfo{Name: SDKName, Version: SDKVersion}}
	for _, t := range e.dispatcher.Traces() {
		trace.Stacks = append(trace.Stacks, &sdkpb.StackTrace{Locations: locations(t)})
	}
	return trace
}

// place is where a frame of a dump is: a tab, the file, the line, and an offset.
var place = regexp.MustCompile(`^\t(.+):(\d+)(?: \+0x[0-9a-f]+)?$`)

// locations are the frames of a coroutine, innermost first. The first is no place in a file: it names the coroutine and
// what it waits for.
func locations(t coroutine.Trace) []*sdkpb.StackTraceFileLocation {
	all := []*sdkpb.StackTraceFileLocation{{FunctionName: t.Head(), Line: -1, Column: -1}}
	function := ""
	for line := range strings.Lines(t.Frames) {
		line = strings.TrimSuffix(line, "\n")
		found := place.FindStringSubmatch(line)
		if found == nil {
			function = functionName(line)
			continue
		}
		number, _ := strconv.ParseInt(found[2], 10, 32)
		all = append(all, &sdkpb.StackTraceFileLocation{
			FilePath: found[1], Line: int32(number), Column: -1, FunctionName: function, InternalCode: internalCode(function),
		})
	}
	return all
}

// functionName is the function of a dump's line, without its arguments.
func functionName(line string) string {
	line = strings.TrimPrefix(line, "created by ")
	if before, _, is := strings.Cut(line, " in goroutine "); is {
		return before
	}
	if end := strings.LastIndexByte(line, '('); end > 0 {
		return line[:end]
	}
	return line
}

// internalCode tells a function of this SDK, or of what runs its coroutines, from the workflow's own.
func internalCode(function string) bool {
	for _, prefix := range []string{"runtime.", "iter.", "github.com/perdure/perdure/sdk/"} {
		if strings.HasPrefix(function, prefix) {
			return true
		}
	}
	return false
}
