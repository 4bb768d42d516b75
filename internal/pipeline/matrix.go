package pipeline

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"fermata/internal/matrix"
	"fermata/internal/result"
	"fermata/internal/source"
)

// Matrix is a table of threats beside the frameworks that name them.
type Matrix = matrix.Matrix

// MatrixReview is what was made of somebody's table.
type MatrixReview = matrix.Review

// MatrixFormats and MatrixRows are what a matrix can be written as, and what its rows can be about; the default is first.
var (
	MatrixFormats = matrix.Formats
	MatrixRows    = matrix.Bys
)

// Matrix makes the table of a result. By is one of [MatrixRows]; all adds what is not live.
func (e *Engine) Matrix(r *result.Result, by string, all bool) *Matrix {
	return matrix.Build(r, e.Catalog(), matrix.Options{By: matrix.By(by), All: all})
}

// LintMatrix judges the ids of somebody's table, a file of Markdown, CSV or TSV. The error is an [InputError] when the file
// cannot be read or holds no table that cites a framework.
func (e *Engine) LintMatrix(ctx context.Context, name string) (*MatrixReview, error) {
	switch ending := strings.ToLower(filepath.Ext(name)); ending {
	case ".xlsx", ".xls", ".ods":
		return nil, &InputError{Message: fmt.Sprintf("%s is a spreadsheet, and lint reads Markdown, CSV and TSV: save it as CSV; fermata matrix -o FILE.csv writes the same table", name)}
	}
	file, err := source.ReadNamed(ctx, name)
	if err != nil {
		return nil, err
	}
	var rules []matrix.Statement
	for _, rl := range e.rules.Rules {
		rules = append(rules, matrix.Statement{Rule: rl.ID, Title: rl.Title, Maps: rl.Maps})
	}
	r := matrix.Lint(file, e.Catalog(), rules)
	if r.Tables == 0 {
		return nil, &InputError{Message: "no table cites ATLAS, NIST, ISO, OWASP or CWE", Diagnostics: append(r.Diagnostics, source.Diagnostic{
			Severity: source.Error, Code: "no-table", Message: "this file holds no table of threats", Path: file.Path(),
			Hint: "a table is CSV with a header, or Markdown with a row of dashes under its header",
		})}
	}
	return r, nil
}
