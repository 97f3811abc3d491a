package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/temporalproto"
	"google.golang.org/protobuf/proto"
)

// errorOutput is how an error is to be written. Where the command line was not understood, neither all of its flags nor the environment
// may have been read.
func (g *global) errorOutput(args []string) string {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.SetOutput(io.Discard)
	output := flags.StringP("output", "o", os.Getenv("PERDURE_OUTPUT"), "")
	_ = flags.Parse(args) // as far as it goes
	if *output == outputJSON || *output == outputLines {
		return *output
	}
	return g.Output
}

// lines prints text.
func (g *global) lines(lines ...string) error {
	for _, line := range lines {
		if _, err := fmt.Fprintln(g.io.out, line); err != nil {
			return err
		}
	}
	return nil
}

// show prints an answer: as text by the given lines, as JSON by the value.
func (g *global) show(value any, text func(width int) []string) error {
	if g.Output == outputText {
		return g.lines(text(width(g.io.out))...)
	}
	encoded, err := encode(value)
	if err != nil {
		return err
	}
	return g.json(encoded)
}

// json prints one JSON value: indented, or in one line for jsonl.
func (g *global) json(value json.RawMessage) error {
	if g.Output == outputLines {
		line, err := compactJSON(value)
		if err != nil {
			return err
		}
		return g.lines(string(line))
	}
	var b bytes.Buffer
	if err := json.Indent(&b, value, "", "  "); err != nil {
		return fmt.Errorf("encoding the answer: %w", err)
	}
	return g.lines(b.String())
}

// compactJSON is a value in one line.
func compactJSON(value json.RawMessage) (json.RawMessage, error) {
	var b bytes.Buffer
	if err := json.Compact(&b, value); err != nil {
		return nil, fmt.Errorf("encoding the answer: %w", err)
	}
	return b.Bytes(), nil
}

// encode encodes a message in the API's JSON form with its shorthand for payloads,
// a list of messages as an array of those, anything else as encoding/json does.
func encode(value any) (json.RawMessage, error) {
	if m, isMessage := value.(proto.Message); isMessage {
		return encodeMessage(m, true)
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // it is for terminals and other programs
	err := encoder.Encode(value)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func encodeMessage(m proto.Message, shorthand bool) (json.RawMessage, error) {
	options := temporalproto.CustomJSONMarshalOptions{}
	if shorthand {
		options.Metadata = map[string]any{commonpb.EnablePayloadShorthandMetadataKey: true}
	}
	return options.Marshal(m)
}
