package history

// Positions are, by shard, the last sequences of the namespace's logs that are acknowledged to this process: whatever it
// has answered is in the logs up to there. 0: the shard has not recovered yet. Nil: the namespace is not
// served here. From memory.
func (s *Service) Positions(name string) []uint64 {
	ns := s.find(name)
	if ns == nil {
		return nil
	}
	positions := make([]uint64, len(ns.shards))
	for i, sh := range ns.shards {
		positions[i] = sh.position.Load()
	}
	return positions
}
