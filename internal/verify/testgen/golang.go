package testgen

import (
	"fermata/internal/code"
	"fermata/internal/syntax"
)

func (p *Plan) golang() []File { return nil }

func goType(string) Type { return Unknown }

func results(syntax.Node) []string { return nil }

func packageOf(*code.Module) string { return "" }

func (l *look) receiver(code.Param) *Maker { return nil }
