package docker

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fermata/internal/discover/discovertest"
)

// What is beyond a bound is a gap with a place, and no silence.
func TestMoreServicesThanAreRead(t *testing.T) {
	var b strings.Builder
	b.WriteString("services:\n")
	for i := range mostServices + 2 {
		fmt.Fprintf(&b, "  s%d:\n    image: alpine\n", i)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "compose.yaml"), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	out := discovertest.Scan(t, dir, Extractor)
	if len(out.Unresolved) != 1 || !strings.Contains(out.Unresolved[0].Why, "more than are read") {
		t.Errorf("the ledger says %v", out.Unresolved)
	}
}

// TestManyServicesAlike holds that files of many services that are alike are compared once, not each service with all others.
func TestManyServicesAlike(t *testing.T) {
	dir := t.TempDir()
	for _, folder := range []string{"a", "b", "c"} {
		var b strings.Builder
		b.WriteString("services:\n")
		for i := range 20000 {
			fmt.Fprintf(&b, "  s%d:\n    image: own/y%d\n", i, i)
		}
		if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, folder, "compose.yaml"), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Now()
	discovertest.Scan(t, dir, Extractor)
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}
