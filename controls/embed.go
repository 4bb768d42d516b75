// Package controls holds the catalogue of defensive patterns as data: one folder per control.
//
// A control is control.yaml: what it does to the steps that it guards and how well, what defeats it, where it may
// stand, and how its presence is shown. docs/rule-language.md describes the form; package rule loads it.
package controls

import "embed"

// FS is the folders: id/control.yaml.
//
//go:embed */control.yaml
var FS embed.FS
