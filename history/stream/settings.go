package stream

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// checkSettings compares what matters to what a stream is for. Replicas,
// placement, republishing, descriptions and metadata are the operator's.
func checkSettings(want, have jetstream.StreamConfig) error {
	var wrong []string
	check := func(same bool, setting string, want, have any) {
		if !same {
			wrong = append(wrong, fmt.Sprintf("%s is %v and must be %v", setting, have, want))
		}
	}
	check(slices.Equal(want.Subjects, have.Subjects), "subjects", want.Subjects, have.Subjects)
	check(want.Retention == have.Retention, "retention", want.Retention, have.Retention)
	check(want.Storage == have.Storage, "storage", want.Storage, have.Storage)
	check(want.Discard == have.Discard, "discard", want.Discard, have.Discard)
	check(want.MaxAge == have.MaxAge, "max_age", want.MaxAge, have.MaxAge)
	check(limit(want.MaxMsgs) == limit(have.MaxMsgs), "max_msgs", limit(want.MaxMsgs), have.MaxMsgs)
	check(limit(want.MaxMsgsPerSubject) == limit(have.MaxMsgsPerSubject), "max_msgs_per_subject", limit(want.MaxMsgsPerSubject), have.MaxMsgsPerSubject)
	check(limit(int64(want.MaxMsgSize)) == limit(int64(have.MaxMsgSize)), "max_msg_size", limit(int64(want.MaxMsgSize)), have.MaxMsgSize)
	check(want.DenyDelete == have.DenyDelete, "deny_delete", want.DenyDelete, have.DenyDelete)
	check(!have.DenyPurge, "deny_purge", false, have.DenyPurge)
	check(want.AllowDirect == have.AllowDirect, "allow_direct", want.AllowDirect, have.AllowDirect)
	check(want.AllowAtomicPublish == have.AllowAtomicPublish, "allow_atomic", want.AllowAtomicPublish, have.AllowAtomicPublish)
	check(want.Compression == have.Compression, "compression", want.Compression, have.Compression)
	check(want.PersistMode == have.PersistMode, "persist_mode", want.PersistMode, have.PersistMode)
	check(!have.NoAck, "no_ack", false, have.NoAck)
	check(!have.Sealed, "sealed", false, have.Sealed)
	check(!have.AllowRollup, "allow_rollup_hdrs", false, have.AllowRollup)
	check(!have.AllowMsgTTL, "allow_msg_ttl", false, have.AllowMsgTTL)
	check(have.Mirror == nil && len(have.Sources) == 0, "mirror or sources", "none", "set")
	check(have.SubjectTransform == nil, "subject_transform", "none", "set")
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("stream %s: %w: %s: change it back with `nats stream edit %s`, or, where that is refused, restore the stream as it was made",
		want.Name, ErrSettings, strings.Join(wrong, "; "), want.Name)
}

// limit is how the server writes no limit.
func limit(n int64) int64 {
	if n <= 0 {
		return -1
	}
	return n
}
