package converter

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"

	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/proto"
)

// EncodingZlib is the encoding of what [ZlibCodec] writes: that of Temporal's SDKs.
const EncodingZlib = "binary/zlib"

// maxInflated is how large a payload may become when it is read, in bytes. A few bytes can be deflated from gigabytes.
const maxInflated = 256 << 20

// ZlibCodec compresses payloads with zlib where that makes them smaller, each as a whole, metadata and all.
type ZlibCodec struct{}

// Encode implements [Codec].
func (ZlibCodec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		plain, err := proto.Marshal(p)
		if err != nil {
			return nil, err
		}
		small, err := deflate(plain)
		if err != nil {
			return nil, err
		}
		if out[i] = p; len(small) < len(plain) {
			out[i] = payload(EncodingZlib, small)
		}
	}
	return out, nil
}

// Decode implements [Codec]. A payload that would be larger than 256 MiB is an error.
func (ZlibCodec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if out[i] = p; string(p.GetMetadata()[MetadataEncoding]) != EncodingZlib {
			continue
		}
		plain, err := inflate(p.GetData(), maxInflated)
		if err != nil {
			return nil, err
		}
		out[i] = &commonpb.Payload{}
		if err := proto.Unmarshal(plain, out[i]); err != nil {
			return nil, fmt.Errorf("what was compressed is no payload: %w", err)
		}
	}
	return out, nil
}

func deflate(plain []byte) ([]byte, error) {
	var small bytes.Buffer
	w := zlib.NewWriter(&small)
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	err := w.Close()
	return small.Bytes(), err
}

func inflate(small []byte, limit int64) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(small))
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(plain)) > limit {
		return nil, fmt.Errorf("it is larger than %d bytes when it is inflated", limit)
	}
	return plain, r.Close()
}
