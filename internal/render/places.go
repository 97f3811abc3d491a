package render

import (
	"strconv"

	sdkpb "go.temporal.io/api/sdk/v1"
)

// Places are the stacks of a workflow's coroutines: functions and where they are, without what is the SDK's own.
func Places(trace *sdkpb.EnhancedStackTrace) []string {
	var lines []string
	for i, stack := range trace.GetStacks() {
		if i > 0 {
			lines = append(lines, "")
		}
		for _, l := range stack.GetLocations() {
			switch {
			case l.GetInternalCode():
			case l.GetFilePath() == "":
				lines = append(lines, OneLine(l.GetFunctionName()))
			default:
				lines = append(lines, "  "+OneLine(l.GetFilePath())+":"+strconv.Itoa(int(l.GetLine()))+"  "+OneLine(l.GetFunctionName()))
			}
		}
	}
	return lines
}
