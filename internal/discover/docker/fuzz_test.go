package docker

import (
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzFiles gives the same bytes to the readers of Dockerfiles and Compose files: neither may fail on any.
func FuzzFiles(f *testing.F) {
	f.Add([]byte("FROM a AS b\nCOPY [\"x\", \"y\"]\nENV A=1 \\\n  # c\n B=2\nRUN <<E\nx\nE\nUSER 0"))
	f.Add([]byte("services:\n  a: {build: ., volumes: ['.:/a', {source: /}], environment: [A_TOKEN=x], ports: [1, '2:3', {published: 4}]}\n  b: 4\nnetworks: []\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		for _, name := range []string{"Dockerfile", "compose.yaml"} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if out := discovertest.Scan(t, dir, Extractor); out.Failed > 0 {
			t.Errorf("failed on %q: %v", data, out.Diagnostics)
		}
	})
}
