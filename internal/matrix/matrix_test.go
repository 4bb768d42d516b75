package matrix

import (
	"bytes"
	"encoding/csv"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"
)

var update = flag.Bool("update", false, "write the goldens")

// sample is a result whose names are as hostile as a scanned tree's may be.
func sample() *result.Result {
	finding := func(id, rule, title, severity string, status result.Status, element string, maps map[string][]string, controls ...result.Control) result.Finding {
		return result.Finding{
			ID: id, Rule: rule, Title: title, Message: title + " at " + element, Severity: severity, Status: status, Layers: []string{"L3"},
			Maps: maps, Elements: []string{element}, Controls: controls, Evidence: []model.Evidence{{File: "app/a.py", Line: 7}},
		}
	}
	return &result.Result{
		Schema: result.Schema,
		Layers: []result.Layer{{ID: "L3", Name: "Agent Frameworks"}},
		System: model.System{Name: "desk", Elements: []*model.Element{
			{ID: "a.py#shell", Kind: model.Tool, Name: "=HYPERLINK(\"x\")|<b>shell</b>"}, {ID: "a.py#mail", Kind: model.Tool, Name: "mail\x1b[31m"},
		}},
		Patterns: []result.Pattern{{ID: "sandbox", Title: "Code runs in a sandbox"}, {ID: "human-approval", Title: "A person approves"}},
		Findings: []result.Finding{
			finding("run@a", "run", "A tool runs code", "critical", result.Live, "a.py#shell",
				map[string][]string{"owasp-asi": {"T11"}, "owasp-agentic": {"ASI05"}, "atlas": {"AML.T0050"}},
				result.Control{Control: "sandbox", On: "a.py#shell", State: model.Unseen, Effect: "blocks"}),
			finding("send@b", "send", "A tool sends what is private", "high", result.Live, "a.py#mail",
				map[string][]string{"owasp-asi": {"T2"}, "owasp-agentic": {"ASI02"}, "atlas": {"AML.T0053"}, "iso42001": {"A.9.4"}},
				result.Control{Control: "human-approval", On: "a.py#mail", State: model.Evidenced, Effect: "weakens"}),
			finding("send@a", "send", "A tool sends what is private", "medium", result.Live, "a.py#shell", map[string][]string{"owasp-asi": {"T2"}}),
			finding("old@b", "old", "Blocked and left out", "high", result.Blocked, "a.py#mail", map[string][]string{"owasp-asi": {"T2"}}),
		},
	}
}

func TestGolden(t *testing.T) {
	c := loadCatalog(t)
	for name, o := range map[string]Options{
		"threat.md": {}, "element.md": {By: ByElement}, "finding.csv": {By: ByFinding, All: true}, "threat.csv": {By: ByThreat},
	} {
		var b bytes.Buffer
		if err := Build(sample(), c, o).Write(&b, strings.TrimPrefix(filepath.Ext(name), ".")); err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", name+".golden")
		if *update {
			if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), b.String()); d != "" {
			t.Errorf("%s differs (-want +got); run with -update if it should:\n%s", name, d)
		}
	}
}

// TestSpreadsheet holds that a spreadsheet has the same bytes each time, is no formula, and reads back.
func TestSpreadsheet(t *testing.T) {
	c := loadCatalog(t)
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		if err := Build(sample(), c, Options{}).Write(b, "xlsx"); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two spreadsheets of one result differ")
	}
	f, err := excelize.OpenReader(&first)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Matrix")
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows {
		for _, text := range row {
			if text != "" && strings.ContainsRune("=+-@", rune(text[0])) || strings.ContainsRune(text, '\x1b') {
				t.Errorf("a cell is %q", text)
			}
		}
	}
	if sheet, err := f.GetRows("Ids"); err != nil || len(sheet) < 4 {
		t.Errorf("the sheet of ids has %d rows, %v", len(sheet), err)
	}
}

// TestCSVReadsBack lints what was written: every id that Fermata puts into a matrix fits its row.
func TestCSVReadsBack(t *testing.T) {
	c := loadCatalog(t)
	var b bytes.Buffer
	if err := Build(sample(), c, Options{}).Write(&b, "csv"); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(b.Bytes())).ReadAll()
	if err != nil || len(records) != 3 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	r := Lint(source.NewFile("threats.csv", b.Bytes()), c, nil)
	if r.Rows != 2 {
		t.Errorf("%d rows were read", r.Rows)
	}
	for _, x := range r.Citations {
		if x.Verdict == Unknown || x.Verdict == Group || x.Verdict == Withdrawn {
			t.Errorf("%s: %s", x.ID, x.Message)
		}
	}
}

