package main

import "github.com/spf13/cobra"

const (
	notYet        = "Perdure does not have it yet"
	byEnvironment = "use environment variables, which `perdure --help` names, or a context of the nats command line"
)

// elsewhere is what those who know Temporal's command line are told about commands of it that are not here, by their path.
var elsewhere = map[string]string{
	"perdure operator": "use `perdure namespace` and `perdure search-attribute`, which stand by themselves",
	"perdure schedule": notYet,
	"perdure batch":    notYet + "; `perdure workflow list --output jsonl` names the workflows for a loop",

	"perdure activity describe": "use `perdure workflow describe`, which shows the activities of a run",
	"perdure activity list":     "use `perdure workflow describe`, which shows the activities of a run",
	"perdure activity start":    notYet + "; start a workflow of one activity",
	"perdure activity execute":  notYet + "; start a workflow of one activity",
	"perdure worker":            notYet + "; `perdure task-queue describe` shows who polls",
	"perdure env":               byEnvironment,
	"perdure config":            byEnvironment,

	"perdure workflow execute":        "use `perdure workflow start`, then `perdure workflow result`",
	"perdure workflow trace":          "use `perdure workflow show --follow`",
	"perdure workflow update-options": notYet,

	"perdure workflow execute-update-with-start": "use `perdure workflow update-with-start`",
	"perdure workflow start-update-with-start":   "use `perdure workflow update-with-start --wait-for-stage Accepted`",
}

// temporals is the advice about a command of Temporal's below c, if name is one.
func temporals(c *cobra.Command, name string) string { return elsewhere[c.CommandPath()+" "+name] }
