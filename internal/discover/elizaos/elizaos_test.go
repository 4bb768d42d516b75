package elizaos

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

func TestFixtures(t *testing.T) { discovertest.Run(t, Extractor) }
