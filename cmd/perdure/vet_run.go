package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/perdure/perdure/sdk/determinism"
)

// isVetTool says that the go command runs this program as its vet tool: to ask for its version or flags, or to have the package
// looked at that a file describes. Commands of this program begin with a word.
func isVetTool(args []string) bool {
	if len(args) == 0 {
		return false
	}
	last := args[len(args)-1]
	for _, flag := range args[:len(args)-1] {
		if !strings.HasPrefix(flag, "-") {
			return false
		}
	}
	return last == "-V=full" || last == "-flags" || !strings.HasPrefix(last, "-") && strings.HasSuffix(last, ".cfg")
}

// vetTool does what the go command asks of its vet tool, and ends the program.
func vetTool() { unitchecker.Main(determinism.Analyzer) }

// vet has the go command run this very program as its vet tool, one package after the other, and keeps what is found in the
// go command's cache. Whatever is found is returned beside an error.
func vet(ctx context.Context, o *vetOptions, packages []string) ([]found, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program, which the go command is to run: %w", err)
	}
	directory, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("finding the working directory: %w", err)
	}
	for _, name := range packages {
		if strings.HasPrefix(name, "-") {
			return nil, usagef("%q is no package: see `perdure vet --help`", name)
		}
	}
	args := []string{"vet", "-vettool=" + self, "-json"}
	if o.tags != "" {
		args = append(args, "-tags="+o.tags)
	}
	var out, problems bytes.Buffer
	command := exec.CommandContext(ctx, "go", append(args, packages...)...)
	command.Stdout, command.Stderr = &out, &problems
	failed := command.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	all, err := readFound(&out, directory)
	if err != nil {
		return nil, err
	}
	if o.skipTests {
		all = slices.DeleteFunc(all, func(one found) bool { return isTestFile(one.File) })
	}
	var exit *exec.ExitError
	switch {
	case errors.As(failed, &exit):
		return all, usagef("the go command could not look at the packages:\n%s", strings.TrimSpace(problems.String()))
	case failed != nil:
		return all, usagef("running the go command, which has to be on the PATH: %w", failed)
	}
	return all, nil
}

// readFound reads what go vet -json says: an object for each package, one behind the other.
func readFound(from io.Reader, directory string) ([]found, error) {
	var all []found
	for decoder := json.NewDecoder(from); ; {
		var packages map[string]map[string]json.RawMessage
		if err := decoder.Decode(&packages); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("reading what go vet says; a go command of 1.26 or later says it in JSON: %w", err)
		}
		for _, one := range packages {
			some, err := decodeFound(one, directory)
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
		}
	}
	slices.SortFunc(all, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	return all, nil
}

// spotOf reads file:line:column, and takes the file from a directory if it is below it.
func spotOf(position, directory string) spot {
	rest, column := cutNumber(position)
	file, line := cutNumber(rest)
	if relative, err := filepath.Rel(directory, file); err == nil && filepath.IsLocal(relative) {
		file = relative
	}
	return spot{File: file, Line: line, Column: column}
}

// cutNumber cuts a last ":number" off.
func cutNumber(text string) (before string, number int) {
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return text, 0
	}
	number, err := strconv.Atoi(text[i+1:])
	if err != nil {
		return text, 0
	}
	return text[:i], number
}
