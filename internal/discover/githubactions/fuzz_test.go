package githubactions

import (
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/discover/discovertest"
)

func FuzzWorkflow(f *testing.F) {
	f.Add([]byte("on: [issues]\njobs:\n  a:\n    permissions: write-all\n    steps:\n      - uses: openai/codex-action@v1\n        with: {prompt: '${{ github.event.issue.body }}'}\n      - run: claude -p x\n"))
	f.Add([]byte("on: {push: }\njobs: {a: {uses: x, secrets: inherit, steps: [1, {run: python a.py}]}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := filepath.Join(t.TempDir(), ".github", "workflows")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "a.yml"), data, 0o644); err != nil {
			t.Fatal(err)
		}
		if out := discovertest.Scan(t, filepath.Dir(filepath.Dir(dir)), Extractor); out.Failed > 0 {
			t.Errorf("failed on %q: %v", data, out.Diagnostics)
		}
	})
}
