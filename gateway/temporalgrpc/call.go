package temporalgrpc

import (
	"context"
	"fmt"
	"runtime/debug"

	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/perdure/perdure/api"
)

// services are what is served here.
func services() []*grpc.ServiceDesc {
	return []*grpc.ServiceDesc{&workflowservice.WorkflowService_ServiceDesc, &operatorservice.OperatorService_ServiceDesc}
}

// describe is the service with every method handled by call.
func (s *Server) describe(service *grpc.ServiceDesc) *grpc.ServiceDesc {
	served := &grpc.ServiceDesc{ServiceName: service.ServiceName, HandlerType: (*any)(nil), Metadata: service.Metadata}
	for _, method := range service.Methods {
		fullMethod := "/" + service.ServiceName + "/" + method.MethodName
		request := requestOf(service.ServiceName, method.MethodName)
		_, administers := api.FindMethod(method.MethodName, api.AdminDoor)
		served.Methods = append(served.Methods, grpc.MethodDesc{
			MethodName: method.MethodName,
			Handler: func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
				if err := s.versions.check(ctx); err != nil {
					return nil, api.ErrorStatus(err).Err()
				}
				if err := askForPlain(ctx, fullMethod); err != nil {
					return nil, err
				}
				in := request.New()
				if err := decode(in.Interface()); err != nil {
					return nil, err
				}
				if !administers {
					nameNamespace(ctx, in)
				}
				return s.call(ctx, fullMethod, in.Interface())
			},
		})
	}
	return served
}

// requestOf is the type of a method's request, which is linked in with its service.
func requestOf(service, method string) protoreflect.MessageType {
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service + "." + method))
	if err == nil {
		var t protoreflect.MessageType
		if t, err = protoregistry.GlobalTypes.FindMessageByName(d.(protoreflect.MethodDescriptor).Input().FullName()); err == nil {
			return t
		}
	}
	panic(fmt.Sprintf("temporalgrpc: %s.%s: %v", service, method, err)) // the generated code does not fit itself
}

// call has the service answer. A panic is one call's.
func (s *Server) call(ctx context.Context, fullMethod string, request proto.Message) (reply any, err error) {
	defer func() {
		if r := recover(); r != nil {
			s.config.Logger.Error().Str("method", fullMethod).Str("panic", fmt.Sprintf("%T", r)).Bytes("stack", debug.Stack()).Msg("a panic while serving a gRPC call")
			reply, err = nil, status.Error(codes.Internal, "the call failed in the server, whose log says more")
		}
	}()
	leave, err := s.polls.enter(fullMethod, request)
	if err != nil {
		return nil, api.ErrorStatus(err).Err()
	}
	defer leave()
	answer, err := s.config.Service.Call(withHeaders(ctx), fullMethod, request)
	if err != nil {
		return nil, api.ErrorStatus(err).Err()
	}
	size := proto.Size(answer)
	if size > MaxReply {
		return nil, api.ErrorStatus(serviceerror.NewInternalf("the reply has %d bytes, more than the %d that a client takes: ask for a smaller page", size, MaxReply)).Err()
	}
	if err := chooseEncoding(ctx, size); err != nil {
		return nil, status.Errorf(codes.Internal, "sending the reply: %v", err)
	}
	return answer, nil
}

// withHeaders has what a call tells of its reply sent as headers, in lower case, as gRPC wants them.
func withHeaders(ctx context.Context) context.Context {
	return api.WithNotes(ctx, func(header, value string) {
		_ = grpc.SetHeader(ctx, metadata.Pairs(header, value)) // fails when the reply is on its way already
	})
}

// namespaceHeader names a request's namespace for proxies; it stands in for the field where a request is served in a
// namespace. One that is about a namespace, which it may describe by its id, or delete, has to name it itself.
const namespaceHeader = "temporal-namespace"

// nameNamespace fills in a namespace that only the header names.
func nameNamespace(ctx context.Context, request protoreflect.Message) {
	field := request.Descriptor().Fields().ByName("namespace")
	if field == nil || field.Kind() != protoreflect.StringKind || request.Has(field) {
		return
	}
	if given := metadata.ValueFromIncomingContext(ctx, namespaceHeader); len(given) == 1 && given[0] != "" {
		request.Set(field, protoreflect.ValueOfString(given[0]))
	}
}
