package providerclient

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fermata/internal/discover"
	"fermata/internal/discover/discovertest"
)

// TestManyClassesBelowOneBase holds that what classes ask through a base is looked at up to a bound, and that it is said where that
// ends: a thousand classes below a thousand methods took minutes and gigabytes.
func TestManyClassesBelowOneBase(t *testing.T) {
	var b strings.Builder
	b.WriteString("from openai import OpenAI\nclient = OpenAI()\n\nclass Base:\n")
	for i := range 300 {
		fmt.Fprintf(&b, "    def ask%d(self, text):\n        return client.chat.completions.create(model='gpt-4o', messages=[{'role': 'system', 'content': self.prompt()}])\n", i)
	}
	for i := range 300 {
		fmt.Fprintf(&b, "class Below%d(Base):\n    def prompt(self):\n        return 'You are agent number %d of many.'\n", i, i)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "app.py"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out := discovertest.Scan(t, dir, Extractor)
	if !slices.ContainsFunc(out.Unresolved, func(g discover.Gap) bool { return strings.Contains(g.Why, "more than is looked at") }) {
		t.Error("nothing is said of what was not looked at")
	}
}