// TestLintShapes goes through what tables in the wild look like.
func TestLintShapes(t *testing.T) {
	c := loadCatalog(t)
	for name, x := range map[string]struct {
		file, content string
		want          string // id=verdict, joined by blanks
	}{
		"csv with quotes": {"t.csv", "\ufeffThreat,ATLAS,Notes\n\"Prompt injection, indirect\",AML.T0051.001,see docs\n", "AML.T0051.001=right"},
		"tsv":             {"t.tsv", "Risk\tCWE\tLLM Top 10\nCode execution\tCWE-94\tLLM05:2025\n", "CWE-94=right LLM05:2025=right"},
		"several ids":     {"t.md", "| Threat | ATLAS |\n|---|---|\n| Memory poisoning | AML.T0080.000<br>AML.T0049 |\n", "AML.T0080.000=right AML.T0049=other"},
		"no bars outside": {"t.md", "Threat | OWASP\n--- | ---\nTool misuse | T2, ASI02\n", "T2=right ASI02=right"},
		"fenced":          {"t.md", "```\n| Threat | ATLAS |\n|---|---|\n| Tool misuse | AML.T9999 |\n```\n", ""},
		"short ids":       {"t.md", "| Threat | ATLAS |\n|---|---|\n| Tool misuse | T0053 |\n", "T0053=right"},
		"llm without year": {
			"t.md", "| Threat | OWASP |\n|---|---|\n| Supply chain | LLM03 |\n", "LLM03=ambiguous",
		},
		"id in the concern": {"t.md", "| Threat | ATLAS |\n|---|---|\n| T11 in CI | AML.T0050 |\n", "AML.T0050=right"},
		"extended id":       {"t.md", "| Threat | OWASP |\n|---|---|\n| Drift of embeddings | T17 |\n", "T17=ambiguous"},
		"withdrawn":         {"t.md", "| Threat | ATLAS |\n|---|---|\n| Poisoned dataset | AML.T0019 |\n", "AML.T0019=withdrawn"},
		"function":          {"t.md", "| Threat | NIST |\n|---|---|\n| Bias | GOVERN |\n", "GOVERN=group"},
		"other words":       {"t.md", "| Threat | ATLAS |\n|---|---|\n| The weather | AML.T0053 |\n", "AML.T0053=unjudged"},
		"no frameworks":     {"t.md", "| Name | Age |\n|---|---|\n| Agent | 7 |\n", ""},
		"empty":             {"t.md", "", ""},
	} {
		r := Lint(source.NewFile(x.file, []byte(x.content)), c, nil)
		var got []string
		for _, v := range r.Citations {
			got = append(got, v.ID+"="+string(v.Verdict))
			if v.ID != "" && v.Place.File != nil {
				if text := v.Place.File.Text(int(v.Place.Start), int(v.Place.End)); text != v.ID {
					t.Errorf("%s: %s points at %q", name, v.ID, text)
				}
			}
		}
		if strings.Join(got, " ") != x.want {
			t.Errorf("%s: %v, want %s (%+v)", name, got, x.want, r.Citations)
		}
	}
}

func TestBounds(t *testing.T) {
	c := loadCatalog(t)
	wide := "|" + strings.Repeat("a|", 500) + "\n|" + strings.Repeat("-|", 500) + "\n"
	long := "| Threat | ATLAS |\n|---|---|\n" + strings.Repeat("| Tool misuse | AML.T0053 |\n", maxRows+5)
	if r := Lint(source.NewFile("wide.md", []byte(wide)), c, nil); len(r.Citations) > 0 {
		t.Error("a wide table without ids has citations")
	}
	r := Lint(source.NewFile("long.md", []byte(long)), c, nil)
	if r.Rows != maxRows || len(r.Diagnostics) != 1 || r.Diagnostics[0].Code != "too-many-rows" {
		t.Errorf("%d rows, %v", r.Rows, r.Diagnostics)
	}
}

func FuzzLint(f *testing.F) {
	c := loadCatalog(f)
	seven, err := os.ReadFile("testdata/seven.md")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("a.md", seven)
	f.Add("a.csv", []byte("Threat,ATLAS\n\"a\"\"b,AML.T0051\n\r\n\",\"\n"))
	f.Add("a.tsv", []byte("\xef\xbb\xbfThreat\tNIST\n\xff\tMAP 3\n"))
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		file := source.NewFile(name, content)
		r := Lint(file, c, nil)
		for _, x := range r.Citations {
			if int(x.Place.End) > len(content) || x.Place.Start > x.Place.End {
				t.Fatalf("%s lies outside of the file: %+v", x.ID, x.Place)
			}
		}
	})
}
