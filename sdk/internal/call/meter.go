package call

import (
	"strings"
	"sync"
	"time"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/sdk/metrics"
)

// Measure has the calls be told to a handler from now on. It is for before the first call.
func (c *Caller) Measure(h metrics.Handler) {
	if h == metrics.Nop {
		return
	}
	c.meter = &meter{handler: h.WithTags(map[string]string{metrics.NamespaceTag: c.namespace})}
}

// meter measures calls by their operation: the method.
type meter struct {
	handler    metrics.Handler
	operations sync.Map // of *operation, by name and whether they wait
}

type operationKey struct {
	name string
	long bool
}

// operation is the metrics of one.
type operation struct {
	handler metrics.Handler
	count   metrics.Counter
	latency metrics.Timer
	failure string
}

// measure tells of a call that has ended, with all its sendings.
func (m *meter) measure(subject string, long bool, took time.Duration, err error) {
	key := operationKey{subject[strings.LastIndexByte(subject, '.')+1:], long}
	found, known := m.operations.Load(key)
	if !known {
		found, _ = m.operations.LoadOrStore(key, m.operation(key))
	}
	o := found.(*operation)
	o.count.Inc(1)
	o.latency.Record(took)
	if err != nil {
		o.handler.WithTags(map[string]string{metrics.StatusCodeTag: api.ErrorCode(err)}).Counter(o.failure).Inc(1)
	}
}

func (m *meter) operation(key operationKey) *operation {
	h := m.handler.WithTags(map[string]string{metrics.OperationTag: key.name})
	if key.long {
		return &operation{h, h.Counter(metrics.LongRequest), h.Timer(metrics.LongRequestLatency), metrics.LongRequestFailure}
	}
	return &operation{h, h.Counter(metrics.Request), h.Timer(metrics.RequestLatency), metrics.RequestFailure}
}
