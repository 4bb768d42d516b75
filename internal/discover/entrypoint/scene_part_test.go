package entrypoint

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/discover/discovertest"
	"fermata/internal/discover/openaiagents"
	"fermata/internal/model"
)

// TestPlayedOnce holds that what a function shows does not depend on which handler comes to it first, from how far away, or
// through which of two functions that call each other.
func TestPlayedOnce(t *testing.T) {
	const functions = `
def refuse(text):
    raise HTTPException(status_code=401)

def first(text):
    return second(text)

def second(text):
    if not text:
        return first(text)
    refuse(text)

def trim(text):
    return strip(text)

def strip(text):
    return trim(text) if text else text
`
	route := func(name, body string) string {
		return "\n" + name + "_clerk = Agent(name=\"" + name + "\", model=\"gpt-4o\")\n\n@app.post(\"/" + name + "\")\nasync def " + name + "(text: str):\n    " + body +
			"\n    return await Runner.run(" + name + "_clerk, text)\n"
	}
	near, far := route("near", "second(text)"), route("far", "first(text)") // from far away the refusal is not played
	both, none, back := route("both", "first(text); second(text)"), route("none", "trim(text)"), route("back", "strip(text); trim(text)")
	want := map[string]string{"POST /near": model.Yes, "POST /far": "", "POST /both": model.Yes, "POST /none": model.No, "POST /back": model.No}
	for _, routes := range []string{near + far + both + none + back, back + none + both + far + near, far + back + near + none + both} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "main.py"), []byte(head+functions+routes), 0o600); err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, e := range discovertest.Scan(t, dir, Extractor, openaiagents.Extractor).System.Flows {
			if e.Kind == model.PromptFlow && e.Label != "" {
				got[e.Label] = e.Facts["authenticated"].Value
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
}
