package engine

import (
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
)

// SDKName and SDKVersion are what completions name as their SDK.
const (
	SDKName    = "perdure-go"
	SDKVersion = "0.1.0"
)

// Flag numbers a change of behaviour that would break the replay of older histories. The first
// completion that depends on a flag records it in the history; on replay a flag is on exactly if it
// was recorded, so old runs keep the old behaviour. A number is never used again.
type Flag uint32

// FlagAwaitCancelsTimer says that AwaitWithTimeout starts no timer if its condition already holds, and cancels
// its timer when the condition comes true.
const FlagAwaitCancelsTimer Flag = 1

// lastFlag is the highest flag that this version knows.
const lastFlag = FlagAwaitCancelsTimer

// flags are those that a run's history and its present task have used.
type flags struct {
	recorded map[Flag]bool
	fresh    []Flag // used first in the present task
	name     string // of the SDK that wrote the history last
	version  string
}

// use tells whether a behaviour is on: always for new steps, as recorded on replay.
func (f *flags) use(flag Flag, replaying bool) bool {
	if f.recorded[flag] {
		return true
	}
	if replaying {
		return false
	}
	f.add(flag)
	f.fresh = append(f.fresh, flag)
	return true
}

// read takes what a completed workflow task has recorded. Flags of another SDK mean something else
// and are not ours to judge.
func (f *flags) read(m *sdkpb.WorkflowTaskCompletedMetadata) error {
	if m.GetSdkName() != "" {
		f.name, f.version = m.GetSdkName(), m.GetSdkVersion()
	}
	if f.name != "" && f.name != SDKName {
		return nil
	}
	for _, n := range m.GetLangUsedFlags() {
		if n > uint32(lastFlag) {
			return newTaskFailure(enumspb.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE,
				"the history was written by a newer worker: it has an SDK flag that this one does not know; update this worker", "")
		}
		f.add(Flag(n))
	}
	return nil
}

func (f *flags) add(flag Flag) {
	if f.recorded == nil {
		f.recorded = map[Flag]bool{}
	}
	f.recorded[flag] = true
}

// take is what the task's completion has to record; nil if there is nothing new.
func (f *flags) take() *sdkpb.WorkflowTaskCompletedMetadata {
	m := &sdkpb.WorkflowTaskCompletedMetadata{}
	slices.Sort(f.fresh)
	for _, flag := range f.fresh {
		m.LangUsedFlags = append(m.LangUsedFlags, uint32(flag))
	}
	if f.name != SDKName || f.version != SDKVersion {
		f.name, f.version = SDKName, SDKVersion
		m.SdkName, m.SdkVersion = SDKName, SDKVersion
	} else if f.fresh == nil {
		return nil
	}
	f.fresh = nil
	return m
}
