package stream

import (
	"context"
	"iter"
	"slices"
)

// overlap is how many subjects of a page are asked for again with the next
// one: as many may go between the two without another being left out.
const overlap = 10_000

// Subjects yields every subject that has a message and matches the filter, in
// pages of what the server sends at once (100,000), so that memory stays bounded.
// Each is yielded at least once; of those that come or go meanwhile, some are not.
// An error ends it: ErrMissing, ErrReplaced, ctx's.
func (s *Stream) Subjects(ctx context.Context, filter string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		offset, removed, back := 0, uint64(0), 0
		for {
			info, err := s.info(ctx, &infoRequest{Filter: filter, Offset: offset})
			if err != nil {
				yield("", err)
				return
			}
			// The pages are of a sorted list that removals move to the front.
			gone := int(min(info.state().Removed-removed, uint64(offset)))
			removed = info.state().Removed
			if gone > back {
				offset -= gone
				back = 0
				continue
			}
			page := info.subjects()
			for _, subject := range page {
				if !yield(subject, nil) {
					return
				}
			}
			if len(page) == 0 || offset+len(page) >= info.Total {
				return
			}
			back = min(overlap, len(page)/2)
			offset += len(page) - back
		}
	}
}

func (r *infoReply) subjects() []string {
	page := make([]string, 0, len(r.StreamInfo.State.Subjects))
	for subject := range r.StreamInfo.State.Subjects {
		page = append(page, subject)
	}
	slices.Sort(page)
	return page
}
