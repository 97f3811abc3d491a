package api

import (
	"encoding/base64"
	"strconv"
)

// Bucket is the name of a JetStream object store. Its stream and subjects are those of every object store of NATS's.
type Bucket string

// PayloadsBucket is where a namespace keeps its large payloads: perdure-payloads-<ns>-<incarnation>.
func (n Names) PayloadsBucket(in Incarnation) Bucket {
	return Bucket(n.word() + "-payloads-" + in.Namespace + "-" + strconv.FormatUint(in.Number, 10))
}

// Stream holds the bucket.
func (b Bucket) Stream() string { return "OBJ_" + string(b) }

// Chunks is where the content of one writing of an object is: the id is that writing's alone.
func (b Bucket) Chunks(id string) string { return "$O." + string(b) + ".C." + id }

// AllChunks are the subjects of all content.
func (b Bucket) AllChunks() string { return b.Chunks(">") }

// Meta is where it is said what an object is.
func (b Bucket) Meta(object string) string {
	return "$O." + string(b) + ".M." + base64.URLEncoding.EncodeToString([]byte(object))
}

// AllMeta are the subjects of what all objects are.
func (b Bucket) AllMeta() string { return "$O." + string(b) + ".M.>" }
