package kubernetes

import (
	"testing"

	"fermata/internal/discover/discovertest"
	"fermata/internal/discover/docker"
	"fermata/internal/discover/smolagents"
)

func TestFixtures(t *testing.T) {
	discovertest.Run(t, Extractor, docker.Extractor, smolagents.Extractor)
}
