package syntax

import (
	"bytes"
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
//
// An export that somebody saved without an ending is JSON by how it begins: see [SavedBare].
func Parse(file *source.File) *Tree {
	language := LanguageOf(file.Path())
	if language == "" && SavedBare(file.Path()) && beginsAsJSON(file.Content()) {
		language = JSON
	}
	return ParseAs(file, language)
}

// SavedBare tells whether a file's name has no ending at all, so that only its content says what it is.
func SavedBare(name string) bool {
	base := path.Base(name)
	return !strings.ContainsRune(base, '.') && strings.ToLower(base) == base
}

// beginsAsJSON tells whether a text begins like an object with a key, or a list of such.
func beginsAsJSON(content []byte) bool {
	rest := bytes.TrimLeft(bytes.TrimPrefix(content[:min(len(content), 512)], []byte("\xef\xbb\xbf")), " \t\r\n[")
	after, opened := bytes.CutPrefix(rest, []byte("{"))
	return opened && bytes.HasPrefix(bytes.TrimLeft(after, " \t\r\n"), []byte(`"`))
}
