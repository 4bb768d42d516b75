package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"fermata/internal/pipeline"
	"fermata/internal/report"
	"fermata/internal/result"
)

// controls lists the catalogue of defensive patterns, shows one, and says which would help here.
func (a *app) controls() *cobra.Command {
	cmd := a.controlList("controls", "the catalogue of defensive patterns", `Controls lists the patterns of defence: what each does to the steps that it guards,
how it is built in the frameworks, what it costs, and what it does not stop.`)
	cmd.AddCommand(a.controlList("list", "list them", ""), a.controlShow(), a.controlFor())
	return cmd
}

func (a *app) controlList(name, short, long string) *cobra.Command {
	var filter pipeline.ControlFilter
	layers, effects, frameworks := pipeline.ControlFilters()
	cmd := &cobra.Command{
		Use: name, Short: short, Long: long, Args: noWords,
		RunE: func(*cobra.Command, []string) error {
			filter.Layer = strings.ToLower(filter.Layer)
			for _, f := range []struct {
				flag, what, value string
				words             []string
			}{{"--layer", "layer", filter.Layer, layers}, {"--effect", "effect", filter.Effect, effects}, {"--framework", "framework", filter.Framework, frameworks}} {
				if f.value == "" {
					continue
				}
				if err := oneOf(f.flag, f.what, f.value, f.words); err != nil {
					return err
				}
			}
			e, err := a.engine()
			if err != nil {
				return err
			}
			page, list := a.page(), e.ListControls(filter)
			if len(list) == 0 {
				page.line("No control is like that.")
				return nil
			}
			for _, c := range list {
				page.wrap(fmt.Sprintf("%-28s %-8s ", c.ID, c.Effect), c.Title)
			}
			if !a.shared.quiet {
				fmt.Fprintf(a.err, "fermata: %s; fermata controls show ID tells one in full\n", report.Plural(len(list), "control", "controls"))
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&filter.Layer, "layer", "", "only those that guard against rules of a `LAYER`: l1 to l7, cross-layer, lifecycle or code")
	f.StringVar(&filter.Effect, "effect", "", "only those with an `EFFECT`: blocks or weakens")
	f.StringVar(&filter.Framework, "framework", "", "only those with an example for a `FRAMEWORK`, such as langgraph or mcp")
	completes(cmd, "layer", layers...)
	completes(cmd, "effect", effects...)
	completes(cmd, "framework", frameworks...)
	a.knowledge(cmd)
	return cmd
}

// knowledge adds the flags of commands that need rules and no system.
func (a *app) knowledge(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&a.shared.rules, "rules", nil, "a `FOLDER` with more rules (may be repeated)")
	cmd.Flags().StringArrayVar(&a.shared.catalogs, "catalog", nil, "an official ATLAS `FILE` to add (may be repeated)")
	a.terminal(cmd)
}

// framework adds the flag that picks examples.
func framework(cmd *cobra.Command, into *string) {
	_, _, frameworks := pipeline.ControlFilters()
	cmd.Flags().StringVar(into, "framework", "", "examples for this `FRAMEWORK` only, such as langgraph or mcp")
	completes(cmd, "framework", frameworks...)
}

func checkFramework(name string) error {
	_, _, frameworks := pipeline.ControlFilters()
	if name == "" {
		return nil
	}
	return oneOf("--framework", "framework", name, frameworks)
}

func (a *app) controlShow() *cobra.Command {
	var kit string
	cmd := &cobra.Command{
		Use: "show ID", Short: "show one in full", Args: between(1, "the id of a control"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := checkFramework(kit); err != nil {
				return err
			}
			e, err := a.engine()
			if err != nil {
				return err
			}
			x, err := e.ShowControl(args[0], kit)
			if err != nil {
				return err
			}
			a.explanations([]pipeline.Explanation{x})
			return nil
		},
	}
	framework(cmd, &kit)
	a.knowledge(cmd)
	return cmd
}

func (a *app) controlFor() *cobra.Command {
	var kit string
	cmd := &cobra.Command{
		Use:   "for FINDING|RULE|ELEMENT [PATH]",
		Short: "what would block or weaken it, where to place it, and how",
		Long: `For says which controls would block or weaken a finding, the findings of a rule,
or the findings that concern an element; where each would stand; and how it is
built in the frameworks that the system is made with. A rule alone needs no system.
What a report prints as f-3fa91c or p-0b7e42 is a short id of a finding or path.
` + pathOrResult,
		Example: `  fermata controls for tool-misuse
  fermata controls for 'unsandboxed-code-exec@tools.py:run_shell' result.json`,
		Args: between(2, "the id of a finding, rule or element"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkFramework(kit); err != nil {
				return err
			}
			e, err := a.engine()
			if err != nil {
				return err
			}
			var r *result.Result
			x, err := e.Advise(args[0], nil, kit)
			if len(args) > 1 || err != nil { // a rule needs no system; everything else does
				if r, err = a.read(cmd.Context(), e, argument(args, 1, "."), -1); err != nil {
					return err
				}
				if x, err = e.Advise(args[0], r, kit); err != nil {
					return err
				}
				a.incomplete(r)
			}
			a.explanations([]pipeline.Explanation{x})
			return nil
		},
	}
	framework(cmd, &kit)
	a.system(cmd)
	return cmd
}
