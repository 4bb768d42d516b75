package openapi

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzManifest reads any bytes as a manifest that is its own description.
func FuzzManifest(f *testing.F) {
	discovertest.FuzzFile(f, Extractor, "p.json",
		`{"schema_version":"v1","name_for_model":"a","api":{"url":"http://x/p.json"},"auth":{"type":"none"},"openapi":"3","servers":[3],"paths":{"/a":{"get":4,"post":{"security":[]}},"/b":[]}}`)
}
