// Package reporttest holds report formats to what every format owes its readers.
//
// [Run] renders the shared results of internal/report/testdata, and one whose every text is hostile, and compares with
// the format's goldens; with -update it writes them, and the difference is reviewed by eye. [Properties] holds what no
// golden can: that nothing written in a scanned tree is obeyed by the reader's terminal or browser, that the same
// result gives the same bytes, and that large or odd results are written all the same.
//
// The shared results are saved scans, one that saw nothing, one written by hand, one of a small program, and one of a
// tree with gaps; the hostile and the large one are made here, so that a new field is covered on the day it is added.
package reporttest

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"fermata/internal/report"
	"fermata/internal/result"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the goldens from what the format writes")

const shared = "../testdata" // from the folder of a format

// Results loads the shared results by name, and makes the hostile one.
func Results(t *testing.T) map[string]*result.Result {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(shared, "*.result.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no results in %s: %v", shared, err)
	}
	out := map[string]*result.Result{}
	for _, file := range files {
		out[strings.TrimSuffix(filepath.Base(file), ".result.json")] = Load(t, file)
	}
	if out["written"] == nil {
		t.Fatalf("%s has no written.result.json, which the hostile result is made from", shared)
	}
	out["hostile"] = Hostile(out["written"])
	return out
}

// Load reads one saved result; a field that the contract does not know is an error.
func Load(t *testing.T, file string) *result.Result {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	r := &result.Result{}
	if err := decoder.Decode(r); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return r
}

// Write renders a result and fails the test when the format does.
func Write(t *testing.T, f report.Format, r *result.Result, o report.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b, r, o); err != nil {
		t.Fatalf("write %s: %v", f.Name, err)
	}
	return b.Bytes()
}

// Run compares what a format writes of every shared result with testdata/<name>.golden.
func Run(t *testing.T, f report.Format) {
	t.Helper()
	Variant(t, f, "", report.Options{})
}

// Variant compares what a format writes with other options, in testdata/<name>.<variant>.golden.
func Variant(t *testing.T, f report.Format, variant string, o report.Options) {
	t.Helper()
	suffix := ".golden"
	if variant != "" {
		suffix = "." + variant + ".golden"
	}
	for name, r := range Results(t) {
		t.Run(strings.TrimSuffix(name+suffix, ".golden"), func(t *testing.T) {
			got := Write(t, f, r, o)
			golden := filepath.Join("testdata", name+suffix)
			if *update {
				if err := os.MkdirAll("testdata", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v (go test -update writes it)", err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s differs; go test -update rewrites it (-want +got):\n%s", golden, diff)
			}
		})
	}
}

// Properties holds a format to what every format owes its readers. html says that markup in the output is obeyed by
// whoever reads it.
func Properties(t *testing.T, f report.Format, html bool) {
	t.Helper()
	results := Results(t)
	results["alien"] = Alien(results["written"])
	results["large"] = Large(1200)
	for name, r := range results {
		t.Run(name, func(t *testing.T) {
			for _, o := range []report.Options{{}, {All: true}} {
				got := Write(t, f, r, o)
				if again := Write(t, f, clone(t, r), o); !bytes.Equal(got, again) {
					t.Error("two runs over the same result differ")
				}
				obeyed(t, string(got), html)
			}
		})
	}
}

// obeyed reports what a terminal or browser would obey instead of show.
func obeyed(t *testing.T, text string, html bool) {
	t.Helper()
	for i, c := range text {
		if c != '\n' && (unicode.IsControl(c) || unicode.Is(unicode.Cf, c) && c != '\u200d' || c == '\u2028' || c == '\u2029') {
			t.Fatalf("control character %U at byte %d, after %q", c, i, text[max(0, i-60):i])
		}
	}
	if !html {
		return
	}
	for _, tag := range []string{"<script", "<img", "<iframe", "<b onclick"} {
		if i := strings.Index(strings.ToLower(text), tag); i >= 0 {
			t.Fatalf("markup from the tree at byte %d, after %q", i, text[max(0, i-60):i])
		}
	}
}

// clone copies a result through its own form, so that map and slice identities cannot carry over.
func clone(t *testing.T, r *result.Result) *result.Result {
	t.Helper()
	content, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	out := &result.Result{}
	if err := json.Unmarshal(content, out); err != nil {
		t.Fatal(err)
	}
	return out
}
