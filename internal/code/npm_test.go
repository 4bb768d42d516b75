package code

import "testing"

func TestBareSpecifier(t *testing.T) {
	for specifier, want := range map[string]string{
		"ai": "ai", "npm:ai@4.1.0": "ai", "npm:@ai-sdk/openai@^1": "@ai-sdk/openai", "npm:@ai-sdk/openai": "@ai-sdk/openai",
		"npm:/@langchain/core@0.3/tools": "@langchain/core/tools", "jsr:@std/fs@1": "@std/fs", "./npm": "./npm", "npm:": "",
	} {
		if got := bareSpecifier(specifier); got != want {
			t.Errorf("%s: got %q, want %q", specifier, got, want)
		}
	}
}
