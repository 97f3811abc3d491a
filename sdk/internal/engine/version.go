package engine

import (
	"fmt"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/perdure/perdure/sdk/converter"
	"github.com/perdure/perdure/sdk/internal/command"
)

// DefaultVersion is the version of code that was there before GetVersion was put around it.
const DefaultVersion = -1

// The marker of a version, as Temporal's Go SDK names its parts.
const (
	versionMarker   = "Version"
	versionChangeID = "change-id"
	versionVersion  = "version"

	// changeVersionAttribute is the search attribute that Temporal's SDKs write behind the marker. It
	// is accepted in histories, and not written here.
	changeVersionAttribute = "TemporalChangeVersion"
)

// versions are the decided ones, by change id.
type versions struct{ decided map[string]int }

// Version is which of the versions from min to max the run uses for a change.
func (e *Env) Version(changeID string, min, max int) int {
	e.mustBeWritable("get a version")
	v, ok := e.decided[changeID]
	switch {
	case ok || e.discard():
	case e.replaying:
		v = DefaultVersion
	default:
		v = max
		e.recordVersion(changeID, v)
	}
	if v < min || v > max {
		e.fail(unhandled(fmt.Sprintf("the run uses version %d of change %q, but the code supports %d to %d only; keep the code of version %d until such runs are closed",
			v, changeID, min, max, v), ""))
	}
	e.decide(changeID, v)
	return v
}

func (e *Env) recordVersion(changeID string, v int) {
	details := map[string]*commonpb.Payloads{}
	for key, value := range map[string]any{versionChangeID: changeID, versionVersion: v} {
		p, err := converter.EncodeAll(e.opts.DataConverter, value)
		if err != nil {
			e.fail(unhandled(fmt.Sprintf("record a version marker: %v", err), ""))
		}
		details[key] = p
	}
	command.NewMarker(&e.outbox, versionMarker, details)
}

func (v *versions) decide(changeID string, version int) {
	if v.decided == nil {
		v.decided = map[string]int{}
	}
	v.decided[changeID] = version
}
