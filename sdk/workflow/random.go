package workflow

import (
	"hash/fnv"
	"math/rand/v2"

	"github.com/google/uuid"
)

// NewRand makes a source of random numbers that gives the same numbers on every replay. Each call
// makes another one. Nothing is recorded in the history.
func NewRand(ctx Context) *rand.Rand {
	r := ctx.run()
	r.randoms++
	info := r.env.Info()
	// A reset run keeps its original run id, and so what it drew before the reset.
	seed := info.OriginalRunID
	if seed == "" {
		seed = info.RunID
	}
	h := fnv.New64a()
	h.Write([]byte(seed))
	return rand.New(rand.NewPCG(h.Sum64(), uint64(r.randoms)))
}

// NewUUID makes a UUID (version 4) that is the same on every replay.
func NewUUID(ctx Context) string {
	source := NewRand(ctx)
	var id uuid.UUID
	for i := range id {
		id[i] = byte(source.Uint32())
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id.String()
}
