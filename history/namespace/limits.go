package namespace

import (
	"maps"
	"strconv"
	"strings"

	"github.com/perdure/perdure/api"
)

// takeData merges data that a request gives into the user's, and takes from it the limits, which stand under keys of
// their own: InvalidArgument. An empty text takes a limit back to its default.
func (s *Settings) takeData(data map[string]string) error {
	for key, text := range data {
		name, is := strings.CutPrefix(key, api.LimitPrefix)
		if !is {
			if s.Data == nil {
				s.Data = map[string]string{}
			}
			s.Data[key] = text
			continue
		}
		value, given, err := api.ParseLimit(name, text)
		if err != nil {
			return err
		}
		if !given {
			delete(s.Limits, name)
			continue
		}
		if s.Limits == nil {
			s.Limits = map[string]int64{}
		}
		s.Limits[name] = value
	}
	return nil
}

// data are the user's and the limits that were set.
func (s *Settings) data() map[string]string {
	if len(s.Limits) == 0 {
		return s.Data
	}
	all := maps.Clone(s.Data)
	if all == nil {
		all = map[string]string{}
	}
	for name, value := range s.Limits {
		all[api.LimitPrefix+name] = strconv.FormatInt(value, 10)
	}
	return all
}

// Limits are those of a namespace, as Current knows it; the defaults for one that does not exist. They are shared and
// must not be changed.
func (r *Registry) Limits(name string) *api.Limits {
	if k, found := r.cache.get(name); found && k.settings.exists() {
		return k.limits
	}
	return api.DefaultLimits()
}
