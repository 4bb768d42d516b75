package pipeline

import (
	"io/fs"

	"fermata/catalog"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// evidenceFile is the table of published success rates and control efficacies.
const evidenceFile = "evidence/attack_success.yaml"

// Rows gives the ids of the evidence table's rows.
func (e *Engine) Rows() map[string]bool {
	content, err := fs.ReadFile(catalog.FS, evidenceFile)
	if err != nil {
		return nil
	}
	ids := map[string]bool{}
	tree := syntax.ParseAs(source.NewFile(evidenceFile, content), syntax.YAML)
	for row := range tree.Root().Argument("rows").Children() {
		ids[row.Argument("id").Text()] = true
	}
	return ids
}
