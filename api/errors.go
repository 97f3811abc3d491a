package api

import (
	"errors"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/code"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"context"

	"go.temporal.io/api/serviceerror"
)

// MaxErrorText is how many bytes of an error's text go into a header.
const MaxErrorText = 1024

// ErrorStatus is an error as a gRPC status. An error that is none of the API's
// becomes Internal, a context's its own code.
func ErrorStatus(err error) *status.Status {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return status.New(codes.DeadlineExceeded, err.Error())
	case errors.Is(err, context.Canceled):
		return status.New(codes.Canceled, err.Error())
	}
	var service serviceerror.ServiceError
	if errors.As(err, &service) {
		return service.Status()
	}
	return serviceerror.ToStatus(err)
}

// NotImplemented is the refusal of what Temporal's API has and Perdure has not: a method, a field, a command.
func NotImplemented(what string) error {
	return serviceerror.NewUnimplementedf("%s is not implemented by this version of perdure", what)
}

// ErrorCode is the canonical name of an error's code, such as NOT_FOUND.
func ErrorCode(err error) string { return code.Code(ErrorStatus(err).Code()).String() }

// EncodeError is what a failed call replies: the two headers' values and the
// body, a google.rpc.Status in the request's own encoding.
func EncodeError(err error, json bool) (errorCode, text string, body []byte) {
	st := ErrorStatus(err)
	errorCode = code.Code(st.Code()).String()
	text = headerText(st.Message())
	var encodeErr error
	if json {
		body, encodeErr = protojson.Marshal(st.Proto())
	} else {
		body, encodeErr = proto.Marshal(st.Proto())
	}
	if encodeErr != nil || len(body) == 0 {
		// A detail that cannot be encoded: the headers still tell all that matters.
		body = []byte(text)
	}
	return errorCode, text, body
}

// DecodeError is the error that a reply with these headers and body stands
// for: of package serviceerror where the API has a type for it.
func DecodeError(errorCode, text string, body []byte, json bool) error {
	var st spb.Status
	var err error
	if json {
		err = protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(body, &st)
	} else {
		err = proto.Unmarshal(body, &st)
	}
	if err != nil || st.Code == 0 {
		number, known := code.Code_value[errorCode]
		if !known {
			number = int32(codes.Unknown)
		}
		st = spb.Status{Code: number, Message: text}
	}
	return serviceerror.FromStatus(status.FromProto(&st))
}

// headerText makes one line that fits a header.
func headerText(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if len(text) > MaxErrorText {
		text = strings.ToValidUTF8(text[:MaxErrorText], "") + "..."
	}
	return text
}
