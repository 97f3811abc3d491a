package namespace

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.temporal.io/api/serviceerror"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/history/log"
	"github.com/perdure/perdure/history/rest"
	"github.com/perdure/perdure/history/stream"
	"github.com/perdure/perdure/internal/objects"
)

// Settings are a namespace as it is in the registry. Its name is
// Incarnation.Namespace. They are kept as JSON under that name.
type Settings struct {
	Incarnation api.Incarnation `json:"incarnation"`
	// ID is a UUID.
	ID string `json:"id"`
	// Description, OwnerEmail and Data are the user's.
	Description string            `json:"description,omitempty"`
	OwnerEmail  string            `json:"owner_email,omitempty"`
	Data        map[string]string `json:"data,omitempty"`
	// Limits are those that were set, by name.
	Limits map[string]int64 `json:"limits,omitempty"`
	// SearchAttributes are the custom ones, written by the names of their types.
	SearchAttributes api.SearchAttributeTypes `json:"search_attributes,omitempty"`

	Shards    int           `json:"shards"`
	Retention time.Duration `json:"retention_ns"`
	Replicas  int           `json:"replicas"`
	// RetentionWas is the retention that HISTORY may still have: a change of it is under way, and whoever meets
	// this goes on with it. 0: none is.
	RetentionWas time.Duration `json:"retention_was_ns,omitzero"`
	// RecordVersion is the version of what is written.
	RecordVersion uint32    `json:"record_version"`
	Created       time.Time `json:"created"`
	// When each stream was made, for the check on every open; empty until Ready.
	LogsCreated    []time.Time `json:"logs_created,omitempty"` // by shard
	OpenCreated    time.Time   `json:"open_created,omitzero"`
	HistoryCreated time.Time   `json:"history_created,omitzero"`
	// PayloadsCreated is when the bucket of large payloads was made. Zero: by a program that made none; it is made by the next
	// that meets this.
	PayloadsCreated time.Time `json:"payloads_created,omitzero"`
	// Ready is false while the streams are being made: the namespace does not
	// exist yet, and whoever registers it goes on where it was left.
	Ready bool `json:"ready"`
	// Deprecated namespaces take no new workflows.
	Deprecated bool `json:"deprecated,omitempty"`
	// Deleting is since when the streams are being removed: the namespace exists no more, and whoever meets
	// this goes on where it was left.
	Deleting time.Time `json:"deleting,omitzero"`
	// Deleted says that nothing is left of the namespace but the number of its incarnation.
	Deleted bool `json:"deleted,omitempty"`
}

// exists tells whether the namespace is there for whoever asks.
func (s *Settings) exists() bool { return s.Ready && !s.Deleted && s.Deleting.IsZero() }

// clone is a copy that may be changed.
func (s *Settings) clone() *Settings {
	c := *s
	c.Data = maps.Clone(s.Data)
	c.Limits = maps.Clone(s.Limits)
	c.SearchAttributes = maps.Clone(s.SearchAttributes)
	return &c
}

// encode is the entry: InvalidArgument when it is too large.
func (s *Settings) encode() ([]byte, error) {
	entry, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	if len(entry) > maxEntry {
		return nil, serviceerror.NewInvalidArgumentf("namespace %s: description, owner, data and search attributes have %d bytes and may have %d",
			s.Incarnation.Namespace, len(entry), maxEntry)
	}
	return entry, nil
}

// Log is the configuration of a shard's log, shards being counted from 0.
func (s *Settings) Log(js jetstream.JetStream, names api.Names, shard int) log.Config {
	config := log.Config{
		JetStream: js,
		Stream:    names.LogStream(s.Incarnation, shard),
		Subject:   names.Log(s.Incarnation.Namespace, shard),
		Replicas:  s.Replicas,
		Version:   s.RecordVersion,
	}
	if shard < len(s.LogsCreated) {
		config.Created = s.LogsCreated[shard]
	}
	return config
}

// Rest is the configuration of the namespace's runs at rest.
func (s *Settings) Rest(js jetstream.JetStream, names api.Names) rest.Config {
	return rest.Config{
		JetStream: js, Names: names, Incarnation: s.Incarnation,
		Replicas: s.Replicas, Retention: s.Retention, Version: s.RecordVersion,
		OpenCreated: s.OpenCreated, HistoryCreated: s.HistoryCreated,
	}
}

// Payloads is how the stream of the namespace's large payloads must be.
func (s *Settings) Payloads(names api.Names) jetstream.StreamConfig {
	return objects.StreamConfig(names.PayloadsBucket(s.Incarnation), s.Replicas)
}

// streams are the names of the streams that are made with the namespace; TASKS is matching's.
func (s *Settings) streams(names api.Names) []string {
	all := []string{names.OpenStream(s.Incarnation), names.HistoryStream(s.Incarnation), names.PayloadsBucket(s.Incarnation).Stream()}
	for shard := range s.Shards {
		all = append(all, names.LogStream(s.Incarnation, shard))
	}
	return all
}

// decodeSettings reads what the registry holds under a name.
func decodeSettings(name string, data []byte) (*Settings, error) {
	s := &Settings{}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("the registry's entry of namespace %q cannot be read: %w: restore it from a backup of its bucket", name, err)
	}
	if s.Incarnation.Namespace != name || s.Shards < 1 || s.Shards > maxShards || s.Retention <= 0 || s.Ready && !s.Deleted && len(s.LogsCreated) != s.Shards {
		return nil, fmt.Errorf("%w: the registry's entry of namespace %q is of namespace %.80q with %d shards, %d logs and a retention of %v: restore it from a backup of its bucket",
			stream.ErrSettings, name, s.Incarnation.Namespace, s.Shards, len(s.LogsCreated), s.Retention)
	}
	return s, nil
}
