package render

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
)

// marker is the name and the details, which the SDKs name by words of their own; of a local activity its type and outcome.
func marker(m *historypb.MarkerRecordedEventAttributes) string {
	text := OneLine(m.GetMarkerName())
	failed := after(": ", Failure(m.GetFailure()))
	if local := localActivity(m.GetDetails()["data"]); local != "" {
		return text + " " + OneLine(local) + after(" = ", Payloads(m.GetDetails()["result"])) + failed
	}
	for _, key := range slices.Sorted(maps.Keys(m.GetDetails())) {
		text += " " + OneLine(key) + "=" + Payloads(m.GetDetails()[key])
	}
	return text + failed
}

// localActivity is the type that the data of a local activity's marker tell, as the SDKs write them; nothing of other
// markers, and where a codec hides it.
func localActivity(data *commonpb.Payloads) string {
	var told struct {
		Go    string `json:"ActivityType"`
		Other string `json:"activity_type"` // of Temporal's SDKs for other languages
	}
	if len(data.GetPayloads()) != 1 || json.Unmarshal(data.GetPayloads()[0].GetData(), &told) != nil {
		return ""
	}
	return cmp.Or(told.Go, told.Other)
}
