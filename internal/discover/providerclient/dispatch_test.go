package providerclient

import "testing"

func TestHolds(t *testing.T) {
	for name, want := range map[string]bool{
		"llm": true, "_llm": true, "baseLLM": true, "modelProvider": true, "ai": true, "_ai": true, "lm": true, "LM": true, "search_engine": true,
		"mail": false, "__ai": false, "ai2": false, "film": false, "request": false, "": false,
	} {
		if holds(name) != want {
			t.Errorf("holds(%q) is %v", name, !want)
		}
	}
}
