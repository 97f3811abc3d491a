package history

import "hash/maphash"

const (
	// firstIDs is how many ids the first part of an idSet is made for; each further
	// one is made for twice as many as the one before.
	firstIDs = 4096
	// With 12 bits and 8 probes for each id, one of 300 others is taken for it.
	bitsPerID = 12
	probes    = 8
)

var idSeed = maphash.MakeSeed()

// idSet holds tokens of workflow ids in 12 bits each, by Bloom filters. What was
// added is always found; what was not is sometimes.
type idSet struct {
	parts []bloom
	count int
}

// bloom is one Bloom filter; its bits are a power of two.
type bloom struct {
	bits []uint64
	room int // ids that it may still take
}

func newBloom(ids int) bloom {
	words := 1
	for words*64 < ids*bitsPerID {
		words *= 2
	}
	return bloom{bits: make([]uint64, words), room: ids}
}

// places are the bits of a hash: its halves, by double hashing.
func (b *bloom) places(hash uint64, visit func(word *uint64, bit uint64) bool) bool {
	step := hash>>32 | 1
	for range probes {
		place := hash & uint64(len(b.bits)*64-1)
		if !visit(&b.bits[place/64], 1<<(place%64)) {
			return false
		}
		hash += step
	}
	return true
}

func (s *idSet) add(token string) {
	if len(s.parts) == 0 || s.parts[len(s.parts)-1].room == 0 {
		s.parts = append(s.parts, newBloom(firstIDs<<len(s.parts)))
	}
	last := &s.parts[len(s.parts)-1]
	last.places(maphash.String(idSeed, token), func(word *uint64, bit uint64) bool { *word |= bit; return true })
	last.room--
	s.count++
}

// has is true for every token that was added, and for a few that were not.
func (s *idSet) has(token string) bool {
	hash := maphash.String(idSeed, token)
	for i := range s.parts {
		if s.parts[i].places(hash, func(word *uint64, bit uint64) bool { return *word&bit != 0 }) {
			return true
		}
	}
	return false
}
