package pipeline

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fermata/internal/attack"
	"fermata/internal/model"
	"fermata/internal/rule"
)

// written makes a model in groups of 14 elements and 20 flows: a team of three agents with tools, a store, a memory, a
// model, a page and a person; each team hands over to the next.
func written(elements int) *model.System {
	s := &model.System{Name: "generated"}
	yes := model.Fact{Value: model.Yes, Origin: model.Declared}
	add := func(id string, kind model.Kind, effects ...string) string {
		e := &model.Element{ID: id, Kind: kind, Name: id, Origin: model.Declared, Effects: map[string]model.Fact{}, Facts: map[string]model.Fact{}}
		if kind == model.Tool {
			for _, info := range model.Effects {
				e.Effects[info.Name] = model.Fact{Value: model.No, Origin: model.Declared}
			}
		}
		for _, name := range effects {
			e.Effects[name] = yes
		}
		s.Elements = append(s.Elements, e)
		return id
	}
	flow := func(kind model.FlowKind, from, to string) {
		s.Flows = append(s.Flows, &model.Flow{ID: model.FlowID(kind, from, to), Kind: kind, From: from, To: to, Facts: map[string]model.Fact{}, Origin: model.Declared})
	}
	for n := range max(1, elements/14) {
		p := fmt.Sprintf("t%05d-", n)
		lead, worker, writer := add(p+"lead", model.Agent), add(p+"worker", model.Agent), add(p+"writer", model.Agent)
		shell, browse := add(p+"shell", model.Tool, "exec"), add(p+"browse", model.Tool, "net-read")
		query, mail := add(p+"query", model.Tool, "db-read", "db-write"), add(p+"mail", model.Tool, "message-send")
		store, memory := add(p+"store", model.Datastore), add(p+"memory", model.Memory)
		llm, prompt := add(p+"model", model.Model), add(p+"prompt", model.Prompt)
		page, person, log := add(p+"page", model.External), add(p+"person", model.Human), add(p+"log", model.Monitor)
		flow(model.PromptFlow, person, lead)
		flow(model.Delegation, lead, worker)
		flow(model.Handoff, worker, writer)
		for _, a := range []string{lead, worker, writer} {
			flow(model.PromptFlow, a, llm)
			flow(model.Telemetry, a, log)
		}
		flow(model.PromptFlow, prompt, lead)
		flow(model.ToolCall, worker, shell)
		flow(model.ToolCall, worker, browse)
		flow(model.ToolCall, writer, query)
		flow(model.ToolCall, writer, mail)
		flow(model.DataRead, page, browse)
		flow(model.DataRead, store, query)
		flow(model.DataWrite, query, store)
		flow(model.MemoryWrite, lead, memory)
		flow(model.MemoryRead, memory, worker)
		if n > 0 {
			flow(model.Message, fmt.Sprintf("t%05d-writer", n-1), lead)
		}
	}
	s.Sort()
	return s
}

// BenchmarkAnalysis is the analysis of a written model, all rules: completing it, asking the rules, building the attack
// graph, paths, blast radius and choke points.
func BenchmarkAnalysis(b *testing.B) {
	e, _, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{14, 140, 1400, 14000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			base := written(n)
			b.ReportAllocs()
			for b.Loop() {
				system := base.Clone()
				model.Complete(system, nil)
				outcome, err := rule.Evaluate(context.Background(), e.rules, system, rule.EvaluateOptions{})
				if err != nil {
					b.Fatal(err)
				}
				out, err := attack.Analyse(context.Background(), attack.Input{System: system, Findings: outcome.Findings, Controls: e.controls})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(system.Elements)), "elements")
				b.ReportMetric(float64(len(system.Flows)), "flows")
				b.ReportMetric(float64(len(out.Findings)), "findings")
			}
		})
	}
}

// sourceTree writes files, of which one in ten is agent code and the rest is ordinary.
func sourceTree(b *testing.B, files int) string {
	dir := b.TempDir()
	ordinary := "import json\nimport os\n\n\ndef load(path):\n    with open(path) as f:\n        return json.load(f)\n\n\nclass Store:\n    def __init__(self, root):\n        self.root = root\n\n    def get(self, key):\n        return load(os.path.join(self.root, key))\n"
	for i := range files {
		name := filepath.Join(dir, fmt.Sprintf("pkg%03d", i/50), fmt.Sprintf("mod%05d.py", i))
		text := ""
		for range 20 {
			text += ordinary
		}
		if i%10 == 0 {
			text = fmt.Sprintf("import subprocess\nfrom agents import Agent, function_tool\n\n\n@function_tool\ndef run_%d(script: str) -> str:\n    \"\"\"Run a script.\"\"\"\n    return subprocess.check_output(script, shell=True, text=True)\n\n\nagent_%d = Agent(name=\"Agent %d\", instructions=\"Work.\", model=\"gpt-4.1\", tools=[run_%d])\n", i, i, i, i) + text
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

// BenchmarkScan is a whole scan of a generated tree.
func BenchmarkScan(b *testing.B) {
	e, _, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{500, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := sourceTree(b, n)
			b.ReportAllocs()
			for b.Loop() {
				r, err := e.Scan(context.Background(), Input{Path: dir, Questions: -1})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(r.System.Elements)), "elements")
			}
		})
	}
}

