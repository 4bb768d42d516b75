package all_test

import (
	"testing"

	"fermata/internal/discover/all"
	"fermata/internal/discover/discovertest"
)

// The corpus: small programs of every family, with what a person finds in them; all extractors together.
func TestCorpus(t *testing.T) {
	discovertest.Corpus(t, "../testdata", all.Extractors()...)
}
