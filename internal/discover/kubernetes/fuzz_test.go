package kubernetes

import (
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzManifest gives the same bytes as a manifest and as a template of a chart.
func FuzzManifest(f *testing.F) {
	f.Add([]byte("kind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: [{image: a/b, env: [{name: A_TOKEN, value: x}]}, 3]}}}\n---\nkind: Secret\ndata: {a: '!'}\n"))
	f.Add([]byte("kind: CronJob\nmetadata: {name: {{ .Values.x }}}\n{{- if }}\nspec: []\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "chart", "templates"), 0o755); err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string][]byte{"a.yaml": data, "Dockerfile": []byte("FROM x\nCOPY . .\n"), "chart/Chart.yaml": []byte("name: x\n"), "chart/values.yaml": data, "chart/templates/a.yaml": data} {
			if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if out := discovertest.Scan(t, dir, Extractor); out.Failed > 0 {
			t.Errorf("failed on %q: %v", data, out.Diagnostics)
		}
	})
}
