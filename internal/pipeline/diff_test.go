package pipeline

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fermata/internal/model"
	"fermata/internal/result"
)

const (
	teamBefore = `from agents import Agent, function_tool
import subprocess

@function_tool
def look_up(order: str) -> str:
    """What the shop knows about one order."""
    return open(order).read()

@function_tool
def run(script: str) -> str:
    """Run a script and return its output."""
    return subprocess.run(script, shell=True, capture_output=True, text=True).stdout

clerk = Agent(name="Clerk", instructions="Answer what people ask about orders.", model="gpt-4.1", tools=[look_up])
analyst = Agent(name="Analyst", instructions="Compute what the clerk asks for.", model="gpt-4.1", tools=[run])
clerk.handoffs = [analyst]
`
	serve = "from agents import Runner\nfrom fastapi import FastAPI\nfrom team import clerk\n\napp = FastAPI()\n\n\n@app.post(\"/ask\")\ndef ask(text: str) -> str:\n    return Runner.run_sync(clerk, text).final_output\n"
)

// compareTrees compares two small trees of one file each besides the one that starts them.
func compareTrees(t *testing.T, e *Engine, before, after map[string]string) *result.Diff {
	t.Helper()
	var inputs []Input
	for _, files := range []map[string]string{before, after} {
		dir := filepath.Join(t.TempDir(), "shop")
		for name, text := range files {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		inputs = append(inputs, Input{Path: dir, AsOf: "2026-01-01"})
	}
	d, err := e.Diff(context.Background(), inputs[0], inputs[1])
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDiffOfTrees(t *testing.T) {
	e := anEngine(t)
	before := map[string]string{"team.py": teamBefore, "serve.py": serve}
	edit := func(pairs ...string) map[string]string {
		return map[string]string{"team.py": strings.NewReplacer(pairs...).Replace(teamBefore), "serve.py": serve}
	}
	moved := map[string]string{
		"team.py":  strings.Replace(teamBefore[strings.Index(teamBefore, "clerk ="):], "clerk", "from agents import Agent\nfrom lib.tools import look_up, run\n\nclerk", 1),
		"serve.py": serve, "lib/__init__.py": "",
		"lib/tools.py": "from agents import function_tool\nimport subprocess\n" + teamBefore[strings.Index(teamBefore, "\n@function_tool"):strings.Index(teamBefore, "clerk =")],
	}
	for _, test := range []struct {
		name    string
		after   map[string]string
		renamed []string // new ids
		says    []string // texts of changes, by what they begin with
		live    bool     // something becomes live
	}{
		{"nothing", before, nil, nil, false},
		{"tools moved to another module", moved, []string{"lib/tools.py:look_up", "lib/tools.py:run"}, nil, false},
		{"an agent renamed", edit("analyst", "numbers", `"Analyst"`, `"Numbers"`), []string{"team.py:numbers", "team.py:numbers.prompt"}, nil, false},
		{"a tool added", edit("tools=[look_up]", "tools=[look_up, run]"), nil, []string{"+ Clerk calls run"}, true},
		{"a model replaced", edit(`asks for.", model="gpt-4.1"`, `asks for.", model="gpt-5"`), nil, []string{"+ model gpt-5"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := compareTrees(t, e, before, test.after)
			var renamed, says []string
			for _, r := range d.Renames {
				renamed = append(renamed, r.New)
			}
			marks := map[model.How]string{model.Added: "+ ", model.Removed: "- ", model.Changed: "~ "}
			for _, topic := range d.Topics {
				for _, c := range topic.Changes {
					if !c.Follows {
						says = append(says, marks[c.How]+c.Text)
					}
				}
			}
			if diff := cmp.Diff(test.renamed, renamed); diff != "" {
				t.Errorf("renamed (-want +got):\n%s", diff)
			}
			for _, want := range test.says {
				if !slices.ContainsFunc(says, func(s string) bool { return strings.HasPrefix(s, want) }) {
					t.Errorf("no change says %q; they are %q", want, says)
				}
			}
			if test.says == nil && len(says)+len(d.Live)+len(d.Died)+len(d.Arose) > 0 {
				t.Errorf("a rename is said as a change: %q, %d live, %d died, %d arose", says, len(d.Live), len(d.Died), len(d.Arose))
			}
			if test.live != (len(d.Live) > 0) {
				t.Errorf("%d threats became live", len(d.Live))
			}
			for _, c := range d.Live {
				if len(c.Because) == 0 && c.From == "" {
					t.Errorf("%s became live and nothing says why", c.Finding)
				}
			}
			mirrored(t, d, compareTrees(t, e, test.after, before))
		})
	}
}

// mirrored holds that the comparison the other way round says the same backwards.
func mirrored(t *testing.T, forth, back *result.Diff) {
	t.Helper()
	ids := func(list []result.ThreatChange) []string {
		out := []string{}
		for _, c := range list {
			out = append(out, c.Finding+" "+c.Severity+" "+c.Message)
		}
		slices.Sort(out)
		return out
	}
	changes := func(d *result.Diff, mirror bool) []string {
		out := []string{}
		other := map[model.How]model.How{model.Added: model.Removed, model.Removed: model.Added}
		for _, topic := range d.Topics {
			for _, c := range topic.Changes {
				if mirror && c.How != model.Changed {
					c.How = other[c.How]
				}
				if c.How != model.Changed {
					out = append(out, topic.Topic+" "+string(c.How)+" "+c.ID+" "+c.Text)
				}
			}
		}
		slices.Sort(out)
		return out
	}
	renames := func(d *result.Diff, mirror bool) []string {
		out := []string{}
		for _, r := range d.Renames {
			if mirror {
				r.Old, r.New = r.New, r.Old
			}
			out = append(out, r.Old+" "+r.New+" "+r.By)
		}
		slices.Sort(out)
		return out
	}
	for _, same := range []struct {
		what        string
		forth, back []string
	}{
		{"live and died", ids(forth.Live), ids(back.Died)},
		{"died and live", ids(forth.Died), ids(back.Live)},
		{"changes", changes(forth, false), changes(back, true)},
		{"renames", renames(forth, false), renames(back, true)},
	} {
		if diff := cmp.Diff(same.forth, same.back); diff != "" {
			t.Errorf("%s do not mirror:\n%s", same.what, diff)
		}
	}
}

// TestMovedToolHasItsPublisher: somebody publishes a tool that another party makes, and nobody saw who. Where the tool
// moves to another file, no supplier has joined.
func TestMovedToolHasItsPublisher(t *testing.T) {
	e := anEngine(t)
	const before = `from langchain_community.tools import DuckDuckGoSearchResults, OpenWeatherMapQueryRun
from langchain_openai import ChatOpenAI
from langgraph.prebuilt import create_react_agent

web_search = DuckDuckGoSearchResults(name="WebSearch")
weather = OpenWeatherMapQueryRun(name="Weather")
agent = create_react_agent(ChatOpenAI(model="gpt-4.1"), tools=[web_search, weather], name="helper")
`
	d := compareTrees(t, e, map[string]string{"src/agent/helper.py": before}, map[string]string{"src/agents/helper.py": before})
	if len(d.Renames) < 3 {
		t.Errorf("%d elements are known again, and there are more", len(d.Renames))
	}
	for _, c := range d.Arose {
		t.Errorf("a move is said as a change: %s: %s", c.Rule, c.Message)
	}
}
