package main

import (
	"context"
	"fmt"
	"strings"

	"fermata/internal/discover/all"
)

// frameworkDocs writes which frameworks and configurations discovery knows.
func frameworkDocs(_ context.Context, out files) error {
	var b strings.Builder
	b.WriteString(generated + "# What discovery knows\n\nEach row is an extractor: what it finds in source and configuration. Frameworks that are seen in imports and\nthat none of these knows are named in every report, under what was read.\n\n| Extractor | What it reads |\n|---|---|\n")
	for _, e := range all.Extractors() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", e.Name, escape(e.Doc))
	}
	out["docs/frameworks.md"] = []byte(b.String())
	return nil
}
