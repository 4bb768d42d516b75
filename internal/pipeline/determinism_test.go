package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fermata/internal/result"
)

const examplesFolder = "../../examples"

// atlasFolder is the folder of examples that holds a folder for each case study of ATLAS.
const atlasFolder = "atlas"

// examples are the shipped systems, by name.
func examples(t testing.TB) []string {
	t.Helper()
	found, err := os.ReadDir(examplesFolder)
	if err != nil {
		t.Fatal(err)
	}
	studies, err := filepath.Glob(filepath.Join(examplesFolder, atlasFolder, "*", ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range found {
		if e.IsDir() && e.Name() != atlasFolder {
			names = append(names, e.Name())
		}
	}
	for _, file := range studies {
		names = append(names, filepath.Join(atlasFolder, filepath.Base(filepath.Dir(file))))
	}
	if len(names) == 0 || len(studies) == 0 {
		t.Fatal("no examples")
	}
	return names
}

// mixed is a tree of several languages and kinds of trouble, in which modules name each other in circles: what the
// order of files could change, it would change here.
var mixed = map[string]string{
	"pyproject.toml": "[project]\nname = \"mixed\"\n",
	"app/__init__.py": `from .team import lead
from .tools import *
`,
	"app/team.py": `from agents import Agent, Runner, SQLiteSession
from app import tools
from app.helpers import helper, make

lead = Agent(name="Lead", instructions="Lead.", model="gpt-4.1", tools=[tools.read_page, tools.run], handoffs=[helper])
made = [make(n) for n in ("a", "b")]
helper.handoffs = [lead, *made]


async def main(question: str):
    return await Runner.run(lead, question, session=SQLiteSession("s", "s.db"))
`,
	"app/helpers.py": `from agents import Agent
from .tools import run as execute, mail
import app.team as team


def make(name):
    return Agent(name=name, instructions="Help.", model="gpt-4.1-mini", tools=[execute])


helper = Agent(name="Helper", instructions="Help.", model="gpt-4.1-mini", tools=[mail, execute], handoffs=[team.lead])
`,
	"app/tools.py": `import smtplib, subprocess, requests
from agents import function_tool


@function_tool
def read_page(url: str) -> str:
    """A page."""
    return requests.get(url).text


@function_tool
def run(command: str) -> str:
    """Run."""
    return subprocess.getoutput(command)


@function_tool
def mail(to: str, body: str) -> None:
    """Send."""
    smtplib.SMTP("mail").sendmail("a", [to], body)
`,
	"graphs/flow.py": `from langgraph.graph import StateGraph, START, END
from langchain_openai import ChatOpenAI
from app.tools import run

llm = ChatOpenAI(model="gpt-4.1").bind_tools([run])


def think(state):
    return {"messages": [llm.invoke(state["messages"])]}


graph = StateGraph(dict)
graph.add_node("think", think)
graph.add_edge(START, "think")
graph.add_edge("think", END)
compiled = graph.compile()
`,
	"crew/crew.py": `from crewai import Agent, Crew, Task

writer = Agent(role="Writer", goal="Write", backstory="Writes", allow_delegation=True)
editor = Agent(role="Editor", goal="Edit", backstory="Edits")
crew = Crew(agents=[writer, editor], tasks=[Task(description="Write", agent=writer), Task(description="Edit", agent=editor)])
`,
	".mcp.json":            `{"mcpServers": {"files": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/srv"]}, "far": {"url": "http://far.example/mcp"}}}`,
	"tests/test_team.py":   "from agents import Agent\nfrom app.tools import run\n\nprobe = Agent(name=\"Probe\", tools=[run])\n",
	"broken.py":            "from agents import Agent\nx = Agent(name=\"X\")\ndef (:\n",
	"broken.ipynb":         `{"cells": [`,
	"picture.bin":          "\x00\x01",
	"README.md":            "# Mixed\n",
	"fermata.yaml":         "elements:\n  - {id: watcher, kind: monitor}\nflows:\n  - {kind: telemetry, from: Lead, to: watcher}\n",
	".gitignore":           "ignored/\n",
	"ignored/agents.py":    "from agents import Agent\n",
	"node_modules/x/a.js":  "x",
	"sub/fermata.yaml":     "elements: []\n",
	"sub/.cursor/mcp.json": `{"mcpServers": {"shell": {"command": "uvx", "args": ["mcp-server-shell"]}}}`,
}

// tree writes files in a random order into a new folder.
func tree(t testing.TB, files map[string]string, seed uint64) string {
	t.Helper()
	dir := t.TempDir()
	names := slices.Sorted(maps.Keys(files))
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // an order, and the same one each time
	random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, name := range names {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(files[name]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// read takes an example's files into memory.
func read(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		files[filepath.ToSlash(rel)] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func scanned(t testing.TB, e *Engine, in Input) (*result.Result, []byte) {
	t.Helper()
	r, err := e.Scan(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return r, b
}

// TestSameBytes holds that the same tree gives the same result wherever it lies, in whatever order its files were made
// and are read, on any number of cores, and again.
func TestSameBytes(t *testing.T) {
	trees := map[string]map[string]string{"mixed": mixed}
	studies := 0
	for _, name := range examples(t) {
		if filepath.Dir(name) == atlasFolder { // one written model is like another to this test
			if studies++; studies > 1 {
				continue
			}
		}
		trees[name] = read(t, filepath.Join(examplesFolder, name))
	}
	var names []string
	for name := range trees {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			_, want := scanned(t, shipped(t), Input{Path: tree(t, trees[name], 1), AsOf: "2027-01-01"})
			for seed, workers := range []int{0, 1, 2, 8} {
				cores := runtime.GOMAXPROCS(1 + seed%2)
				_, got := scanned(t, shipped(t), Input{Path: tree(t, trees[name], uint64(seed)+2), AsOf: "2027-01-01", Workers: workers})
				runtime.GOMAXPROCS(cores)
				if !bytes.Equal(want, got) {
					t.Fatalf("%d workers on %d cores give another result (-first +now):\n%s", workers, 1+seed%2, cmp.Diff(string(want), string(got)))
				}
			}
		})
	}
}

// TestEverythingHasEvidence holds that nothing is said of a system without a place in a file or a stated assumption, and
// that the ledger of files adds up, over every shipped example and the mixed tree.
func TestEverythingHasEvidence(t *testing.T) {
	e := shipped(t)
	folders := map[string]string{"mixed": tree(t, mixed, 1)}
	for _, name := range examples(t) {
		folders[name] = filepath.Join(examplesFolder, name)
	}
	for _, name := range slices.Sorted(maps.Keys(folders)) {
		t.Run(name, func(t *testing.T) {
			r, _ := scanned(t, e, Input{Path: folders[name]})
			if len(r.System.Elements) == 0 || len(r.Findings) == 0 {
				t.Fatal("nothing was found")
			}
			for _, complaint := range unfounded(r) {
				t.Error(complaint)
			}
		})
	}
}
