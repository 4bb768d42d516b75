package docker

import (
	"testing"

	"fermata/internal/discover/discovertest"
	"fermata/internal/discover/smolagents"
)

func TestFixtures(t *testing.T) { discovertest.Run(t, Extractor, smolagents.Extractor) }
