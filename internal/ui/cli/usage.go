package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fermata/internal/source"
)

// usageError is a call that cannot be understood.
type usageError struct{ message, hint string }

func (e *usageError) Error() string { return e.message }

func usage(format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...)}
}

// near is the hint for a misspelt word: the nearest one, or where all are listed.
func near(word string, words []string, lead, otherwise string) string {
	if n := source.Suggest(word, words); n != "" {
		return "did you mean " + lead + n + "?"
	}
	return otherwise
}

// oneOf refuses a value that is none of the words.
func oneOf(flag, what, value string, words []string) error {
	if slices.Contains(words, value) {
		return nil
	}
	return &usageError{message: fmt.Sprintf("%s: unknown %s %q", flag, what, value), hint: near(value, words, "", "say "+either(words))}
}

// either is a list of words of which one is wanted.
func either(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// subcommands are the names of what may follow a command.
func subcommands(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return names
}

// flagError puts the flag library's errors into our voice.
func flagError(cmd *cobra.Command, err error) error {
	list := cmd.CommandPath() + " --help lists the flags"
	var unknown *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return &usageError{message: "unknown flag -" + unknown.GetSpecifiedName(), hint: list}
	case errors.As(err, &unknown):
		var flags []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { flags = append(flags, f.Name) })
		return &usageError{message: "unknown flag --" + unknown.GetSpecifiedName(), hint: near(unknown.GetSpecifiedName(), flags, "--", list)}
	case errors.As(err, &bare):
		return &usageError{message: "--" + bare.GetFlag().Name + " needs a value", hint: list}
	case errors.As(err, &invalid):
		return &usageError{message: fmt.Sprintf("--%s: %q is not a value for it", invalid.GetFlag().Name, invalid.GetValue()), hint: list}
	}
	return &usageError{message: err.Error(), hint: list}
}

// checkShared refuses values of shared flags that no command could use.
func (a *app) checkShared() error {
	if a.shared.colour != "" { // commands without the flag
		if err := oneOf("--color", "value", a.shared.colour, colourNames); err != nil {
			return err
		}
	}
	if a.shared.workers < 0 {
		return usage("--workers: there cannot be fewer than none; 0 takes one per processor")
	}
	return nil
}

// atMost allows up to n arguments, and says what they are for.
func atMost(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return &usageError{message: fmt.Sprintf("%s takes %s, and %q is one too many", cmd.CommandPath(), what, args[n]), hint: cmd.CommandPath() + " --help"}
		}
		return nil
	}
}

// between asks for at least one argument and at most n.
func between(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return &usageError{message: fmt.Sprintf("%s needs %s", cmd.CommandPath(), what), hint: cmd.CommandPath() + " --help"}
		}
		return atMost(n, what)(cmd, args)
	}
}

// noWords refuses what is no subcommand.
func noWords(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	message := fmt.Sprintf("unknown command %q after %s", args[0], cmd.CommandPath())
	if cmd == cmd.Root() {
		message = fmt.Sprintf("unknown command %q", args[0])
	}
	return &usageError{message: message, hint: near(args[0], subcommands(cmd), cmd.CommandPath()+" ", cmd.CommandPath()+" --help")}
}

func argument(args []string, i int, otherwise string) string {
	if i < len(args) {
		return args[i]
	}
	return otherwise
}

// helpCommand is fermata help COMMAND; the library's own takes a misspelt command for a wish to see everything.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "help about a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			about := cmd.Root()
			for _, word := range args {
				found, _, err := about.Find([]string{word})
				if err != nil || found == about {
					return noWords(about, []string{word})
				}
				about = found
			}
			about.InitDefaultHelpFlag() // the library adds these when a command runs; this one does not
			about.InitDefaultVersionFlag()
			return about.Help()
		},
	}
}

// completion writes the scripts with which shells complete commands and flags.
func (a *app) completion() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:       "completion SHELL",
		Short:     "a script with which a shell completes commands and flags",
		Long:      "Completion prints a script for bash, zsh, fish or powershell. Load it where the shell starts, for example\n  source <(fermata completion bash)",
		ValidArgs: shells,
		Args:      between(1, "the name of a shell: bash, zsh, fish or powershell"),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.out, true)
			case "zsh":
				return root.GenZshCompletion(a.out)
			case "fish":
				return root.GenFishCompletion(a.out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.out)
			}
			return oneOf("fermata completion", "shell", args[0], shells)
		},
	}
}

// completes lists the values of a flag for shells.
func completes(cmd *cobra.Command, flag string, values ...string) {
	// The only error is a flag that does not exist, and then a test of this package fails, since every flag is there.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}
