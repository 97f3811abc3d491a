package render

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/api"
)

// Payloads is an input or output: its values separated by commas, nothing if there are none.
func Payloads(payloads *commonpb.Payloads) string {
	values := make([]string, len(payloads.GetPayloads()))
	for i, p := range payloads.GetPayloads() {
		values[i] = Payload(p)
	}
	return strings.Join(values, ", ")
}

// Payload is JSON where the payload is; text in quotes where it is bytes that are
// text; else its encoding and size.
func Payload(p *commonpb.Payload) string {
	if api.IsReference(p) {
		if _, size, err := api.ReadReference(p); err == nil {
			return fmt.Sprintf("<large payload, %d bytes>", size)
		}
	}
	encoding := string(p.GetMetadata()["encoding"])
	switch encoding {
	case "binary/null":
		return "null"
	case "json/plain", "json/protobuf":
		var compact bytes.Buffer
		if err := json.Compact(&compact, p.GetData()); err == nil {
			return OneLine(compact.String())
		}
	case "binary/plain":
		if utf8.Valid(p.GetData()) {
			return strconv.Quote(string(p.GetData()))
		}
	}
	return fmt.Sprintf("<%s, %d bytes>", OneLine(encoding), len(p.GetData()))
}

// PayloadJSON is the payload as a JSON value: itself where it is JSON, an
// object with its encoding and base64 data where it is not.
func PayloadJSON(p *commonpb.Payload) json.RawMessage {
	encoding := string(p.GetMetadata()["encoding"])
	switch encoding {
	case "binary/null":
		return json.RawMessage("null")
	case "json/plain", "json/protobuf":
		if json.Valid(p.GetData()) {
			return p.GetData()
		}
	}
	// Two strings always encode.
	value, _ := json.Marshal(struct {
		Encoding string `json:"encoding"`
		Data     string `json:"data"`
	}{encoding, base64.StdEncoding.EncodeToString(p.GetData())})
	return value
}

// Fields is a memo or a set of search attributes: name=value, by name.
func Fields(fields map[string]*commonpb.Payload) string {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	sort.Strings(names)
	for i, name := range names {
		names[i] = OneLine(name) + "=" + Payload(fields[name])
	}
	return strings.Join(names, ", ")
}

// OneLine makes text safe for a line of a terminal: control characters, line
// breaks among them, are escaped.
func OneLine(text string) string {
	var safe strings.Builder
	for _, r := range text {
		if strconv.IsPrint(r) {
			safe.WriteRune(r)
			continue
		}
		escaped := strconv.QuoteRune(r)
		safe.WriteString(escaped[1 : len(escaped)-1])
	}
	return safe.String()
}

// Clip shortens a line to width columns, with an ellipsis; 0 is no limit.
func Clip(line string, width int) string {
	if width <= 0 || utf8.RuneCountInString(line) <= width {
		return line
	}
	runes := []rune(line)
	return string(runes[:width-1]) + "…"
}
