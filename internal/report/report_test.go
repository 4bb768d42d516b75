package report_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"fermata/internal/model"
	"fermata/internal/report"
	"fermata/internal/report/reporttest"
	"fermata/internal/result"

	"github.com/google/go-cmp/cmp"
)

func TestChance(t *testing.T) {
	for n, want := range map[float64]string{1: "almost certain", 4: "about 1 in 4", 9.4: "about 1 in 9", 48: "about 1 in 50", 97: "about 1 in 100", 5000: "less than 1 in 1000"} {
		if got := report.Chance(math.Log(n)); got != want {
			t.Errorf("1 in %v is %q, want %q", n, got, want)
		}
	}
}

// A path has one chance, whoever tells it: the mean, and the most likely chances only where an old result has none.
func TestPathChance(t *testing.T) {
	mean := 0.24
	if got, want := report.PathChance(&result.Path{Cost: math.Log(50), Probability: &mean}), "about 1 in 4"; got != want {
		t.Errorf("with a mean: %q, want %q", got, want)
	}
	if got, want := report.PathChance(&result.Path{Cost: math.Log(50)}), "about 1 in 50"; got != want {
		t.Errorf("without one: %q, want %q", got, want)
	}
}

func TestPlain(t *testing.T) {
	if got, want := report.Plain("a\x1b[31mb\u202ec\nd\u009be\u200b"), "a[31mbc de"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMarkdown(t *testing.T) {
	for text, want := range map[string]string{
		"plain, with a comma.": "plain, with a comma.",
		"<b> & c":              "&lt;b&gt; &amp; c",
		"a|b":                  "a&#124;b",
		"[x](y) `z`":           "\\[x\\](y) \\`z\\`",
		"run_report(a: str)":   "run_report(a: str)",
		"_run_ a_":             "\\_run\\_ a\\_",
		"a:b->c ok: :smile: x": "a:b-&gt;c ok: &#58;smile: x",
		"- item":               "\\- item",
		"1. item":              "1\\. item",
		"0.1.0":                "0.1.0",
		"@everyone #1":         "&#64;everyone &#35;1",
		"http://x":             "http&#58;//x",
		"two\nlines":           "two lines",
	} {
		if got := report.Markdown(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestMarkdownCode(t *testing.T) {
	for text, want := range map[string]string{"a.py:3": "`a.py:3`", "a`b": "<code>a&#96;b</code>", "call:a->b": "`call:a->b`", "<x>|": "<code>&#60;x&#62;&#124;</code>", " \n": ""} {
		if got := report.MarkdownCode(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// TestCapital: words begin lines with a capital letter, what can only be an identifier is left as it is spelt.
func TestCapital(t *testing.T) {
	for text, want := range map[string]string{
		"a word": "A word", "éa": "Éa", "lookup_order passes on": "lookup_order passes on", "orderStatus: what": "orderStatus: what", "@openai/agents delivers": "@openai/agents delivers",
		"user's words": "User's words", "": "", "l3 and up": "l3 and up",
	} {
		if got := report.Capital(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// TestQuestionsAreToldApart: two questions about things of one name have the file of each beside it.
func TestQuestionsAreToldApart(t *testing.T) {
	at := func(file string) []model.Evidence { return []model.Evidence{{File: file, Line: 1}} }
	r := &result.Result{System: model.System{Elements: []*model.Element{
		{ID: "a", Name: "run", Kind: model.Tool, Evidence: at("a.py")}, {ID: "b", Name: "run", Kind: model.Tool, Evidence: at("b.py")}, {ID: "c", Name: "other", Kind: model.Tool, Evidence: at("b.py")},
	}}}
	v := report.NewView(r)
	for subject, want := range map[string]string{"a": "can run (a.py) write?", "b": "can run (b.py) write?", "c": "can other write?"} {
		name := v.Element(subject).Name
		if got := v.Question(&result.Question{Subject: subject, Text: "can " + name + " write?"}); got != want {
			t.Errorf("asked %q, want %q", got, want)
		}
	}
}

func TestShell(t *testing.T) {
	if got, want := report.Shell("a'; rm -rf $HOME\x1b"), `'a'\''; rm -rf $HOME'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzEscapeJSON(f *testing.F) {
	f.Add("a\x1b\u202e\u009b\U000e0001é\xff\"\\\n")
	f.Fuzz(func(t *testing.T, text string) {
		document, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		var before, after string
		escaped := report.EscapeJSON(document)
		if err := json.Unmarshal(document, &before); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(escaped, &after); err != nil {
			t.Fatalf("%s does not parse: %v", escaped, err)
		}
		if before != after {
			t.Errorf("%q reads back as %q", before, after)
		}
		if plain := report.Plain(string(escaped)); plain != string(escaped) {
			t.Errorf("%q still has what a terminal obeys", escaped)
		}
	})
}

// small is a system of two agents and a shell, with two flows between the agents.
func small() *result.Result {
	element := func(id string, kind model.Kind) *model.Element {
		return &model.Element{ID: id, Kind: kind, Name: strings.ToUpper(id), Layer: "L3", Scope: "main", Origin: model.Declared}
	}
	flow := func(kind model.FlowKind, from, to string) *model.Flow {
		return &model.Flow{ID: model.FlowID(kind, from, to), Kind: kind, From: from, To: to}
	}
	r := &result.Result{Layers: []result.Layer{{ID: "L3", Name: "Agent Frameworks"}}}
	r.System.Elements = []*model.Element{element("a", model.Agent), element("b", model.Agent), element("host", model.Runtime), element("sh", model.Tool)}
	r.System.Flows = []*model.Flow{flow(model.ToolCall, "b", "sh"), flow(model.Hosts, "host", "sh"), flow(model.Completion, "b", "a"), flow(model.Delegation, "a", "b")}
	r.System.Sort()
	r.System.Boundaries = []model.Boundary{{ID: "in", Members: []string{"a", "b"}}}
	r.Findings = []result.Finding{{ID: "f", Rule: "r", Elements: []string{"b"}, Flows: []string{"tool-call:b->sh"}}}
	r.Paths = []result.Path{{Severity: "high", Scope: "main", Attacker: "user", Goal: result.Goal{Element: "sh"}, Steps: []result.Hop{{Finding: "f", Breaks: []result.Break{{Control: "x", On: "sh", Effect: "blocks"}}}, {Finding: "f", Breaks: []result.Break{
		{Control: "y", On: "sh", Effect: "blocks"}, {Control: "z", On: "b", Effect: "blocks"}, {Control: "w", On: "b", Effect: "weakens"}, {Control: "y", On: "sh", Effect: "blocks"},
	}}}}}
	return r
}

func TestDiagram(t *testing.T) {
	r := small()
	v := report.NewView(r)
	d := v.Diagram(report.Options{}, v.TopPaths(report.Options{}, 5), 10)
	want := []report.Edge{
		{From: "a", To: "b", Label: "delegation", Both: true, Flows: []string{"completion:b->a", "delegation:a->b"}},
		{From: "b", To: "sh", Label: "tool-call", Crosses: true, Severity: "high", Flows: []string{"tool-call:b->sh"}},
	}
	if diff := cmp.Diff(want, d.Edges); diff != "" {
		t.Errorf("edges (-want +got):\n%s", diff)
	}
	d = v.Diagram(report.Options{}, v.TopPaths(report.Options{}, 5), 2)
	var ids []string
	for _, n := range d.Lanes[0].Nodes {
		ids = append(ids, n.Element.ID)
	}
	if diff := cmp.Diff([]string{"b", "sh"}, ids); diff != "" {
		t.Errorf("with room for two, those of the path are drawn (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"1 agent", "1 runtime"}, d.LeftOut); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
}

// TestDiagramCounts holds that what a diagram leaves out is counted: with what it draws, it is everything.
func TestDiagramCounts(t *testing.T) {
	v := report.NewView(reporttest.Large(200))
	d := v.Diagram(report.Options{}, v.TopPaths(report.Options{}, 5), 30)
	drawn := 0
	for _, l := range d.Lanes {
		drawn += len(l.Nodes)
	}
	if drawn != 30 || len(d.LeftOut) == 0 {
		t.Errorf("%d drawn and %v left out, want 30 and the rest", drawn, d.LeftOut)
	}
}

func TestEnds(t *testing.T) {
	r := small()
	v := report.NewView(r)
	blocks, weakens := report.Ends(&r.Paths[0])
	same := func(s string) string { return s }
	if got, want := v.Controls(blocks, 9, same, same), "y or x on SH; or z on B"; got != want {
		t.Errorf("ends with %q, want %q", got, want)
	}
	if len(weakens) != 1 || weakens[0].Control != "w" {
		t.Errorf("weaker with %v, want w", weakens)
	}
}

func TestEndings(t *testing.T) {
	r := &result.Result{Chokes: []result.Choke{
		{Finding: "f", Goals: []string{"one"}}, {Control: "x", On: "a", Goals: []string{"one"}}, {Control: "y", On: "a", Goals: []string{"one", "two"}},
	}}
	got := report.NewView(r).Endings(report.Options{})
	if len(got) != 2 || len(got[0].Goals) != 2 || len(got[1].Controls) != 1 || len(got[1].Findings) != 1 {
		t.Errorf("got %+v, want the two losses together first, then the one with a control and a finding", got)
	}
}

func TestAssumed(t *testing.T) {
	v := report.NewView(small())
	for text, want := range map[string]string{
		"sh: nobody says so": "SH: nobody says so", "delegation:a->b": "the delegation from A to B", "sh facts.exposed: yes": "SH facts.exposed: yes", "shell: other": "shell: other",
	} {
		if got := v.Assumed(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// TestRead holds the line of the ledger at the head of a report: unknown effects are of tools that somebody saw, of the
// scopes that are shown.
func TestRead(t *testing.T) {
	yes, no, open := model.Fact{Value: model.Yes}, model.Fact{Value: model.No}, model.Fact{Value: model.Unknown}
	tool := func(id, scope string, origin model.Origin, effects map[string]model.Fact) *model.Element {
		return &model.Element{ID: id, Kind: model.Tool, Name: id, Scope: scope, Origin: origin, Effects: effects}
	}
	r := &result.Result{System: model.System{Elements: []*model.Element{
		tool("a", "main", model.Observed, map[string]model.Fact{"exec": yes}),
		tool("b", "main", model.Observed, map[string]model.Fact{"exec": no}),
		tool("c", "main", model.Observed, map[string]model.Fact{"exec": open}),
		tool("d", "main", model.Declared, nil),
		tool("e", "test", model.Observed, nil),
		tool("f", "main", model.Assumed, nil),
	}}}
	r.Coverage.Files.Seen, r.Coverage.Files.Parsed = 8, 3
	if got, want := report.NewView(r).Read(report.Options{}), "3 files read of 8; effects unknown for 2 of 4 tools"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	r.Coverage.Unresolved = append(r.Coverage.Unresolved, result.Unresolved{What: "tools of x"})
	if got, want := report.NewView(r).Read(report.Options{}), "3 files read of 8; 1 construct not followed; effects unknown for 2 of 4 tools"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := report.NewView(r).NoCleanBill(report.Options{}), "That is no clean bill: 1 construct was not followed."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := report.NewView(r).NotModelled(); got != "" {
		t.Errorf("got %q of nothing", got)
	}
	for _, c := range []struct {
		names []string // from few files to many
		want  string
	}{
		{[]string{"Rig"}, "Rig is used and not modelled: what is built with that is not in this picture."},
		{[]string{"Rig", "Spring AI"}, "Spring AI and Rig are used and not modelled: what is built with that is not in this picture."},
		{[]string{"a", "b", "c", "d", "e"}, "e, d, c and 2 other frameworks are used and not modelled: what is built with that is not in this picture."},
	} {
		of := &result.Result{}
		for i, name := range c.names {
			of.Coverage.Unsupported = append(of.Coverage.Unsupported, result.Unsupported{Name: name, Files: i + 1})
		}
		if got := report.NewView(of).NotModelled(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	bare := &result.Result{System: model.System{Elements: []*model.Element{
		{ID: "a", Kind: model.Agent, Scope: "main", Origin: model.Observed}, {ID: "s", Kind: model.MCPServer, Scope: "main", Origin: model.Observed},
	}}}
	if got, want := report.NewView(bare).NoCleanBill(report.Options{}), "That is no clean bill: no tool was seen for 1 agent and 1 MCP server."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	bare.System.Elements = nil
	if got := report.NewView(bare).NoCleanBill(report.Options{}); got != "" {
		t.Errorf("got %q of nothing", got)
	}
	if unknown, all := report.NewView(r).UnknownTools(report.Options{Scopes: []string{"main", "test"}}); unknown != 3 || all != 5 {
		t.Errorf("with tests: %d of %d", unknown, all)
	}
}

// TestSharedNames holds that elements of one name are told apart by their files, in messages, powers and losses.
func TestSharedNames(t *testing.T) {
	at := func(file string, line int) []model.Evidence {
		return []model.Evidence{{File: file, Line: line, Col: 1}}
	}
	r := &result.Result{System: model.System{
		Elements: []*model.Element{
			{ID: "a:run", Kind: model.Tool, Name: "run", Evidence: at("a/tools.py", 3)},
			{ID: "b:run", Kind: model.Tool, Name: "run", Evidence: at("b/tools.py", 3)},
			{ID: "c:do", Kind: model.Tool, Name: "do", Evidence: at("c.py", 1)},
			{ID: "c:do2", Kind: model.Tool, Name: "do", Evidence: at("c.py", 9)},
			{ID: "p", Kind: model.Agent, Name: "planner", Evidence: at("a/main.py", 1)},
		},
		Flows:  []*model.Flow{{ID: "f", Kind: model.ToolCall, From: "p", To: "a:run"}},
		Assets: []model.Asset{{ID: "x", Name: "files that run changes", Element: "b:run"}},
	}}
	v := report.NewView(r)
	for id, want := range map[string]string{
		"a:run": "run (a/tools.py)", "p": "planner", "c:do": "do (c.py:1)", "f": "the tool-call from planner to run (a/tools.py)",
	} {
		if got := v.Name(id); got != want {
			t.Errorf("%s is %q, want %q", id, got, want)
		}
	}
	if got, want := v.Asset("x"), "files that run (b/tools.py) changes"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, c := range []struct {
		message  string
		elements []string
		want     string
	}{
		{"planner can run code through run", []string{"a:run", "p"}, "planner can run code through run (run: a/tools.py)"},
		{"planner calls run", []string{"b:run", "p"}, "planner calls run (b/tools.py)"},
		{"run and run meet", []string{"a:run", "b:run"}, "run (a/tools.py) and run (b/tools.py) meet"},
		{"rerun and run_all of planner", []string{"a:run", "p"}, "rerun and run_all of planner"},
	} {
		if got := v.Text(&result.Finding{Message: c.message, Elements: c.elements}); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// TestGrave holds that conditions which a gate would count stand in the head of a report, and lesser ones and live findings
// do not.
func TestGrave(t *testing.T) {
	r := small()
	finding := func(id string, status result.Status, severity string) result.Finding {
		return result.Finding{ID: id, Rule: id, Status: status, Severity: severity, Elements: []string{"a"}}
	}
	r.Findings = []result.Finding{finding("x", result.Condition, "medium"), finding("y", result.Live, "critical")}
	if got := report.NewView(r).Grave(report.Options{}); got != "" {
		t.Errorf("got %q of nothing", got)
	}
	r.Findings = append(r.Findings, finding("z", result.Condition, "high"), finding("w", result.Condition, "critical"))
	if got := report.NewView(r).Grave(report.Options{}); !strings.HasSuffix(got, ": 1 critical, 1 high.") {
		t.Errorf("got %q", got)
	}
}

// TestHeldControlsAreTold: a list of ways takes a control that blocks as holding, and the reckoning of losses does not; both say so.
func TestHeldControlsAreTold(t *testing.T) {
	r := &result.Result{
		Findings:  []result.Finding{{ID: "f", Status: result.Blocked}, {ID: "g", Status: result.Live}},
		Paths:     []result.Path{{Goal: result.Goal{Asset: "open"}}},
		RiskBasis: &result.RiskBasis{},
		Risks: []result.Risk{
			{Of: result.RiskTotal, Unit: "units", Quantiles: &result.Quantiles{}},
			{Of: result.RiskAsset, Name: "open", Unit: "units", Annual: result.Band{Mean: 1}, Case: &result.Band{}},
			{Of: result.RiskAsset, Name: "held", Unit: "units", Annual: result.Band{Mean: 1}, Case: &result.Band{}},
			{Of: result.RiskAsset, Name: "never", Unit: "units", Case: &result.Band{}},
		},
	}
	v := report.NewView(r)
	text := v.Risk().Totals[0].Text
	if got, want := text[len(text)-1], "To 1 loss below fermata paths lists no way: there a control that blocks holds, and here it fails with its chance to."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := v.Held(), "Ways through 1 finding that a control blocks are left out: what blocks, holds here. fermata risk counts how often it fails."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	r.Findings[0].Status = result.Unreachable
	v = report.NewView(r)
	if text := v.Risk().Totals[0].Text; v.Held() != "" || strings.Contains(strings.Join(text, " "), "fermata paths") {
		t.Errorf("nothing is blocked, and it says %q, %q", v.Held(), text)
	}
}

// TestSpreadOfAGroup: the worst severity of a group does not stand for findings that are less grave.
func TestSpreadOfAGroup(t *testing.T) {
	g := report.Group{Severity: "high", Findings: []*result.Finding{{Severity: "high"}, {Severity: "medium"}, {Severity: "medium"}, {Severity: "low"}}}
	if got, want := g.Spread(), "1 high, 2 medium, 1 low"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	g.Findings = g.Findings[1:3]
	if got := g.Spread(); got != "" {
		t.Errorf("all are alike, and it says %q", got)
	}
}
