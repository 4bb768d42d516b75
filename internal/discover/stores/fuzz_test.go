package stores

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program that opens stores.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"import sqlite3\nimport redis\nfrom sqlalchemy import create_engine\n",
		"c = sqlite3.connect(c)\nr = redis.Redis(host=r)\ne = create_engine(f'{c}://{r}@x/y')\n")
}
