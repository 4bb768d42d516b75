package rule

import (
	"bytes"
	"encoding/json"
	"go/parser"
	"go/token"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"fermata/internal/source"
	"fermata/internal/taxonomy"
)

// shippedPatterns loads the patterns that ship, with everything that they name checked.
func shippedPatterns(t testing.TB) (Controls, []*Pattern) {
	t.Helper()
	catalog, troubles := taxonomy.Load(sub(t, "catalog"))
	noTrouble(t, troubles)
	options := Options{Resolver: resolver{catalog}, Rows: evidenceRows(t)}
	from := Source{FS: sub(t, "controls"), Name: "controls"}
	controls, troubles := LoadControls(options, from)
	noTrouble(t, troubles)
	patterns, troubles := LoadPatterns(options, controls, from)
	noTrouble(t, troubles)
	return controls, patterns
}

// TestShippedPatterns holds the catalogue to what it promises.
func TestShippedPatterns(t *testing.T) {
	controls, patterns := shippedPatterns(t)
	if len(patterns) != len(controls) {
		t.Errorf("%d patterns for %d controls", len(patterns), len(controls))
	}
	texts := map[string]string{}
	once := func(p *Pattern, text string) {
		if before, ok := texts[text]; ok {
			t.Errorf("%s and %s say the same: %s", before, p.Control, text)
		}
		texts[text] = p.Control
	}
	// One row speaks of one control, or says that it speaks of several together.
	tellers := map[string][]string{}
	for _, p := range patterns {
		for _, m := range p.Evidence {
			tellers[m.Row] = append(tellers[m.Row], p.Control)
		}
	}
	for _, p := range patterns {
		for _, m := range p.Evidence {
			if several := len(tellers[m.Row]) > 1; several != m.Shared {
				t.Errorf("%s: row %s is told by %v, and shared is %v", p.Control, m.Row, tellers[m.Row], m.Shared)
			}
		}
	}
	for _, p := range patterns {
		c := controls.Get(p.Control)
		once(p, p.Problem)
		once(p, p.Form)
		for i := range p.Build {
			once(p, p.Build[i].Code)
		}
		for _, row := range c.Efficacy.Evidence {
			if !slices.ContainsFunc(p.Evidence, func(m Measured) bool { return m.Row == row }) {
				t.Errorf("%s: the efficacy rests on %s, which the pattern does not tell", p.Control, row)
			}
		}
		for _, text := range append([]string{p.Problem, p.Form}, slices.Concat(p.Forces, p.Breaks, p.Preconditions, p.DoesNotStop)...) {
			if !strings.ContainsAny(text[len(text)-1:], ".?") {
				t.Errorf("%s: no sentence: %s", p.Control, text)
			}
		}
	}
	if len(texts) == 0 {
		t.Fatal("no patterns")
	}
}

// TestSnippetsParse holds the snippets to the readers of their languages besides ours: the loader refuses what ours do
// not read.
func TestSnippetsParse(t *testing.T) {
	_, patterns := shippedPatterns(t)
	python := map[string]string{}
	count := map[string]int{}
	for _, p := range patterns {
		for i := range p.Build {
			s := &p.Build[i]
			name := p.Control + "/" + s.Framework
			count[s.Language]++
			switch s.Language {
			case "python":
				python[name] = s.Code
			case "json":
				if !json.Valid([]byte(s.Code)) {
					t.Errorf("%s: no JSON", name)
				}
			case "go":
				if _, err := parser.ParseFile(token.NewFileSet(), name, s.Code, parser.AllErrors); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			case "shell":
				shellParses(t, name, s.Code)
			}
		}
	}
	for _, language := range []string{"python", "typescript", "yaml", "json"} {
		if count[language] == 0 {
			t.Errorf("no snippet in %s", language)
		}
	}
	pythonParses(t, python)
}

func pythonParses(t *testing.T, snippets map[string]string) {
	t.Helper()
	interpreter, err := exec.LookPath("python3")
	if err != nil {
		t.Log("no python3 here: snippets are read by our reader only")
		return
	}
	input, err := json.Marshal(snippets)
	if err != nil {
		t.Fatal(err)
	}
	const check = `
import ast, json, sys
for name, code in sorted(json.load(sys.stdin).items()):
    try:
        ast.parse(code)
    except SyntaxError as e:
        print(f"{name}:{e.lineno}: {e.msg}")
`
	cmd := exec.Command(interpreter, "-I", "-c", check)
	cmd.Stdin = bytes.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("python3: %v\n%s", err, out)
	}
}

