package monitor

import "github.com/perdure/perdure/visibility"

var (
	indexUp  = gauge("perdure_index_up", "1 while there is an index of the namespace's workflows, else 0: then they cannot be listed.", "namespace")
	indexLag = gauge("perdure_index_lag_seconds", "By how much the index is behind what was acknowledged.", "namespace")
)

func (to sink) visibility(all []visibility.Statistics) {
	for _, s := range all {
		up := 1.0
		if s.Missing {
			up = 0
		}
		to.put(indexUp, up, s.Namespace)
		to.put(indexLag, s.Behind.Seconds(), s.Namespace)
	}
}