// toolTree writes files as agent projects have them: each writes a file, one in three has a client of a service that logs,
// tries again and keeps what it was told, one in ten a tool whose argument reaches a shell, and a path by way of a function
// of another file.
func toolTree(b testing.TB, files int) string {
	dir := b.TempDir()
	for i := range files {
		var t strings.Builder
		fmt.Fprintf(&t, "import json\nimport logging\nimport os\n\nimport requests\nfrom pkg%03d.mod%05d import keep_%d\n\nlogger = logging.getLogger(__name__)\n", (i+1)%files/50, (i+1)%files, (i+1)%files)
		fmt.Fprintf(&t, "\n\ndef keep_%d(name, text):\n    with open(os.path.join(\"data\", name), \"w\") as f:\n        f.write(text)\n", i)
		for k := range 5 {
			fmt.Fprintf(&t, "\n\nclass Store%d:\n    def __init__(self, items=None):\n        self.items = items or {}\n\n    def find(self, key: str):\n        for name, item in self.items.items():\n            if name.startswith(key):\n                return item\n        return None\n\n    def all(self) -> list:\n        return sorted(self.items, key=lambda k: len(k))\n", k)
		}
		if i%3 == 0 {
			k := 0
			fmt.Fprintf(&t, "\n\nclass Client%d:\n    def __init__(self, root, retries=3):\n        self.root = root\n        self.retries = retries\n        self.session = requests.Session()\n", k)
			fmt.Fprintf(&t, "\n    def fetch(self, path: str) -> dict:\n        for attempt in range(self.retries):\n            try:\n                r = self.session.get(f\"{self.root}/{path}\", timeout=10)\n                logger.info(f\"asked {path}: {r.status_code}\")\n                return json.loads(r.text)\n            except Exception as e:\n                logger.warning(f\"attempt {attempt}: {e}\")\n        return {}\n")
			fmt.Fprintf(&t, "\n    def save(self, path, out):\n        data = self.fetch(path)\n        if not data:\n            return\n        keep_%d(out, json.dumps(data))\n        print(f\"{out} is written\")\n", (i+1)%files)
		}
		if i%10 == 0 {
			fmt.Fprintf(&t, "\n\nimport subprocess\nfrom agents import Agent, function_tool\n\n\n@function_tool\ndef run_%d(script: str, name: str) -> str:\n    \"\"\"Run a script and keep what it says.\"\"\"\n    said = subprocess.check_output(script, shell=True, text=True)\n    keep_%d(name, said)\n    return said\n\n\nagent_%d = Agent(name=\"Agent %d\", instructions=\"Work.\", model=\"gpt-4.1\", tools=[run_%d])\n", i, (i+1)%files, i, i, i)
		}
		name := filepath.Join(dir, fmt.Sprintf("pkg%03d", i/50), fmt.Sprintf("mod%05d.py", i))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(t.String()), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

// BenchmarkCodeChecks is a whole scan of 5,000 generated files with the rules about code and without them: what checks of
// code add is the difference. It takes any tree with -code.tree.
func BenchmarkCodeChecks(b *testing.B) {
	dir := *codeTree
	if dir == "" {
		dir = toolTree(b, 5000)
	}
	for _, with := range []bool{false, true} {
		b.Run(map[bool]string{false: "without", true: "with"}[with], func(b *testing.B) {
			e, _, err := New(Options{})
			if err != nil {
				b.Fatal(err)
			}
			if !with {
				model := *e.rules
				model.Rules = slices.DeleteFunc(slices.Clone(model.Rules), (*rule.Rule).Code)
				e.rules = &model
			}
			b.ReportAllocs()
			for b.Loop() {
				r, err := e.Scan(context.Background(), Input{Path: dir, Questions: -1, NoDeclared: true})
				if err != nil {
					b.Fatal(err)
				}
				found := 0
				for i := range r.Findings {
					if r.Findings[i].Code != nil {
						found++
					}
				}
				b.ReportMetric(float64(found), "findings-in-code")
				if c := r.Coverage.Code; c != nil {
					b.ReportMetric(float64(c.Places), "places")
				}
			}
		})
	}
}

var codeTree = flag.String("code.tree", "", "the tree of BenchmarkCodeChecks; empty: 5,000 generated files")
