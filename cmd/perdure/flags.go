package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/types/known/durationpb"
)

// duration is a flag's value: Go's durations, and days as in 7d.
type duration time.Duration

func (d *duration) Type() string   { return "duration" }
func (d *duration) String() string { return spell(time.Duration(*d)) }

// spell writes a duration as Set reads it and people do: 3d and not 72h0m0s.
func spell(d time.Duration) string {
	const day = 24 * time.Hour
	if d != 0 && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	text := d.String()
	for _, none := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, none) {
			text = text[:len(text)-2]
		}
	}
	return text
}

func (d *duration) Set(text string) error {
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return fmt.Errorf("use a duration such as 90s, 2h30m or 7d")
		}
		*d = duration(n) * duration(24*time.Hour)
		return nil
	}
	parsed, err := time.ParseDuration(text)
	if err != nil || parsed < 0 {
		return fmt.Errorf("use a duration such as 90s, 2h30m or 7d")
	}
	*d = duration(parsed)
	return nil
}

// durationFlag adds a flag whose usage says what it is when it is not given: 0 is no time that was chosen.
func durationFlag(flags *pflag.FlagSet, d *duration, name, usage string) {
	flags.Var(d, name, usage)
	flags.Lookup(name).DefValue = ""
}

// proto is the duration in a request: absent when it is 0.
func (d *duration) proto() *durationpb.Duration {
	if *d == 0 {
		return nil
	}
	return durationpb.New(time.Duration(*d))
}

// pairsFlag adds a flag of KEY=VALUE pairs. None is given by default, and none is shown.
func pairsFlag(flags *pflag.FlagSet, pairs *map[string]string, name, usage string) {
	flags.StringToStringVar(pairs, name, nil, usage)
	flags.Lookup(name).DefValue = ""
}

// enum is a flag's value: one of the names of an enum of the API.
type enum[E fmt.Stringer] struct {
	value E
	parse func(string) (E, error)
	names string
}

func (e *enum[E]) Type() string   { return "name" }
func (e *enum[E]) String() string { return e.value.String() }

func (e *enum[E]) Set(text string) error {
	value, err := e.parse(text)
	if err != nil {
		return fmt.Errorf("use one of %s", e.names)
	}
	e.value = value
	return nil
}

// enumFlag adds a flag whose default is what the server makes of an unspecified value.
func enumFlag[E fmt.Stringer](flags *pflag.FlagSet, name, usage, names string, parse func(string) (E, error)) *enum[E] {
	e := &enum[E]{parse: parse, names: names}
	flags.Var(e, name, usage+": "+names)
	flags.Lookup(name).DefValue = "" // Unspecified is no name that a user would give
	choose(flags, name, strings.Split(names, ", ")...)
	return e
}

// input are the flags that say what a workflow, signal or query is given.
type input struct {
	name          string // of the flag
	values, files []string
}

func (i *input) register(flags *pflag.FlagSet) { i.registerAs(flags, "input", "i", "input") }

// registerAs adds the flags --name and --name-file.
func (i *input) registerAs(flags *pflag.FlagSet, name, short, what string) {
	i.name = name
	flags.StringArrayVarP(&i.values, name, short, nil, what+" as JSON; several times for several arguments")
	flags.StringArrayVar(&i.files, name+"-file", nil, "file with the "+what+" as JSON, - for standard input; several times for several arguments")
}

// payloads reads and checks the input; nil if there is none.
func (i *input) payloads(stdin io.Reader) (*commonpb.Payloads, error) {
	if len(i.values) > 0 && len(i.files) > 0 {
		return nil, usagef("both --%s and --%s-file are given: give one kind", i.name, i.name)
	}
	var all []*commonpb.Payload
	for _, value := range i.values {
		payload, err := jsonPayload(value)
		if err != nil {
			return nil, usagef("--%s %s: %w", i.name, value, err)
		}
		all = append(all, payload)
	}
	for _, file := range i.files {
		body, err := readInput(file, stdin)
		if err != nil {
			return nil, usagef("--%s-file %s: %w", i.name, file, err)
		}
		payload, err := jsonPayload(string(body))
		if err != nil {
			return nil, usagef("--%s-file %s: %w", i.name, file, err)
		}
		all = append(all, payload)
	}
	if all == nil {
		return nil, nil
	}
	return &commonpb.Payloads{Payloads: all}, nil
}

func readInput(file string, stdin io.Reader) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(file)
}

func jsonPayload(text string) (*commonpb.Payload, error) {
	var value json.RawMessage
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return nil, fmt.Errorf("not JSON: %w; quote text twice, as in '\"text\"'", err)
	}
	return &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(text)}, nil
}

// fields reads KEY=JSON pairs, of a memo or of search attributes.
func fields(flag string, pairs []string) (map[string]*commonpb.Payload, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	all := make(map[string]*commonpb.Payload, len(pairs))
	for _, pair := range pairs {
		key, value, found := strings.Cut(pair, "=")
		if !found || key == "" {
			return nil, usagef("--%s %s: use KEY=VALUE, VALUE as JSON", flag, pair)
		}
		payload, err := jsonPayload(value)
		if err != nil {
			return nil, usagef("--%s %s: %w", flag, pair, err)
		}
		all[key] = payload
	}
	return all, nil
}
