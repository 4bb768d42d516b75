// Package controls holds the catalogue of defensive patterns as data: one folder per control.
//
// A control is control.yaml (what it does to the steps that it guards and how well, what defeats it, where it may stand)
// and pattern.yaml (the problem, how it is built, what it costs and does not stop, how its presence is shown). An analysis
// reads the first only. docs/rule-language.md describes the form; package rule loads it.
package controls

import "embed"

// FS is the folders: id/control.yaml and id/pattern.yaml.
//
//go:embed */control.yaml */pattern.yaml
var FS embed.FS
