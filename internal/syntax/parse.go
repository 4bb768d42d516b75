package syntax

import (
	"path"
	"strings"

	"fermata/internal/source"
)

// LanguageOf tells by a file's name how it would be read; "" when no reader takes it.
func LanguageOf(name string) Language {
	switch strings.ToLower(path.Ext(name)) {
	case ".py", ".pyi", ".pyw":
		return Python
	case ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs":
		return TypeScript
	case ".go":
		return Go
	case ".yaml", ".yml":
		return YAML
	case ".json", ".jsonc", ".json5", ".code-workspace":
		return JSON
	case ".toml":
		return TOML
	case ".ipynb":
		return Notebook
	}
	return ""
}

// Parse reads a file by its name. It returns a tree for whatever could be read, with the rest as diagnostics; an
// empty tree (zero root) when nothing could.
func Parse(file *source.File) *Tree { return ParseAs(file, LanguageOf(file.Path())) }
