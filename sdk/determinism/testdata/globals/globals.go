package globals

import (
	"errors"
	"sync"
	"sync/atomic"

	"example.com/shop/prices"

	"github.com/perdure/perdure/sdk/workflow"
)

var (
	errSold  = errors.New("sold")
	counter  int
	cache    = map[string]int{}
	region   = "eu"
	limit    = 10
	runs     atomic.Int64
	seen     sync.Map
	table    []int
	tableOne sync.Once
	pattern  = "made by init"
	testOnly = 1
)

func init() { pattern = "made" }

// SetRegion is called when the program starts, perhaps.
func SetRegion(name string) { region = name }

func shared(ctx workflow.Context, id string) error {
	counter++               // want `^writing counter changes what all workflows of the worker share, again in each replay: use a variable of the workflow \(workflow code: shared\)$`
	cache[id] = limit       // want `writing cache`
	delete(cache, id)       // want `writing cache`
	runs.Add(1)             // want `writing runs`
	_ = runs.Load()         // want `reading runs`
	seen.Store(id, true)    // want `writing seen`
	_, _ = seen.Load(id)    // want `reading seen, which shared writes,`
	_ = cache["x"]          // want `reading cache, which shared writes,`
	_ = region              // want `^reading region, which SetRegion writes, sees what others have written, which a replay finds changed: use a variable`
	_ = prices.Rate         // want `reading prices.Rate, which prices.Change writes,`
	prices.Currency = "USD" // want `writing prices.Currency`
	_ = pattern
	_ = testOnly
	_ = lookup(1)
	return errSold
}

func lookup(i int) int {
	tableOne.Do(func() { table = []int{1, 2, 3} })
	return table[i]
}

type order struct{ region string }

func local(ctx workflow.Context) {
	region := "us"
	o := order{}
	o.region = region
	counter := 1
	counter++
}
