package docker

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
