// Code generated from the folders of internal/discover; DO NOT EDIT.

// Package all lists every extractor.
package all

import (
	"fermata/internal/discover"
	"fermata/internal/discover/openaiagents"
)

// Extractors are all extractors, by name.
func Extractors() []*discover.Extractor {
	return []*discover.Extractor{
		openaiagents.Extractor,
	}
}
