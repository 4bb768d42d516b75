package pipeline

import (
	"context"
	"path/filepath"
	"strings"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// manifests are the files that name a project, and where in them the name stands.
var manifests = []struct {
	file string
	path []string
}{
	{"pyproject.toml", []string{"project", "name"}},
	{"pyproject.toml", []string{"tool", "poetry", "name"}},
	{"package.json", []string{"name"}},
}

// projectName is the name that a project gives itself. The folder's name is not taken: the same tree must give the same
// result wherever it lies.
func projectName(folder string) string {
	for _, m := range manifests {
		name := filepath.Join(folder, m.file)
		if !exists(name) {
			continue
		}
		file, err := source.ReadNamed(context.Background(), name)
		if err != nil {
			continue
		}
		node := syntax.Parse(file).Root()
		for _, key := range m.path {
			node = node.Argument(key)
		}
		if text := strings.TrimSpace(node.Text()); node.Is(syntax.String) && text != "" && len(text) < 100 {
			return text
		}
	}
	return ""
}
