package settings

import (
	"testing"

	"fermata/internal/discover/discovertest"
	"fermata/internal/discover/openaiagents"
)

// The agents of the fixtures are those of one framework; settings do not care which.
func TestFixtures(t *testing.T) { discovertest.Run(t, Extractor, openaiagents.Extractor) }
