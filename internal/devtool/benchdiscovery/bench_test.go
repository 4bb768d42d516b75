package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write makes files below a folder.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

const office = `from agents import Agent, function_tool

@function_tool
def search(text: str) -> str:
    return text

clerk = Agent(name="Clerk", model="gpt-4o", tools=[search])
boss = Agent(name="Boss", model="gpt-4o", handoffs=[clerk])
`

func TestOutside(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"office/app.py": office,
		"office.yaml": `repository: someone/office
commit: 0123456789abcdef0123456789abcdef01234567
family: openai-agents
elements:
  - {key: clerk, kind: agent, names: [clerk], file: app.py, line: 7}
  - {key: ghost, kind: agent, names: [ghost], file: app.py, line: 9}
  - {key: find, kind: tool, names: [search], file: app.py, line: 3}
flows:
  - {kind: tool-call, from: clerk, to: find}
  - {kind: handoff/delegation, from: clerk, to: ghost}
`,
	})
	var out bytes.Buffer
	if err := run(context.Background(), &out, "", filepath.Join(dir, "office.yaml"), dir, true); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"someone/office @0123456 (openai-agents): agent 1/2 (+1), tool 1/1, tool-call 1/1, handoff, delegation, message 0/1",
		"missed agent ghost (app.py)", "not labelled: agent Boss [app.py:boss]", "missed handoff/delegation clerk -> ghost",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}

// TestNearestOfOneName holds that of several elements of one name in a file a label means the one on its line.
func TestNearestOfOneName(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"office/app.py": office + `

def make():
    clerk = Agent(name="clerk", model="gpt-4o", tools=[])
    return clerk
`,
		"office.yaml": `repository: someone/office
commit: 0123456789abcdef0123456789abcdef01234567
family: openai-agents
elements:
  - {key: second, kind: agent, names: [clerk], file: app.py, line: 12}
  - {key: first, kind: agent, names: [clerk], file: app.py, line: 7}
  - {key: find, kind: tool, names: [search], file: app.py, line: 3}
flows:
  - {kind: tool-call, from: first, to: find}
`,
	})
	var out bytes.Buffer
	if err := run(context.Background(), &out, "", filepath.Join(dir, "office.yaml"), dir, true); err != nil {
		t.Fatal(err)
	}
	if want := "agent 2/2 (+1), tool 1/1, tool-call 1/1"; !strings.Contains(out.String(), want) {
		t.Errorf("%q is not in\n%s", want, out.String())
	}
}

func TestCorpusCountsWhatIsMissedAndFalse(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"family/case.txtar": "A case.\n-- app.py --\n" + office +
		"-- want.model.yaml --\nelements:\n  - agent Clerk\n  - agent Ghost\n  - model gpt-4o\n  - tool search\nflows: []\n"})
	var out bytes.Buffer
	if err := run(context.Background(), &out, dir, "", "", true); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1 cases of 1 families", "family/case: missed: agent Ghost", "family/case: not so: agent Boss", "not so: handoff Boss -> Clerk"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}

func TestBadLabels(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"x.yaml": "elements:\n  - {key: a, kind: agent, names: [a], file: f}\nflows:\n  - {kind: handoff, from: a, to: b}\n"})
	err := run(context.Background(), &bytes.Buffer{}, "", filepath.Join(dir, "x.yaml"), dir, false)
	if err == nil || !strings.Contains(err.Error(), "a flow's ends must be keys") {
		t.Errorf("got %v", err)
	}
}
