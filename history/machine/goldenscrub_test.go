package machine_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

// scrubbed is an event as the recordings show it: without what differs from run to
// run, and with payloads in the clear.
func scrubbed(event *historypb.HistoryEvent) (recordedEvent, error) {
	encoded, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(event)
	if err != nil {
		return recordedEvent{}, err
	}
	fields, err := decodeJSON(encoded)
	if err != nil {
		return recordedEvent{}, err
	}
	r := recordedEvent{ID: event.EventId, Type: event.EventType.String(), Attributes: map[string]any{}}
	for name, value := range fields.(map[string]any) {
		if strings.HasSuffix(name, "_event_attributes") {
			r.Attributes, _ = scrub(value).(map[string]any)
		}
		if name == "user_metadata" {
			r.UserMetadata = scrub(value)
		}
	}
	return r, nil
}

func decodeJSON(encoded []byte) (any, error) {
	var v any
	decoder := json.NewDecoder(strings.NewReader(string(encoded)))
	decoder.UseNumber()
	err := decoder.Decode(&v)
	return v, err
}

// scrubbedFields are left out of the recordings.
var scrubbedFields = map[string]bool{
	"identity": true, "request_id": true, "attached_request_id": true, "binary_checksum": true, "worker_version": true, "build_id": true,
	"worker_deployment_name": true, "worker_deployment_version": true, "deployment_version": true, "sdk_name": true, "sdk_version": true,
	"stack_trace": true, "history_size_bytes": true, "links": true, "principal": true,
}

var recordedTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)

func scrub(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if shown, is := shownPayload(v); is {
			return shown
		}
		out := map[string]any{}
		for name, value := range v {
			if scrubbed, kept := scrubField(name, value); kept {
				out[name] = scrubbed
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = scrub(value)
		}
		return out
	}
	return v
}

func scrubField(name string, value any) (any, bool) {
	text, isText := value.(string)
	switch {
	case scrubbedFields[name], isText && recordedTime.MatchString(text):
		return nil, false
	case isText && strings.HasSuffix(name, "event_id"):
		if _, err := strconv.ParseInt(text, 10, 64); err == nil {
			return json.Number(text), true
		}
	case text == namespace && strings.HasSuffix(name, "namespace"):
		return "<namespace>", true
	case isText && name == "first_workflow_task_backoff" && strings.Contains(text, "."):
		return "<below 1s>", true
	}
	value = scrub(value)
	if flags, is := value.([]any); is && name == "lang_used_flags" {
		slices.SortFunc(flags, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	if fields, is := value.(map[string]any); is && len(fields) == 0 && name == "sdk_metadata" {
		return nil, false
	}
	return value, true
}

// shownPayload shows a payload's metadata and JSON in the clear.
func shownPayload(v map[string]any) (any, bool) {
	metadata, is := v["metadata"].(map[string]any)
	if !is || metadata["encoding"] == nil {
		return nil, false
	}
	shown := map[string]any{}
	for name, value := range metadata {
		text, _ := value.(string)
		decoded, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, false
		}
		shown[name] = string(decoded)
	}
	out := map[string]any{"metadata": shown}
	text, _ := v["data"].(string)
	data, _ := base64.StdEncoding.DecodeString(text)
	if len(data) == 0 {
		return out, true
	}
	if strings.HasPrefix(fmt.Sprint(shown["encoding"]), "json/") {
		out["json"], _ = decodeJSON(data)
	} else {
		out["base64"] = text
	}
	return out, true
}

// hiddenPayloads undoes shownPayload, all over a value.
func hiddenPayloads(v any) any {
	switch v := v.(type) {
	case map[string]any:
		metadata, is := v["metadata"].(map[string]any)
		if is && metadata["encoding"] != nil {
			return hiddenPayload(v, metadata)
		}
		out := map[string]any{}
		for name, value := range v {
			if value != "<below 1s>" {
				out[name] = hiddenPayloads(value)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = hiddenPayloads(value)
		}
		return out
	}
	return v
}

func hiddenPayload(v, metadata map[string]any) any {
	hidden := map[string]any{}
	for name, value := range metadata {
		hidden[name] = base64.StdEncoding.EncodeToString([]byte(fmt.Sprint(value)))
	}
	out := map[string]any{"metadata": hidden}
	if value, is := v["json"]; is {
		data, _ := json.Marshal(value)
		out["data"] = base64.StdEncoding.EncodeToString(data)
	} else if value, is := v["base64"]; is {
		out["data"] = value
	}
	return out
}

// event is the recorded event as a message, for what its maker handed over.
func (e recordedEvent) event() (*historypb.HistoryEvent, error) {
	fields := map[string]any{"eventId": e.ID, attributesField(e.Type): hiddenPayloads(e.Attributes)}
	if e.UserMetadata != nil {
		fields["userMetadata"] = hiddenPayloads(e.UserMetadata)
	}
	encoded, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	event := &historypb.HistoryEvent{}
	err = protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(encoded, event)
	event.EventType = enumspb.EventType(enumspb.EventType_shorthandValue[e.Type])
	return event, err
}

// attributesField is the field that holds the attributes of events of a type.
func attributesField(eventType string) string {
	want := strings.ToLower(eventType) + "eventattributes"
	for field := range fieldsOf((&historypb.HistoryEvent{}).ProtoReflect()) {
		if strings.ToLower(field.JSONName()) == want {
			return field.JSONName()
		}
	}
	return ""
}
