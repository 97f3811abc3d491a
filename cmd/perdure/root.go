package main

import (
	"cmp"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/internal/connect"
)

// Values of --output.
const (
	outputText  = "text"
	outputJSON  = "json"
	outputLines = "jsonl"
)

// environment is the annotation of a flag that can be set by an environment variable too.
const environment = "environment"

// global are the flags of every command.
type global struct {
	io      streams
	Connect connect.Settings
	Prefix  string

	Namespace string
	Output    string
	Timeout   duration
}

func newRoot(io streams) (*cobra.Command, *global) {
	g := &global{io: io, Output: outputText, Timeout: duration(10 * time.Second)}
	root := &cobra.Command{
		Use:   "perdure",
		Short: "Durable workflows on NATS JetStream",
		Long: `Perdure runs durable workflows on NATS JetStream and nothing else.

` + "`perdure server`" + ` serves, with a NATS server of its own or on one that is there. All other commands
are clients of such a server. Flags named with an environment variable take it as their default.

Exit codes: 0 done, 1 failed (a workflow that failed among them), 2 not understood, 130 interrupted.`,
		Example: `  perdure server
  perdure workflow start --type Checkout --task-queue checkout --workflow-id order-1 --input '{"total": 25}'
  perdure workflow show --workflow-id order-1 --follow`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetIn(io.in)
	root.SetOut(io.out)
	root.SetErr(io.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if c.HasSubCommands() && c.Flags().NArg() > 0 { // a flag of a command that there is not
			return unknownCommand(c, c.Flags().Arg(0))
		}
		return usagef("%w: see `%s --help`", err, c.CommandPath())
	})
	g.register(root.PersistentFlags())
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return g.prepare(c) }
	root.AddCommand(newServer(g), newWorkflow(g), newActivity(g), newTaskQueue(g), newNamespace(g), newSearchAttribute(g), newVet(g), newVersion(g))
	root.SetHelpCommand(newHelp(root))
	root.InitDefaultCompletionCmd()
	markUsage(root)
	completeFlags(root)
	fitHelp(root)
	return root, g
}

func (g *global) register(flags *pflag.FlagSet) {
	flags.StringVar(&g.Connect.URL, "nats-url", "", "URLs of NATS, separated by commas (default "+connect.DefaultURL+")")
	flags.StringVar(&g.Connect.Creds, "creds", "", "file of NATS credentials")
	flags.StringVar(&g.Connect.Context, "context", "", "context of the nats command line, by name or file")
	flags.StringVar(&g.Connect.User, "user", "", "user of NATS")
	flags.StringVar(&g.Connect.Password, "password", "", "password of NATS; better as the variable")
	flags.StringVar(&g.Connect.InboxPrefix, "inbox-prefix", "", "where replies come, if the credentials allow no other (default the context's, or _INBOX)")
	flags.StringVarP(&g.Namespace, "namespace", "n", "default", "namespace of the command; perdure server makes it if it is absent")
	flags.StringVar(&g.Prefix, "prefix", api.DefaultPrefix, "first word of all subjects")
	flags.StringVarP(&g.Output, "output", "o", outputText, "text, json or jsonl")
	flags.Var(&g.Timeout, "command-timeout", "longest wait for an answer (workflow result, update and show --follow wait for the workflow, however long)")
	setEnvironment(flags, "nats-url", "creds", "context", "user", "password", "inbox-prefix", "namespace", "prefix", "output")
	choose(flags, "output", outputText, outputJSON, outputLines)
}

// setEnvironment lets PERDURE_<NAME> stand for the flags.
func setEnvironment(flags *pflag.FlagSet, names ...string) {
	for _, name := range names {
		variable := "PERDURE_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		flag := flags.Lookup(name)
		flag.Usage += " [$" + variable + "]"
		flag.Annotations = map[string][]string{environment: {variable}}
	}
}

// prepare takes what the environment says and checks the global flags.
func (g *global) prepare(c *cobra.Command) error {
	var failed error
	byEnvironment := map[string]string{}
	c.Flags().VisitAll(func(flag *pflag.Flag) {
		variable := flag.Annotations[environment]
		if flag.Changed || len(variable) == 0 || failed != nil {
			return
		}
		if value, set := os.LookupEnv(variable[0]); set && value != "" {
			byEnvironment[flag.Name] = variable[0]
			if err := c.Flags().Set(flag.Name, value); err != nil {
				failed = usagef("environment variable %s: %w", variable[0], err)
			}
		}
	})
	if failed != nil {
		return failed
	}
	g.nameVariable(byEnvironment)
	if output := g.Output; !slices.Contains([]string{outputText, outputJSON, outputLines}, output) {
		g.Output = outputText
		return usagef("--output %q: use text, json or jsonl", output)
	}
	if err := (api.Names{Prefix: g.Prefix}).Validate(); err != nil {
		return usageError{err}
	}
	if err := g.Connect.Validate(); err != nil {
		return usageError{err}
	}
	if g.Timeout <= 0 {
		return usagef("--command-timeout 0s: use a positive duration such as 10s")
	}
	return nil
}

// nameVariable remembers which environment variable chose the NATS deployment, unless a flag named one.
func (g *global) nameVariable(byEnvironment map[string]string) {
	url, context := byEnvironment["nats-url"], byEnvironment["context"]
	flagGiven := g.Connect.URL != "" && url == "" || g.Connect.Context != "" && context == ""
	if !flagGiven {
		g.Connect.Variable = cmp.Or(url, context)
	}
}

// markUsage makes errors of argument checks usage errors, and refuses unknown commands of a group.
func markUsage(c *cobra.Command) {
	if !c.Runnable() { // cobra's own group, whose arguments nobody would check
		c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	}
	check := c.Args
	if check == nil {
		check = cobra.NoArgs
	}
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) > 0 && !c.HasSubCommands() && !strings.Contains(c.Use, " ") {
			return usagef("%q is no flag, and %q takes flags alone: see `%s --help`", args[0], c.CommandPath(), c.CommandPath())
		}
		if len(args) > 0 && c.HasSubCommands() {
			return unknownCommand(c, args[0])
		}
		if err := check(c, args); err != nil {
			return usagef("%w: see `%s --help`", err, c.CommandPath())
		}
		return nil
	}
	for _, child := range c.Commands() {
		markUsage(child)
	}
}

// group is a command that only holds others.
func group(use, short string, children ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(children...)
	return c
}

// needs marks flags without which a command has no sense: they have no default here, whatever they have elsewhere.
func needs(c *cobra.Command, names ...string) {
	for _, name := range names {
		flag := c.Flags().Lookup(name)
		flag.Usage, _, _ = strings.Cut(flag.Usage, " (default")
	}
	previous := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		for _, name := range names {
			if flag := c.Flags().Lookup(name); !flag.Changed || flag.Value.String() == "" {
				return usagef("--%s is missing: %s: see `%s --help`", name, flag.Usage, c.CommandPath())
			}
		}
		if previous != nil {
			return previous(c, args)
		}
		return nil
	}
}
