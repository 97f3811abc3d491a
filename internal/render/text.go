package render

import (
	"encoding/json"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
)

// Text is a payload that is a text, such as a summary, without its quotes, on one line; another payload as Payload has it.
func Text(p *commonpb.Payload) string {
	if p == nil {
		return ""
	}
	var text string
	if json.Unmarshal(p.GetData(), &text) == nil {
		return OneLine(text)
	}
	return Payload(p)
}

// TextLines are the lines of a text, each safe for a terminal.
func TextLines(text string) []string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range lines {
		lines[i] = OneLine(strings.ReplaceAll(line, "\t", "    "))
	}
	return lines
}
