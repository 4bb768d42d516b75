package json

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/report"
	"fermata/internal/report/reporttest"
	"fermata/internal/result"

	"github.com/google/go-cmp/cmp"
)

// TestSaved holds that a saved result is written as it was saved: the shared results are their own goldens.
func TestSaved(t *testing.T) {
	files, err := filepath.Glob("../testdata/*.result.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no shared results: %v", err)
	}
	for _, file := range files {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := reporttest.Write(t, Format, reporttest.Load(t, file), report.Options{})
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-saved +written):\n%s", file, diff)
		}
	}
}

func TestProperties(t *testing.T) { reporttest.Properties(t, Format, false) }

// TestRoundTrip holds that nothing is lost: what is written reads back as what it was.
func TestRoundTrip(t *testing.T) {
	results := reporttest.Results(t)
	results["alien"] = reporttest.Alien(results["written"])
	for name, r := range results {
		written := reporttest.Write(t, Format, r, report.Options{})
		back := &result.Result{}
		if err := json.NewDecoder(bytes.NewReader(written)).Decode(back); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(r, back); diff != "" {
			t.Errorf("%s reads back as another (-was +is):\n%s", name, diff)
		}
	}
}

// TestStandard holds that a result is written as the encoder of the standard library writes it.
func TestStandard(t *testing.T) {
	results := reporttest.Results(t)
	results["alien"] = reporttest.Alien(results["written"])
	results["empty"] = &result.Result{}
	for name, r := range results {
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(r); err != nil {
			t.Fatal(err)
		}
		want := string(report.EscapeJSON(b.Bytes()))
		if diff := cmp.Diff(want, string(reporttest.Write(t, Format, r, report.Options{}))); diff != "" {
			t.Errorf("%s (-standard +written):\n%s", name, diff)
		}
	}
}
