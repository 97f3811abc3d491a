package matching

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"github.com/perdure/perdure/api/workerpb"
)

// keyBytes of the hash tell tasks apart. Workflow ids are chosen by users, so the hash
// must be one for which nobody can find two ids with the same key.
const keyBytes = 16

// taskKey is the last word of a task's subject: the same for the same task of
// whatever owner of the shard, so that queueing it twice leaves one message.
// The epoch is no part of it. scratch is reused between calls.
func taskKey(task *workerpb.Task, scratch []byte) (key string, grown []byte) {
	b := scratch[:0]
	b = binary.AppendUvarint(b, uint64(len(task.WorkflowId)))
	b = append(b, task.WorkflowId...)
	b = binary.AppendUvarint(b, uint64(len(task.RunId)))
	b = append(b, task.RunId...)
	b = binary.AppendVarint(b, task.ScheduledEventId)
	b = binary.AppendVarint(b, int64(task.Attempt))
	if task.Stamp != 0 {
		b = binary.AppendVarint(b, task.Stamp)
	}
	sum := sha256.Sum256(b)
	var word [24]byte
	base64.RawURLEncoding.Encode(word[:22], sum[:keyBytes])
	return string(word[:22]), b
}
