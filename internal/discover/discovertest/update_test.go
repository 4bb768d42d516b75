package discovertest

import (
	"fmt"
	"strings"
	"testing"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"

	"github.com/google/go-cmp/cmp"
)

// sample is an outcome of two agents, a tool, a flow, a control and a gap.
func sample() found {
	at := func(line int) []model.Evidence { return []model.Evidence{{File: "app.py", Line: line, Col: 1}} }
	return describe(&discover.Outcome{
		System: &model.System{
			Elements: []*model.Element{
				{ID: "a", Kind: model.Agent, Name: "a", Evidence: at(3)},
				{ID: "b", Kind: model.Agent, Name: "b", Evidence: at(4)},
				{ID: "t", Kind: model.Tool, Name: "t", Evidence: at(1)},
			},
			Flows:    []*model.Flow{{ID: "f", Kind: model.ToolCall, From: "a", To: "t", Evidence: at(3)}},
			Controls: []model.Placement{{Control: "human-approval", On: "t", State: model.Evidenced, Evidence: at(5)}},
		},
		Unresolved: []discover.Gap{{What: "tools of a", Why: "unknown"}},
	})
}

// said collects what a comparison says.
type said []string

func (s *said) Helper() {}
func (s *said) Errorf(format string, args ...any) {
	*s = append(*s, fmt.Sprintf(format, args...))
}

const right = `elements:
  - agent a: {at: app.py:3}
  - agent b: {at: app.py:4}
  - tool t: {at: app.py:1}
flows:
  - tool-call a -> t
controls:
  - human-approval on t: {state: evidenced, at: app.py:5}
unresolved:
  - tools of a
`

func TestCompare(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"right", "", "", ""},
		{"an element is not found", "elements:", "elements:\n  - agent c: {at: app.py:9}", "not found: agent c"},
		{"an element is missed", "elements:", "missed: [agent c]\nelements:\n  - agent c: {at: app.py:9}", ""},
		{"an element is found and not wanted", "  - agent b: {at: app.py:4}\n", "", "not wanted in elements: agent b"},
		{"the place is another", "app.py:4", "app.py:5", `at is "app.py:4"`},
		{"the place is not said", "agent b: {at: app.py:4}", "agent b", "says no place"},
		{"a flow's place is another", "tool-call a -> t", "tool-call a -> t: {at: app.py:4}", `at is "app.py:3"`},
		{"the control's state is another", "evidenced", "declared", `state is "evidenced", want "declared"`},
		{"the control's state is not said", "{state: evidenced, at: app.py:5}", "{at: app.py:5}", "says no state"},
		{"the control's place is another", "app.py:5", "app.py:6", `at is "app.py:5"`},
		{"the control stands on another element", "human-approval on t", "human-approval on a", "not found: human-approval on a"},
		{"a control is found and not wanted", "  - human-approval on t: {state: evidenced, at: app.py:5}\n", "", "not wanted in controls: human-approval on t"},
		{"a control is missed", "controls:", "missed: [sandbox on t]\ncontrols:\n  - sandbox on t: {state: evidenced}", ""},
		{"a control is listed as missed and found", "controls:", "missed: [human-approval on t]\ncontrols:", "found, though it is listed as missed: human-approval on t"},
		{"a control is wrong", "controls:\n  - human-approval on t: {state: evidenced, at: app.py:5}\n", "wrong: [human-approval on t]\n", ""},
		{"what is listed as wrong is not found", "elements:", "wrong: [sandbox on t]\nelements:", "not found, though it is listed as wrong"},
		{"a gap is missed", "unresolved:", "missed: [prompt of b]\nunresolved:\n  - prompt of b", ""},
		{"a gap is found and not wanted", "unresolved:\n  - tools of a\n", "", "unresolved but not wanted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(right, c.old) {
				t.Fatalf("no %q in the text", c.old)
			}
			text := strings.Replace(right, c.old, c.new, 1)
			var s said
			compare(&s, syntax.Parse(source.NewFile(wantFile, []byte(text))), placed, sample())
			if got := strings.Join(s, "\n"); c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestUpdated(t *testing.T) {
	for _, c := range []struct{ name, want, after string }{
		{"nothing yet", "", strings.NewReplacer(", at: app.py:5", "", "tools of a", `"tools of a: unknown"`).Replace(right)},
		{"all is well", right, right},
		{
			"what a person wrote stays",
			"# two of them\nelements:\n  - tool t: {effects: {exec: yes}} # says the body\n  - agent b\n  - agent gone\n  - agent far: {facts: {x: yes}}\nmissed:\n  - agent far\n  - sandbox on t\nwrong:\n  - agent a\nflows: []\ncontrols:\n  - sandbox on t: {state: evidenced}\n  - human-approval on t: {state: declared}\nunresolved:\n  - of a\n",
			"# two of them\nelements:\n  - tool t: {at: app.py:1, effects: {exec: yes}} # says the body\n  - agent b: {at: app.py:4}\n  - agent far: {facts: {x: yes}}\nmissed:\n  - agent far\n  - sandbox on t\nwrong:\n  - agent a\ncontrols:\n  - sandbox on t: {state: evidenced}\n  - human-approval on t: {state: evidenced}\nunresolved:\n  - of a\nflows:\n  - tool-call a -> t\n",
		},
		{"a place that moved", strings.Replace(right, "app.py:4", "app.py:7", 1), right},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := updated(c.want, placed, sample())
			if d := cmp.Diff(c.after, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if again := updated(got, placed, sample()); again != got {
				t.Errorf("a second time it is another:\n%s", again)
			}
		})
	}
}
