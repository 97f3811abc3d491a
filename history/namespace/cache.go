package namespace

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/api"
)

// known is an entry of the bucket, as this process last saw it.
type known struct {
	settings *Settings
	limits   *api.Limits // of the settings
	revision uint64
}

// cache is what this process knows of the bucket. Reading costs no lock: a change makes a new map.
type cache struct {
	mu      sync.Mutex // held by who changes entries
	entries atomic.Pointer[map[string]known]
}

func (c *cache) get(name string) (known, bool) {
	entries := c.entries.Load()
	if entries == nil {
		return known{}, false
	}
	k, found := (*entries)[name]
	return k, found
}

// put keeps the entry unless a newer one is known, and tells whether it did.
func (c *cache) put(settings *Settings, revision uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := settings.Incarnation.Namespace
	if k, found := c.get(name); found && k.revision >= revision {
		return false
	}
	next := map[string]known{}
	if entries := c.entries.Load(); entries != nil {
		next = maps.Clone(*entries)
	}
	next[name] = known{settings, api.LimitsOf(settings.Limits), revision}
	c.entries.Store(&next)
	return true
}

// highest is the last revision that is known.
func (c *cache) highest() uint64 {
	last := uint64(0)
	if entries := c.entries.Load(); entries != nil {
		for _, k := range *entries {
			last = max(last, k.revision)
		}
	}
	return last
}

// clear forgets all revisions: the bucket is another one.
func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := map[string]known{}
	if entries := c.entries.Load(); entries != nil {
		for name, k := range *entries {
			next[name] = known{k.settings, k.limits, 0}
		}
	}
	c.entries.Store(&next)
}

// Current is a namespace as this process knows it, from memory: what others have changed within the last
// second or so may be missing. It is shared and must not be changed. serviceerror.NamespaceNotFound.
func (r *Registry) Current(name string) (*Settings, error) {
	k, found := r.cache.get(name)
	if !found || !k.settings.exists() {
		return nil, serviceerror.NewNamespaceNotFound(name)
	}
	return k.settings, nil
}

// SearchAttributes are the custom ones of a namespace, as Current knows them; none for one that does not exist. They
// must not be changed.
func (r *Registry) SearchAttributes(name string) api.SearchAttributeTypes {
	settings, err := r.Current(name)
	if err != nil {
		return nil
	}
	return settings.SearchAttributes
}

// Retention is how long closed runs of a namespace can be read, as Current knows it; 0 for one that it does not know.
func (r *Registry) Retention(name string) time.Duration {
	settings, err := r.Current(name)
	if err != nil {
		return 0
	}
	return settings.Retention
}

// TakesStarts is nil, or serviceerror.NamespaceInvalidState for a namespace that takes no new workflows, as Current knows it.
func (r *Registry) TakesStarts(name string) error {
	settings, err := r.Current(name)
	if err == nil && settings.Deprecated {
		return serviceerror.NewNamespaceInvalidState(name, enumspb.NAMESPACE_STATE_DEPRECATED, []enumspb.NamespaceState{enumspb.NAMESPACE_STATE_REGISTERED})
	}
	return nil
}
