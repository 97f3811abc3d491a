package command

import (
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
)

type onceState int

const (
	onceCreated onceState = iota
	onceRecorded
)

func (s onceState) String() string { return [...]string{"created", "recorded"}[s] }

const onRecorded = "recorded"

var onceMoves = []move[onceState]{{onceCreated, onRecorded, onceRecorded}}

// Marker is something that the workflow's code decided and the history keeps. Nothing follows it.
type Marker struct {
	name  string
	state onceState
}

// NewMarker adds the command that records a marker of a name with details; the metadata may be nil.
func NewMarker(o *Outbox, name string, details map[string]*commonpb.Payloads, metadata *sdkpb.UserMetadata) *Marker {
	return RecordMarker(o, &commandpb.RecordMarkerCommandAttributes{MarkerName: name, Details: details}, metadata)
}

// RecordMarker adds the command that records a marker; the metadata may be nil.
func RecordMarker(o *Outbox, attrs *commandpb.RecordMarkerCommandAttributes, metadata *sdkpb.UserMetadata) *Marker {
	m := &Marker{name: attrs.GetMarkerName()}
	o.Add(&commandpb.Command{
		CommandType: enumspb.COMMAND_TYPE_RECORD_MARKER, UserMetadata: metadata,
		Attributes: &commandpb.Command_RecordMarkerCommandAttributes{RecordMarkerCommandAttributes: attrs},
	}, m)
	return m
}

// Recorded implements [Machine].
func (m *Marker) Recorded(*historypb.HistoryEvent) (err error) {
	m.state, err = next(onceMoves, m.state, onRecorded, m)
	return err
}

// String names the marker in errors.
func (m *Marker) String() string { return "the marker " + m.name }
