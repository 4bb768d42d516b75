package cli

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"fermata/internal/pipeline"
	"fermata/internal/report"
	"fermata/internal/result"
)

// simulateFormats are the formats of a simulation.
var simulateFormats = []string{"text", "csv", "svg", "json"}

func (a *app) simulate() *cobra.Command {
	var ask pipeline.Spread
	var format, output string
	cmd := &cobra.Command{
		Use:   "simulate [PATH]",
		Short: "how contamination spreads over the agents, round by round, and what stops it",
		Long: `Simulate lets one agent be contaminated, again and again, and counts in rounds how
far it spreads: over the agents of a system along messages, delegation, handoffs,
shared memory and tools, or over a net that is made up (--topology). It prints the
curve, the chance of a cascade, what each defence saves under the same luck, and
which agent is worth most to keep apart. Chances come from published measurements,
and are said with their rows; --chance takes one's own.

` + simulateWords() + `
` + pathOrResult,
		Example: `  fermata simulate
  fermata simulate result.json --from planner --technique context-poisoning
  fermata simulate --topology scale-free --agents 1000 --degree 6 -o spread.svg
  fermata simulate --topology star --agents 100 --defend authentication=0.77,segments=4,breaker=0.3`,
		Args: atMost(1, "one path"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := knownScopes(ask.Scopes); err != nil {
				return err
			}
			form, err := formatFor(format, output, simulateFormats)
			if err != nil {
				return err
			}
			if err := spreadFlags(cmd, args, &ask); err != nil {
				return err
			}
			e, err := a.engine()
			if err != nil {
				return err
			}
			var r *result.Result
			if ask.Topology == "" {
				if r, err = a.look(cmd, e, argument(args, 0, "."), -1); err != nil {
					return err
				}
				a.incomplete(r)
			}
			progress := a.progress()
			ask.Progress = func(done, all int) { progress.report("simulating", done, all) }
			doc, err := e.Simulate(cmd.Context(), r, ask)
			progress.done()
			if err != nil {
				return err
			}
			return a.document(output, func(w io.Writer) error {
				switch form {
				case "json":
					return writeJSON(w, doc)
				case "csv":
					return spreadCSV(w, doc)
				case "svg":
					return report.SpreadSVG(w, doc)
				}
				var v *report.View
				if r != nil {
					v = report.NewView(r)
				}
				spreadText(a.pageOn(w, output), v, doc)
				return nil
			})
		},
	}
	f := cmd.Flags()
	topologies, _ := pipeline.SpreadTopologies()
	techniques, _ := pipeline.SpreadTechniques()
	f.StringVar(&ask.Technique, "technique", "", "`WHAT` spreads; "+techniques[0]+" if not given")
	f.StringVar(&ask.Chance, "chance", "", "the chance that one try succeeds, in place of the technique's: `P` or LOW..HIGH")
	f.StringArrayVar(&ask.From, "from", nil, "the `AGENT` where it begins (may be repeated); if not given, one that takes in content from outside, drawn for each run")
	f.IntVar(&ask.First, "first", 0, "how many agents (`N`) are contaminated at the beginning; one if not given")
	f.StringSliceVar(&ask.Defend, "defend", nil, "`DEFENCES`, each alone and all together: authentication=E, tagging=E, coverage=SHARE, segments=N, breaker=P, alarms=N, recovery=P, or none")
	f.Float64Var(&ask.Recovery, "recovery", 0, "the chance (`P`) that a contaminated agent is cleaned in a round")
	f.BoolVar(&ask.Relapse, "relapse", false, "agents that were cleaned can be contaminated again")
	f.StringSliceVar(&ask.Thresholds, "threshold", nil, "a `SHARE` of the agents that counts as a cascade (may be repeated); 10% and 50% if not given")
	f.StringVar(&ask.Topology, "topology", "", "make up a net of this `KIND` in place of a system")
	f.IntVar(&ask.Agents, "agents", 0, "how many agents (`N`) the made-up net has")
	f.IntVar(&ask.Degree, "degree", 0, "links (`N`) of an agent, in random, small-world and scale-free nets; 6 if not given")
	f.IntVar(&ask.Branch, "branch", 0, "agents (`N`) below each agent of a hierarchy; 3 if not given")
	f.Float64Var(&ask.Rewire, "rewire", 0.1, "the `SHARE` of a small world's links that lead anywhere")
	f.IntVar(&ask.Models, "models", 1, "how many models (`N`) the agents of a made-up net run on: agents of one model share their luck")
	f.IntVar(&ask.Runs, "runs", 0, "how often (`N`) it is simulated; 10,000 for up to a thousand agents, else 1,000")
	f.IntVar(&ask.Rounds, "rounds", 0, "how many rounds (`N`) each run has; 20 if not given")
	f.Uint64Var(&ask.Seed, "seed", 1, "the same `SEED` gives the same figures")
	scopeFlag(cmd, &ask.Scopes)
	documentFlags(cmd, &format, &output, simulateFormats)
	completes(cmd, "topology", topologies...)
	completes(cmd, "technique", techniques...)
	a.system(cmd)
	return cmd
}

// simulateWords explains the words that flags take.
func simulateWords() string {
	var b strings.Builder
	list := func(head string, names, docs []string) {
		fmt.Fprintf(&b, "%s:\n", head)
		for i, name := range names {
			fmt.Fprintf(&b, "  %-18s %s\n", name, docs[i])
		}
	}
	names, docs := pipeline.SpreadTechniques()
	list("What spreads (--technique)", names, docs)
	names, docs = pipeline.SpreadTopologies()
	list("Nets that can be made up (--topology)", names, docs)
	return b.String()
}

// spreadFlags refuses flags that do not go together.
func spreadFlags(cmd *cobra.Command, args []string, ask *pipeline.Spread) error {
	if ask.Topology != "" {
		names, _ := pipeline.SpreadTopologies()
		switch {
		case len(args) > 0:
			return usage("--topology makes up a net, and %q is a system; use one of them", args[0])
		case len(ask.Scopes) > 0:
			return usage("--scope is about the parts of a tree, and --topology makes up a net")
		case oneOf("--topology", "topology", ask.Topology, names) != nil:
			return oneOf("--topology", "topology", ask.Topology, names)
		case !cmd.Flags().Changed("agents"):
			return &usageError{message: "--topology needs the number of agents", hint: "--agents 100"}
		}
	} else {
		for _, flag := range []string{"agents", "degree", "branch", "rewire", "models"} {
			if cmd.Flags().Changed(flag) {
				return &usageError{message: "--" + flag + " is about a made-up net", hint: "--topology star, for example"}
			}
		}
	}
	// Zero means that nothing was said. Whoever says it means it.
	for _, flag := range []string{"agents", "degree", "branch", "models", "runs", "rounds", "first"} {
		if f := cmd.Flags().Lookup(flag); f.Changed && f.Value.String() == "0" {
			return usage("--%s: there has to be at least one", flag)
		}
	}
	return nil
}

// spreadCSV writes the curves, a line for each round of each variant.
func spreadCSV(w io.Writer, doc *result.Simulation) error {
	c := csv.NewWriter(w)
	rows := [][]string{{"variant", "round", "mean", "p5", "p50", "p95", "spreading"}}
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	for _, v := range doc.Variants {
		for _, p := range v.Curve {
			rows = append(rows, []string{v.Name, strconv.Itoa(p.Round), number(p.Mean), strconv.Itoa(p.P5), strconv.Itoa(p.P50), strconv.Itoa(p.P95), number(p.Spreading)})
		}
	}
	return c.WriteAll(rows)
}
