package discovertest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fermata/internal/discover"
)

// FuzzPython reads any bytes behind a head that imports a framework as one Python file: the extractor must not fail
// on them.
func FuzzPython(f *testing.F, extractor *discover.Extractor, head string, seeds ...string) {
	f.Helper()
	fuzz(f, extractor, "app.py", head, seeds)
}

// FuzzScript is FuzzPython for TypeScript.
func FuzzScript(f *testing.F, extractor *discover.Extractor, head string, seeds ...string) {
	f.Helper()
	fuzz(f, extractor, "app.ts", head, seeds)
}

// FuzzGo is FuzzPython for Go.
func FuzzGo(f *testing.F, extractor *discover.Extractor, head string, seeds ...string) {
	f.Helper()
	fuzz(f, extractor, "app.go", head, seeds)
}

func fuzz(f *testing.F, extractor *discover.Extractor, file, head string, seeds []string) {
	f.Helper()
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, file), append([]byte(head), program...), 0o644); err != nil {
			t.Fatal(err)
		}
		Stands(t, Scan(t, dir, extractor), program)
	})
}

// FuzzFile reads any bytes as a file of that name: the extractor must not fail on them.
func FuzzFile(f *testing.F, extractor *discover.Extractor, name string, seeds ...string) {
	f.Helper()
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
		Stands(t, Scan(t, dir, extractor), content)
	})
}

// Stands fails the test when the extractor failed, but where it says that the file is at fault.
func Stands(t *testing.T, out *discover.Outcome, content []byte) {
	t.Helper()
	for _, d := range out.Diagnostics {
		if d.Code == "extractor-failed" && !strings.Contains(d.Message, discover.Unreadable) {
			t.Errorf("failed on %q: %v", content, d)
		}
	}
}
