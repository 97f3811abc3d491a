// Command protogen generates the Go code of the project's own protos with
// protoc-gen-go. The protos of Temporal's API that they import are taken from
// the descriptors compiled into go.temporal.io/api, so that neither protoc nor
// a copy of those files is needed.
//
// Usage: protogen -plugin PATH -proto DIR -out DIR
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"

	_ "go.temporal.io/api/taskqueue/v1" // registers the descriptors that are imported
	_ "go.temporal.io/api/workflowservice/v1"
)

const module = "github.com/perdure/perdure/"

func main() {
	plugin := flag.String("plugin", "protoc-gen-go", "path of the protoc-gen-go binary")
	protos := flag.String("proto", "proto", "folder that holds the .proto files")
	out := flag.String("out", ".", "the module's root folder")
	flag.Parse()
	if err := generate(*plugin, *protos, *out); err != nil {
		fmt.Fprintln(os.Stderr, "protogen:", err)
		os.Exit(1)
	}
}

func generate(plugin, protos, out string) error {
	var files []string
	err := filepath.WalkDir(protos, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".proto") {
			rel, _ := filepath.Rel(protos, path)
			files = append(files, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("listing protos: %w", err)
	}
	compiler := protocompile.Compiler{
		Resolver: protocompile.CompositeResolver{
			&protocompile.SourceResolver{ImportPaths: []string{protos}},
			protocompile.ResolverFunc(compiledIn),
		},
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	compiled, err := compiler.Compile(context.Background(), files...)
	if err != nil {
		return fmt.Errorf("compiling protos: %w", err)
	}
	request := &pluginpb.CodeGeneratorRequest{FileToGenerate: files, Parameter: proto.String("module=" + strings.TrimSuffix(module, "/"))}
	seen := map[string]bool{}
	for _, file := range compiled {
		addFile(request, seen, file)
	}
	response, err := run(plugin, request)
	if err != nil {
		return err
	}
	for _, file := range response.File {
		path := filepath.Join(out, file.GetName())
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(file.GetContent()), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// compiledIn finds a file among the descriptors linked into this program.
func compiledIn(path string) (protocompile.SearchResult, error) {
	file, err := protoregistry.GlobalFiles.FindFileByPath(path)
	if err != nil {
		return protocompile.SearchResult{}, err
	}
	return protocompile.SearchResult{Desc: file}, nil
}

// addFile adds a file behind all that it imports, as plugins expect.
func addFile(request *pluginpb.CodeGeneratorRequest, seen map[string]bool, file protoreflect.FileDescriptor) {
	if seen[file.Path()] {
		return
	}
	seen[file.Path()] = true
	imports := file.Imports()
	for i := range imports.Len() {
		addFile(request, seen, imports.Get(i).FileDescriptor)
	}
	request.ProtoFile = append(request.ProtoFile, withSource(file))
}

func withSource(file protoreflect.FileDescriptor) *descriptorpb.FileDescriptorProto {
	if result, ok := file.(interface {
		FileDescriptorProto() *descriptorpb.FileDescriptorProto
	}); ok {
		return result.FileDescriptorProto()
	}
	return protodesc.ToFileDescriptorProto(file)
}

func run(plugin string, request *pluginpb.CodeGeneratorRequest) (*pluginpb.CodeGeneratorResponse, error) {
	in, err := proto.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("encoding the plugin's request: %w", err)
	}
	command := exec.CommandContext(context.Background(), plugin)
	command.Stdin = bytes.NewReader(in)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("running %s: %w", plugin, err)
	}
	response := &pluginpb.CodeGeneratorResponse{}
	if err := proto.Unmarshal(output, response); err != nil {
		return nil, fmt.Errorf("decoding the reply of %s: %w", plugin, err)
	}
	if response.Error != nil {
		return nil, fmt.Errorf("%s: %s", plugin, response.GetError())
	}
	return response, nil
}
