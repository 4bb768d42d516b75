package json

import (
	"bytes"
	"encoding/json"
	"math"
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

// TestShapes holds the same of what no result has: maps in maps of one type, and numbers of all sizes.
func TestShapes(t *testing.T) {
	type shape struct {
		Name  string                       `json:"name"`
		Maps  map[string]map[string]string `json:"maps"`
		Boxes map[string]*shape            `json:"boxes,omitempty"`
		Sizes []float64                    `json:"sizes,omitempty"`
	}
	inner := &shape{Name: "inner", Maps: map[string]map[string]string{}, Boxes: map[string]*shape{"b": nil, "a": {}}}
	outer := &shape{
		Name: "outer", Maps: map[string]map[string]string{"z": {"2": "b", "1": "a"}, "y": nil, "x": {}},
		Boxes: map[string]*shape{"two": inner, "one": inner, "three": {Name: "three", Boxes: map[string]*shape{"d": inner, "c": nil}}},
		Sizes: []float64{0, 1, -1, 0.1, 1e-6, 9.99e-7, -1e-7, 123456789.125, 1e20, 1e21, 2.5e300, 5e-324, 1 / 3.0, math.Copysign(0, -1)},
	}
	var want, got bytes.Buffer
	standard := json.NewEncoder(&want)
	standard.SetIndent("", "  ")
	if err := standard.Encode(outer); err != nil {
		t.Fatal(err)
	}
	if err := encode(&got, outer); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), got.String()); diff != "" {
		t.Errorf("(-standard +written):\n%s", diff)
	}
	if encode(&got, []float64{math.NaN()}) == nil {
		t.Error("what is no number was written")
	}
}
