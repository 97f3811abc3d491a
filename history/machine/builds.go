package machine

import (
	"slices"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/recordpb"
)

// mostBuildBytes bounds the ids of builds, as Temporal bounds an attribute's value: the oldest go.
const mostBuildBytes = 2 << 10

// unversioned is the first entry of BuildIds where workers are not versioned, and the beginning of the others.
const unversioned = "unversioned"

// noteBuild notes the build of the worker that completed a workflow task, for the search attribute BuildIds. A worker that
// does not say its build leaves it as it is, where Temporal writes the word unversioned alone: no worker here is anything else, and
// it would be one more entry of each run in the index of lists. The list is never changed, but replaced.
func (r *Run) noteBuild(a *historypb.WorkflowTaskCompletedEventAttributes) {
	id := a.GetWorkerVersion().GetBuildId()
	if id == "" {
		return
	}
	known, versioned := r.builds.GetBuildIds(), a.WorkerVersion.UseVersioning
	entry, first := unversioned+":"+id, 1 // of those that may go
	if versioned {
		entry, first = "versioned:"+id, 0
	}
	if slices.Contains(known, entry) && (known[0] == unversioned) != versioned {
		return // as behind most tasks
	}
	ids := []string{unversioned}[:first]
	for _, other := range known {
		if other != unversioned {
			ids = append(ids, other)
		}
	}
	if !slices.Contains(ids, entry) {
		ids = append(ids, entry)
	}
	for len(ids) > first+1 && len(strings.Join(ids, `","`)) > mostBuildBytes {
		ids = slices.Delete(ids, first, first+1)
	}
	r.setBuilds(ids, r.builds.GetBinaryChecksums())
}

// noteChecksums takes the checksums of the reset points, to which one was added, for the search attribute BinaryChecksums.
func (r *Run) noteChecksums() {
	var checksums []string
	for _, point := range r.resetPoints.GetPoints() {
		if point.BinaryChecksum != "" {
			checksums = append(checksums, point.BinaryChecksum)
		}
	}
	r.setBuilds(r.builds.GetBuildIds(), checksums)
}

func (r *Run) setBuilds(ids, checksums []string) {
	if slices.Equal(ids, r.builds.GetBuildIds()) && slices.Equal(checksums, r.builds.GetBinaryChecksums()) {
		return
	}
	r.builds, r.buildsChanged = &recordpb.Builds{BuildIds: ids, BinaryChecksums: checksums}, true
}

// withBuilds are the run's search attributes with those that tell of the builds of its workers.
func (r *Run) withBuilds(attributes *commonpb.SearchAttributes) *commonpb.SearchAttributes {
	return mergedSearchAttributes(attributes, api.BuildAttributes(r.builds.GetBuildIds(), r.builds.GetBinaryChecksums()))
}
