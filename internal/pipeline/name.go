package pipeline

import (
	"context"
	"path"
	"path/filepath"
	"regexp"
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
	{"go.mod", nil},
	{"compose.yaml", []string{"name"}},
	{"docker-compose.yml", []string{"name"}},
}

// projectName is the name that a project gives itself, empty where it gives itself none.
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
		if m.path == nil {
			if text := moduleName(string(file.Content())); text != "" {
				return text
			}
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
	return readmeTitle(folder)
}

// moduleLine is the line of a go.mod that names the module, and majorVersion how its path may end.
var (
	moduleLine   = regexp.MustCompile(`(?m)^[ \t]*module[ \t]+"?([^\s"]+)`)
	majorVersion = regexp.MustCompile(`^v[0-9]+$`)
)

// moduleName is the last part of a Go module's path that is no version.
func moduleName(file string) string {
	m := moduleLine.FindStringSubmatch(file)
	if m == nil {
		return ""
	}
	name := path.Base(m[1])
	if dir := path.Dir(m[1]); majorVersion.MatchString(name) && dir != "." {
		name = path.Base(dir)
	}
	if name == "." || name == "/" || len(name) >= 100 {
		return ""
	}
	return strings.ToValidUTF8(name, "")
}

// folderName is the name of a folder as it was asked for: what nobody named goes by that. Where it was asked for as "." nobody said a name, and
// that of the folder is not looked up: the same command on the same tree must give the same result wherever that lies.
func folderName(path string) string {
	name := filepath.Base(filepath.Clean(path))
	if name == "." || name == ".." || name == string(filepath.Separator) || len(name) >= 100 {
		return ""
	}
	return strings.ToValidUTF8(name, "")
}

// readmeTitle is the first heading of a README, without its markup.
func readmeTitle(folder string) string {
	name := filepath.Join(folder, "README.md")
	if !exists(name) {
		return ""
	}
	file, err := source.ReadNamed(context.Background(), name)
	if err != nil {
		return ""
	}
	for n, line := range strings.Split(string(file.Content()[:min(len(file.Content()), 4000)]), "\n") {
		title, heading := strings.CutPrefix(line, "# ")
		if !heading || n > 40 {
			continue
		}
		title = strings.Join(strings.Fields(markup.ReplaceAllString(strings.ToValidUTF8(title, ""), "")), " ")
		if title != "" && len(title) < 80 {
			return title
		}
	}
	return ""
}

// markup is what a heading may hold besides words: images, links' targets, tags, emphasis.
var markup = regexp.MustCompile("!\\[[^\\]]*\\]\\([^)]*\\)|\\]\\([^)]*\\)|<[^>]*>|[\\[\\]*`_]")
