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

// TestAnswerFarFromItsUse holds that an answer is followed in time that grows as the file does: through calls within calls, through
// many variables one after the other, and through variables that lead back to themselves; and that it is said where that ends.
func TestAnswerFarFromItsUse(t *testing.T) {
	chain := "    v0 = f(text)\n"
	for i := range 3000 {
		chain += fmt.Sprintf("    v%d = v%d\n", i+1, i)
	}
	var parts, sets, all strings.Builder // a thing of many parts that much is put into
	for i := range 1500 {
		fmt.Fprintf(&sets, "    d = other%d\n", i)
		fmt.Fprintf(&parts, "    e%d = d['k%d']\n", i, i)
		fmt.Fprintf(&all, "e%d, ", i)
	}
	for name, body := range map[string]string{
		"nested": "    action = " + strings.Repeat("f(", 200) + "text" + strings.Repeat(")", 200) + "\n",
		"chain":  chain + "    action = v3000\n",
		"more":   sets.String() + parts.String() + "    action = [" + all.String() + "text]\n",
		"circle": strings.Repeat("    a = b\n    b = d\n    d = f(a)\n", 300) + "    d = text\n    action = b\n",
	} {
		for i := range 300 {
			body += fmt.Sprintf("    if action == 'act%d':\n        os.remove('f%d')\n", i, i)
		}
		dir := t.TempDir()
		program := "import os\nfrom openai import OpenAI\nclient = OpenAI()\n\ndef f(x):\n    return x\n\ndef work(goal):\n" +
			"    reply = client.chat.completions.create(model='gpt-4o', messages=[{'role': 'user', 'content': goal}])\n" +
			"    text = reply.choices[0].message.content\n" + body
		if err := os.WriteFile(filepath.Join(dir, "app.py"), []byte(program), 0o644); err != nil {
			t.Fatal(err)
		}
		out := discovertest.Scan(t, dir, Extractor)
		if name == "more" {
			if !slices.ContainsFunc(out.Unresolved, func(g discover.Gap) bool { return strings.Contains(g.Why, "more than is followed") }) {
				t.Error("nothing is said of what was not followed")
			}
			continue
		}
		if elements, _ := discovertest.Lines(out); len(elements) < 300 {
			t.Errorf("%s: %d elements, want one for each action", name, len(elements))
		}
	}
}
