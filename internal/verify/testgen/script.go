package testgen

import (
	"fermata/internal/code"
	"fermata/internal/syntax"
)

func (p *Plan) script() []File { return nil }

func (l *look) scriptParam(_ *code.Resolver, _ code.Param, q *Param) { q.Type = Text }

func exportedScript(_ *code.Def) bool { return true }

func outsideModules(_ syntax.Node) map[string]bool { return nil }