func shellParses(t *testing.T, name, code string) {
	t.Helper()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Log("no sh here")
		return
	}
	cmd := exec.Command(shell, "-n")
	cmd.Stdin = strings.NewReader(code)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
}

const soundPattern = `problem: It hurts.
forces: [One., Two.]
pattern: It is built so.
costs: {latency: low, tokens: none, friction: low, effort: high}
breaks: [A thing.]
preconditions: [A thing.]
does_not_stop: [A thing.]
evidence:
  - {row: C001, attacker: static, about: a thing}
verify:
  - {how: probe, text: Try it.}
build:
  - framework: plain
    language: python
    code: |
      a = 1
      b = 2
      c = 3
      d = 4
      e = 5
`

// TestPatternTroubles holds each mistake to its place and sentence.
func TestPatternTroubles(t *testing.T) {
	controls := someControls(t)
	load := func(text string) ([]*Pattern, []source.Diagnostic) {
		tree := fstest.MapFS{"sandbox/pattern.yaml": {Data: []byte(text)}}
		return LoadPatterns(Options{Rows: rows{"C001": true}}, controls, Source{FS: tree, Name: "controls"})
	}
	patterns, troubles := load(soundPattern)
	if len(patterns) != 1 || len(troubles) != 0 {
		t.Fatalf("the sound pattern: %d, %v", len(patterns), troubles)
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"unknown key", "problem:", "problm:", `1:1: "problm" is not a key of a pattern (did you mean problem?)`},
		{"few forces", "[One., Two.]", "[One.]", `2:1: forces needs at least 2`},
		{"bad cost", "latency: low", "latency: lo", `4:18: "lo" is not one of the words of latency (did you mean low?)`},
		{"no cost", ", effort: high", "", `4:1: costs has no effort`},
		{"unknown row", "C001", "C999", `9:11: "C999" is not a row of the evidence table (rows are in catalog/evidence)`},
		{"bad attacker", "attacker: static", "attacker: statc", `9:27: "statc" is not one of the words of attacker (did you mean static?)`},
		{"bad check", "how: probe", "how: prob", `11:11: "prob" is not one of the words of how (did you mean probe?)`},
		{"bad framework", "framework: plain", "framework: plan", `13:16: "plan" is not one of the words of framework (did you mean plain?)`},
		{"short snippet", "      d = 4\n", "", `15:5: a snippet has between 5 and 25 lines, not 4`},
		{"wide snippet", "d = 4", "d = " + strings.Repeat("4", 90), `15:5: a line of the snippet has more than 76 characters: d = ` + strings.Repeat("4", 90)},
		{"broken snippet", "d = 4", "d = (", `15:5: the snippet does not parse: `},
		{"neither build nor why", soundPattern[strings.Index(soundPattern, "build:"):], "", `1:1: the pattern needs one of build and build_why (give build`},
		{"build and why", "build:\n", "build_why: No.\nbuild:\n", `1:1: the pattern needs one of build and build_why`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(soundPattern, c.old) {
				t.Fatalf("%q is not in the sound pattern", c.old)
			}
			_, troubles := load(strings.Replace(soundPattern, c.old, c.new, 1))
			if len(troubles) == 0 {
				t.Fatal("no trouble")
			}
			for _, d := range troubles {
				if strings.HasPrefix(d.String(), "controls/sandbox/pattern.yaml:"+c.want) {
					return
				}
			}
			t.Errorf("got %v\nwant %s", troubles, c.want)
		})
	}
	if _, troubles := LoadPatterns(Options{}, controls, Source{FS: fstest.MapFS{}, Name: "controls"}); len(troubles) != 1 || troubles[0].Code != "no-pattern" {
		t.Errorf("a control without a pattern: %v", troubles)
	}
	tree := fstest.MapFS{"else/pattern.yaml": {Data: []byte(soundPattern)}}
	if _, troubles := LoadPatterns(Options{}, controls, Source{FS: tree, Name: "controls"}); len(troubles) != 1 || troubles[0].Code != "pattern-without-control" {
		t.Errorf("a pattern without a control: %v", troubles)
	}
}

// FuzzPattern feeds patterns to the loader.
func FuzzPattern(f *testing.F) {
	f.Add(soundPattern)
	f.Add("build: [{code: []}]\nevidence: {a: b}\ncosts: 1\n")
	controls := someControls(f)
	f.Fuzz(func(_ *testing.T, text string) {
		LoadPatterns(Options{}, controls, Source{FS: fstest.MapFS{"sandbox/pattern.yaml": {Data: []byte(text)}}, Name: "controls"})
	})
}
