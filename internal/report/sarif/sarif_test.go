package sarif

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"fermata/internal/model"
	"fermata/internal/report"
	"fermata/internal/report/reporttest"
	"fermata/internal/result"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestGolden(t *testing.T) { reporttest.Run(t, Format) }

func TestProperties(t *testing.T) { reporttest.Properties(t, Format, false) }

// official loads the standard's JSON Schema. The library that makes our reports ships it as a constant of its source,
// so no copy stands in this repository.
func official(t *testing.T) *jsonschema.Schema {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3").Output()
	if err != nil {
		t.Fatalf("find the library: %v", err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "pkg/report/v210/sarif/schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	literal := file.Scope.Lookup("schema").Decl.(*ast.ValueSpec).Values[0].(*ast.BasicLit).Value
	text, err := strconv.Unquote(literal)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(schema, document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile(schema)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// TestSchema holds every report, of odd results too, to the schema of the standard.
func TestSchema(t *testing.T) {
	compiled := official(t)
	results := reporttest.Results(t)
	results["alien"] = reporttest.Alien(results["written"])
	results["large"] = reporttest.Large(300)
	for name, r := range results {
		for _, o := range []report.Options{{}, {All: true}} {
			instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(reporttest.Write(t, Format, r, o)))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := compiled.Validate(instance); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestSchemaRefuses holds that the schema is really asked: a broken report does not pass.
func TestSchemaRefuses(t *testing.T) {
	instance, err := jsonschema.UnmarshalJSON(strings.NewReader(`{"version":"2.1.0","runs":[{"results":[]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if official(t).Validate(instance) == nil {
		t.Error("a run without a tool passes")
	}
}

// log is as much of a report as the tests below look at.
type log struct {
	Runs []struct {
		ColumnKind  string
		Invocations []struct{ ExecutionSuccessful bool }
		Tool        struct {
			Driver struct {
				Rules []struct {
					ID         string
					Properties map[string]any
				}
			}
		}
		Results []struct {
			RuleID       string
			RuleIndex    int
			Kind, Level  string
			Suppressions []struct{ Justification string }
			Locations    []struct {
				LogicalLocations []struct{ FullyQualifiedName string }
				PhysicalLocation *struct {
					ArtifactLocation struct{ URI, URIBaseID string }
				}
			}
			CodeFlows []struct {
				ThreadFlows []struct {
					Locations []struct {
						Location struct {
							Message          struct{ Text string }
							PhysicalLocation struct {
								ArtifactLocation struct{ URI string }
								Region           struct{ StartLine int }
							}
						}
					}
				}
			}
			PartialFingerprints map[string]string
		}
		Properties struct{ FindingsLeftOut map[string]int }
	}
}

func read(t *testing.T, r *result.Result, o report.Options) log {
	t.Helper()
	var l log
	if err := json.Unmarshal(reporttest.Write(t, Format, r, o), &l); err != nil {
		t.Fatal(err)
	}
	return l
}

// TestConditionOfCode holds that what is wrong in the code fails, whether or not a way to it is known.
func TestConditionOfCode(t *testing.T) {
	r := &result.Result{Schema: result.Schema, Tool: result.Tool{Name: "fermata"}, Rules: []result.Rule{{ID: "rule", Title: "Title", Doc: "Doc."}}}
	r.Findings = []result.Finding{{ID: "rule@x", Rule: "rule", Message: "m", Status: result.Condition, Severity: "high", Code: &result.Code{On: "call", Scope: "main"}}}
	if got := read(t, r, report.Options{All: true}).Runs[0].Results[0]; got.Kind != "fail" || got.Level != "error" {
		t.Errorf("kind %q and level %q, want fail and error", got.Kind, got.Level)
	}
}

// TestStatus holds what becomes of each status.
func TestStatus(t *testing.T) {
	r := &result.Result{
		Schema: result.Schema, Tool: result.Tool{Name: "fermata", Failed: 1},
		System: model.System{Elements: []*model.Element{{ID: "a", Kind: model.Agent, Name: "a", Scope: "main", Origin: model.Declared}}},
		Rules:  []result.Rule{{ID: "rule", Title: "Title", Doc: "Doc.", Maps: map[string][]string{"cwe": {"CWE-94"}}}},
	}
	for _, s := range []result.Status{result.Live, result.Condition, result.Accepted, result.Blocked, result.Unreachable} {
		r.Findings = append(r.Findings, result.Finding{ID: "rule@" + string(s), Rule: "rule", Message: "m", Status: s, Severity: "high", Why: "because", Elements: []string{"a"}})
	}
	run := read(t, r, report.Options{All: true}).Runs[0]
	want := []struct{ kind, level string }{{"fail", "error"}, {"review", "none"}, {"fail", "error"}, {"informational", "none"}, {"informational", "none"}}
	for i, w := range want {
		got := run.Results[i]
		if got.Kind != w.kind || got.Level != w.level {
			t.Errorf("%s: kind %q and level %q, want %q and %q", r.Findings[i].Status, got.Kind, got.Level, w.kind, w.level)
		}
		if got.PartialFingerprints["fermataFinding/v1"] != r.Findings[i].ID {
			t.Errorf("fingerprint %v, want the finding's id", got.PartialFingerprints)
		}
		if got.Locations[0].PhysicalLocation != nil || got.Locations[0].LogicalLocations[0].FullyQualifiedName != "a" {
			t.Errorf("%s: what no file shows must have a logical location only", r.Findings[i].Status)
		}
	}
	if got := run.Results[2].Suppressions; len(got) != 1 || got[0].Justification != "because" {
		t.Errorf("accepted: suppressions %v, want one with its reason", got)
	}
	if run.Invocations[0].ExecutionSuccessful {
		t.Error("a run with a failed part calls itself successful")
	}
	if score := run.Tool.Driver.Rules[0].Properties["security-severity"]; score != "8.0" {
		t.Errorf("security-severity %v, want 8.0", score)
	}
	short := read(t, r, report.Options{}).Runs[0]
	if len(short.Results) != 3 || short.Properties.FindingsLeftOut["blocked"] != 1 || short.Properties.FindingsLeftOut["unreachable"] != 1 {
		t.Errorf("%d results and %v left out, want 3 and the others counted", len(short.Results), short.Properties.FindingsLeftOut)
	}
}

// TestCodeFlow holds that a live finding on a path shows the whole path, hop by hop.
func TestCodeFlow(t *testing.T) {
	r := reporttest.Results(t)["written"]
	hops := map[string]int{}
	for _, p := range r.Paths {
		for _, h := range p.Steps {
			if hops[h.Finding] == 0 {
				hops[h.Finding] = len(p.Steps)
			}
		}
	}
	if len(hops) == 0 {
		t.Fatal("the shared result has no path")
	}
	for _, got := range read(t, r, report.Options{}).Runs[0].Results {
		want := hops[got.PartialFingerprints["fermataFinding/v1"]]
		switch {
		case want == 0 && len(got.CodeFlows) > 0:
			t.Errorf("%s is on no path and has a code flow", got.RuleID)
		case want > 0 && (len(got.CodeFlows) != 1 || len(got.CodeFlows[0].ThreadFlows[0].Locations) != want):
			t.Errorf("%s: want a code flow of %d places", got.RuleID, want)
		}
	}
}

// TestTrail holds that a finding about a value shows, as a code flow, each place that the value came through.
func TestTrail(t *testing.T) {
	r := &result.Result{Schema: result.Schema, Tool: result.Tool{Name: "fermata"}, Rules: []result.Rule{{ID: "rule", Title: "Title", Doc: "Doc."}}}
	trail := []result.Trace{
		{What: "an argument", Evidence: model.Evidence{File: "a.py", Line: 3, Col: 5, EndLine: 3, EndCol: 9}},
		{What: "into a helper", Evidence: model.Evidence{File: "b.py", Line: 7}},
		{What: "a command", Evidence: model.Evidence{File: "b.py", Line: 9}},
	}
	r.Findings = []result.Finding{
		{ID: "rule@x", Rule: "rule", Message: "m", Status: result.Condition, Severity: "high", Code: &result.Code{On: "call", Scope: "main", Trail: trail}},
		{ID: "rule@y", Rule: "rule", Message: "m", Status: result.Condition, Severity: "high", Code: &result.Code{On: "literal", Scope: "main"}},
	}
	for _, got := range read(t, r, report.Options{}).Runs[0].Results {
		var places []string
		for _, flow := range got.CodeFlows {
			for _, hop := range flow.ThreadFlows[0].Locations {
				at := hop.Location.PhysicalLocation
				places = append(places, fmt.Sprintf("%s:%d %s", at.ArtifactLocation.URI, at.Region.StartLine, hop.Location.Message.Text))
			}
		}
		want := ""
		if got.PartialFingerprints["fermataFinding/v1"] == "rule@x" {
			want = "a.py:3 an argument, b.py:7 into a helper, b.py:9 a command"
		}
		if text := strings.Join(places, ", "); text != want {
			t.Errorf("%s: the code flow is %q, want %q", got.PartialFingerprints["fermataFinding/v1"], text, want)
		}
	}
}

// TestURI holds that any file name becomes a relative URI below the base.
func TestURI(t *testing.T) {
	for file, want := range map[string]string{
		"a b/c#d?.py": "a%20b/c%23d%3F.py", "x:y.py": "./x:y.py", "100%.py": "100%25.py", "\x1b[31m.py": "%1B%5B31m.py", "desk/team.py": "desk/team.py",
	} {
		if got := *fileOf(file).URI; got != want {
			t.Errorf("%q becomes %q, want %q", file, got, want)
		}
	}
}
