package maporder

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sort"

	"github.com/perdure/perdure/sdk/workflow"
)

type item struct {
	n     int
	price float64
	seen  bool
}

func (i item) count() int { return i.n }

func (i *item) take() int { i.n--; return i.n }

func visible(ctx workflow.Context, m map[string]*item) (all []string, err error) {
	for k := range m { // want `^range over a map has another order in a replay: use the sorted keys, slices.Sorted\(maps.Keys\(m\)\) \(workflow code: visible\)$`
		all = append(all, k)
	}
	for k := range m { // want `range over a map`
		return nil, fmt.Errorf("no %s", k)
	}
	for range m { // want `range over a map`
		_ = workflow.Sleep(ctx, 1)
	}
	total := 0.0
	for _, i := range m { // want `range over a map`
		total += i.price
	}
	unsorted, at := make([]string, len(m)), 0
	for k := range m { // want `range over a map`
		unsorted[at] = k
		at++
	}
	last := ""
	for k := range m { // want `range over a map`
		last = k
	}
	sum := 0
	for _, i := range m { // want `range over a map`
		sum += i.n
		if sum > 10 {
			break
		}
	}
	for _, i := range m { // want `range over a map`
		sum += i.n
		if i.seen {
			break
		}
	}
	sold := 0
	for _, i := range m { // want `range over a map`
		sold += i.take()
	}
	state := "unknown"
	for _, i := range m { // want `range over a map`
		if i.seen {
			state = "seen"
		} else {
			state = "unseen"
		}
	}
	for _, k := range slices.Collect(maps.Keys(m)) { // want `maps.Keys has another order`
		last += k
	}
	for k := range maps.Keys(m) { // want `range over a map`
		last += k
	}
	_, _, _ = total, last, state
	return all, nil
}

func invisible(ctx workflow.Context, logger *slog.Logger, m map[string]*item) ([]string, error) {
	var keys []string
	for k, i := range m {
		if i == nil || len(k) == 0 {
			continue
		}
		keys = append(keys, k)
	}
	sort.Strings(keys)
	also := slices.Collect(maps.Keys(m))
	slices.Sort(also)
	also = slices.Sorted(maps.Keys(m))
	sort.Strings(slices.Collect(maps.Keys(m)))
	_ = slices.Contains(slices.Collect(maps.Keys(m)), "tea")
	for k, i := range m {
		logger.Info("in store", "what", k, "n", i.count())
	}

	filled, at := make([]string, len(m)), 0
	for k := range m {
		filled[at] = k
		at++
	}
	sort.Strings(filled)

	n, best, found := 0, 0, false
	most := 0
	kinds, copied, of := map[int]int{}, map[string]*item{}, map[int]bool{}
	for k, i := range m {
		n++
		n += i.count()
		kinds[i.n]++
		copied[k] = i
		of[i.n] = true
		if i.n > best {
			best = i.n
		}
		most = max(most, i.n)
		found = found || i.seen
		i.seen = true
		delete(copied, k+"x")
		switch {
		case i.n == 3:
			break
		}
		for range i.n {
			n++
		}
	}
	for _, i := range m {
		if i == nil {
			return nil, errors.New("an item is absent")
		}
	}
	for k := range maps.Keys(m) {
		if k == "tea" {
			found = true
			break
		}
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		_ = workflow.Sleep(ctx, 1)
		_ = k
	}
	_ = maps.Collect(maps.All(m))
	return append(keys, also...), nil
}
