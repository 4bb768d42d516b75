package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"fermata/internal/pipeline"
)

// list makes a command that lists things, with show for one of them.
func (a *app) list(name, short, one string, print func(*pipeline.Engine, *page)) *cobra.Command {
	run := func(*cobra.Command, []string) error {
		e, err := a.engine()
		if err != nil {
			return err
		}
		print(e, a.page())
		return nil
	}
	cmd := &cobra.Command{Use: name, Short: short, Args: noWords, RunE: run}
	lister := &cobra.Command{Use: "list", Short: "list them", Args: noWords, RunE: run}
	show := &cobra.Command{
		Use: "show ID", Short: "show one in full", Args: between(1, one),
		RunE: func(_ *cobra.Command, args []string) error {
			e, err := a.engine()
			if err != nil {
				return err
			}
			answers, err := e.Explain(args[0], nil)
			if err != nil {
				return err
			}
			a.explanations(answers)
			return nil
		},
	}
	for _, c := range []*cobra.Command{cmd, lister, show} {
		c.Flags().StringArrayVar(&a.shared.rules, "rules", nil, "a `FOLDER` with more rules (may be repeated)")
		c.Flags().StringArrayVar(&a.shared.catalogs, "catalog", nil, "an official ATLAS `FILE` to add (may be repeated)")
		a.terminal(c)
	}
	cmd.AddCommand(lister, show)
	return cmd
}

func (a *app) rules() *cobra.Command {
	return a.list("rules", "the threat rules", "the id of a rule", func(e *pipeline.Engine, page *page) {
		layer := ""
		for _, r := range e.RulesByLayer() {
			if r.Layer != layer {
				if layer != "" {
					page.line("")
				}
				layer = r.Layer
				page.head(layer)
			}
			page.wrap(fmt.Sprintf("  %-32s ", r.ID), r.Title)
		}
	})
}

func (a *app) catalog() *cobra.Command {
	cmd := a.list("catalog", "the frameworks: MAESTRO, OWASP, ATLAS, NIST, ISO, CWE …", "an id", func(e *pipeline.Engine, page *page) {
		for _, f := range e.Catalog().Frameworks() {
			var editions []string
			for _, ed := range f.Editions {
				editions = append(editions, ed.Name)
			}
			page.wrap(fmt.Sprintf("%-18s ", f.Namespace), f.Title+": "+strings.Join(editions, ", "))
		}
		page.line("")
		page.wrap("", "fermata catalog show ID, fermata catalog search WORDS")
	})
	search := &cobra.Command{
		Use: "search WORDS", Short: "find entries by words", Args: between(20, "words to look for"),
		RunE: func(_ *cobra.Command, args []string) error {
			e, err := a.engine()
			if err != nil {
				return err
			}
			hits := e.Catalog().Search(strings.Join(args, " "))
			page := a.page()
			if len(hits) == 0 {
				return &pipeline.InputError{Message: fmt.Sprintf("no entry has %q in its words", strings.Join(args, " "))}
			}
			for i, h := range hits {
				if i == 20 {
					page.line("and %d more: use more words", len(hits)-20)
					break
				}
				page.wrap(fmt.Sprintf("%-16s %-18s ", h.Entry.Namespace, h.Entry.ID), h.Entry.Title)
			}
			return nil
		},
	}
	search.Flags().StringArrayVar(&a.shared.catalogs, "catalog", nil, "an official ATLAS `FILE` to add (may be repeated)")
	a.terminal(search)
	cmd.AddCommand(search)
	return cmd
}

var graphFormats = []string{"json", "text"}

func (a *app) graph() *cobra.Command {
	cmd := &cobra.Command{
		Use: "graph", Short: "the attack-graph engine on anybody's graph", Args: noWords,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var format string
	solve := &cobra.Command{
		Use: "solve FILE", Short: "what is reached, and how cheaply",
		Long: `Solve reads an AND/OR graph as JSON,
  {"nodes":[{"id","type":"or|and|k-of-n","k"?,"cost"}],"edges":[["from","to"]],"entries":["id"]}
and gives the least fixed point: what is reached from the entries, and the cost of
the cheapest way. An AND node costs its own cost and all its predecessors', an OR
node its own and its cheapest's; an entry costs its own.`,
		Args: between(1, "a file"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOf("--format", "format", format, graphFormats); err != nil {
				return err
			}
			g, err := pipeline.LoadGraph(args[0])
			if err != nil {
				return err
			}
			if format == "json" {
				return g.Solve(a.out)
			}
			page := a.page()
			g.Reached(func(id string, cost float64) {
				page.line("%12s  %s", strconv.FormatFloat(cost, 'g', 8, 64), id)
			})
			return nil
		},
	}
	solve.Flags().StringVarP(&format, "format", "f", "text", "`NAME`: json or text")
	completes(solve, "format", graphFormats...)
	a.terminal(solve)
	var trials int
	var seed uint64
	var chances string
	simulate := &cobra.Command{
		Use: "simulate FILE", Short: "the chance of each node, where nodes carry p",
		Long: `Simulate reads a graph as solve does, in which a node may carry "p", the chance
that it is open. It gives the chance that each node is reached: exactly where all
combinations can be counted, one by one or by decision diagrams, else from trials,
with bounds.`,
		Args: between(1, "a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--format", "format", chances, graphFormats); err != nil {
				return err
			}
			if trials < 0 {
				return usage("--trials: there cannot be fewer than none; 0 takes the default")
			}
			g, err := pipeline.LoadGraph(args[0])
			if err != nil {
				return err
			}
			c, err := g.Simulate(cmd.Context(), trials, seed)
			if err != nil {
				return err
			}
			if chances == "json" {
				return c.WriteJSON(a.out)
			}
			page := a.page()
			c.Each(func(id string, p, low, high float64) {
				bounds := ""
				if low < high {
					bounds = fmt.Sprintf("  between %.4g and %.4g", low, high)
				}
				page.line("%10.4g  %s%s", p, id, bounds)
			})
			if !c.Exact && !a.shared.quiet {
				fmt.Fprintf(a.err, "fermata: frequencies in %d trials, with bounds at 95 %%; --seed draws others\n", c.Trials)
			}
			return nil
		},
	}
	simulate.Flags().StringVarP(&chances, "format", "f", "text", "`NAME`: json or text")
	completes(simulate, "format", graphFormats...)
	simulate.Flags().IntVar(&trials, "trials", 0, "how many trials (`N`), where the chances cannot be had exactly; 65,536 if not given")
	simulate.Flags().Uint64Var(&seed, "seed", 1, "the same `SEED` gives the same figures")
	a.terminal(simulate)
	cmd.AddCommand(solve, simulate)
	return cmd
}
