package taxonomy_test

import (
	"testing"

	"fermata/catalog"
	"fermata/internal/taxonomy"
)

func load(t testing.TB) *taxonomy.Catalog {
	t.Helper()
	c, troubles := taxonomy.Load(catalog.FS)
	for _, d := range troubles {
		t.Errorf("%s", d)
	}
	if t.Failed() {
		t.FailNow()
	}
	return c
}

func TestLoads(t *testing.T) { load(t) }

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, troubles := taxonomy.Load(catalog.FS); len(troubles) > 0 {
			b.Fatal(troubles[0])
		}
	}
}
