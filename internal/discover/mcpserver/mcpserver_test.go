package mcpserver

import (
	"testing"

	"fermata/internal/discover/discovertest"
	"fermata/internal/discover/mcpclient"
)

func TestFixtures(t *testing.T) { discovertest.Run(t, Extractor) }

// TestJoined holds both ends of a connection to one element: the configuration that starts a server and its source.
func TestJoined(t *testing.T) {
	discovertest.Archive(t, "testdata/joined/clients.txtar", Extractor, mcpclient.Extractor)
}
