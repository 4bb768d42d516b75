package dotenv

import (
	"testing"

	"fermata/internal/discover/discovertest"
	"fermata/internal/discover/smolagents"
)

func TestFixtures(t *testing.T) { discovertest.Run(t, Extractor, smolagents.Extractor) }

// TestNames: samples are no environment.
func TestNames(t *testing.T) {
	for name, want := range map[string]bool{
		".env": true, "a/.env.local": true, "prod.env": true, ".env.production": true,
		".env.example": false, ".env.sample": false, "example.env": false, ".env.template": false, "env": false, ".envrc": false, ".env.local.example": false, "latest.env": true,
	} {
		if got := isEnvironment(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
