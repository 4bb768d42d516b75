// Package rules holds the threat rules as data: one folder per rule, below a folder per MAESTRO layer.
//
// A rule is rule.yaml (what it looks for, what it needs and gives, what helps) and rule_test.txtar (examples that it
// finds and passes over). docs/rule-language.md describes both; package rule loads them. Adding a rule needs no Go:
// the patterns below take every folder.
package rules

import "embed"

// FS is the folders: layer/id/rule.yaml and layer/id/rule_test.txtar.
//
//go:embed */*/rule.yaml */*/rule_test.txtar
var FS embed.FS
