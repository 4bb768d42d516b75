package pipeline

import (
	"os"
	"path/filepath"
	"testing"
)

// TestProjectName holds that a tree is named by its manifests and never by where it lies.
func TestProjectName(t *testing.T) {
	for _, c := range []struct{ file, content, want string }{
		{"pyproject.toml", "[project]\nname = \"desk\"\n", "desk"},
		{"package.json", `{"name": "@shop/desk"}`, "@shop/desk"},
		{"go.mod", "module example.com/shop/desk\n\ngo 1.26\n", "desk"},
		{"go.mod", "// a module\nmodule \"example.com/shop/desk/v2\" // of the shop\n", "desk"},
		{"go.mod", "module v2\n", "v2"},
		{"go.mod", "go 1.26\n", ""},
		{"compose.yaml", "name: desk\nservices: {}\n", "desk"},
		{"compose.yaml", "services: {}\n", ""},
		{"requirements.txt", "langgraph\n", ""},
	} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, c.file), []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := projectName(folder); got != c.want {
			t.Errorf("a tree with %s %q is called %q, want %q", c.file, c.content, got, c.want)
		}
	}
}
