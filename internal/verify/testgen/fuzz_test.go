package testgen

import (
	"testing"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
)

// FuzzLook holds that no code, however broken, ends the look at it or the writing of its tests.
func FuzzLook(f *testing.F) {
	for _, text := range []string{
		`def run_cmd(command: "", count: int = 1): pass`,
		"def run_cmd(x: []): pass",
		`def run_cmd(x: "Optional["): pass`,
		"class A:\n    def run_cmd(self, amount: int, order: str): pass\n",
	} {
		f.Add("a.py", text)
	}
	f.Add("a.ts", "export function run_cmd({ path, size }: { path: string, size: number }, n?: ) {}")
	f.Add("a.ts", "export const run_cmd = tool({ execute: async ({ id }) => id })")
	f.Fuzz(func(_ *testing.T, name, text string) {
		runner := Pytest
		if name != "a.py" {
			name, runner = "a.ts", Vitest
		}
		p := code.New([]string{name}, func(string) *source.File { return source.NewFile(name, []byte(text)) })
		system := &model.System{Elements: []*model.Element{
			{ID: name + ":run_cmd", Name: "run_cmd", Kind: model.Tool, Scope: "main", Evidence: []model.Evidence{{File: name, Line: 1}}},
			{ID: name + ":A.run_cmd", Name: "A.run_cmd", Kind: model.Agent, Scope: "main", Evidence: []model.Evidence{{File: name, Line: 1}}},
		}}
		found := Look(Input{Program: p, Paths: []string{name}, System: system})
		Make(found, system, Ask{Runner: runner, Up: ".."}).Files()
	})
}
