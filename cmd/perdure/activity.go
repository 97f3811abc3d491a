package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newActivity(g *global) *cobra.Command {
	return group("activity", "Answer for activities, pause and reset them, and give them other options",
		newActivityComplete(g), newActivityFail(g), newActivityPause(g), newActivityUnpause(g), newActivityReset(g), newActivityOptions(g))
}

// activities are the flags that name activities of a run.
type activities struct {
	execution
	id, kind string
	all      bool
}

// register adds the flags; all of a run's activities can only be meant where it says so.
func (o *activities) register(flags *pflag.FlagSet, all bool) {
	o.execution.register(flags)
	flags.StringVarP(&o.id, "activity-id", "a", "", "id of the activity")
	flags.StringVar(&o.kind, "activity-type", "", "type of the activities, in place of an id")
	if all {
		flags.BoolVar(&o.all, "match-all", false, "all activities of the run, in place of an id")
	}
}

// check refuses other than one way to name activities.
func (o *activities) check(all bool) error {
	ways := 0
	for _, named := range []bool{o.id != "", o.kind != "", o.all} {
		if named {
			ways++
		}
	}
	switch {
	case ways == 1:
		return nil
	case all:
		return usagef("name the activities by one of --activity-id, --activity-type and --match-all")
	}
	return usagef("name the activities by --activity-id or by --activity-type")
}

// String is what an answer calls the activities.
func (o *activities) String() string {
	switch {
	case o.all:
		return "all activities"
	case o.kind != "":
		return "activities of type " + o.kind
	}
	return "activity " + o.id
}

// doneActivities confirms what was done to activities.
func (s *session) doneActivities(what string, o *activities) error {
	answer := struct {
		WorkflowID   string `json:"workflowId"`
		RunID        string `json:"runId,omitempty"`
		ActivityID   string `json:"activityId,omitempty"`
		ActivityType string `json:"activityType,omitempty"`
		All          bool   `json:"all,omitempty"`
		Done         string `json:"done"`
	}{o.workflowID, o.runID, o.id, o.kind, o.all, what}
	return s.show(answer, func(int) []string { return []string{"Workflow " + o.workflowID + ", " + o.String() + ": " + what} })
}
