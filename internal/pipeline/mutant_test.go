package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/rule"
	"fermata/internal/source"
	"fermata/rules"
)

// withoutExample lists the parts of conditions that no example shows yet. It may only become shorter.
const withoutExample = "testdata/without-example.txt"

// TestEveryConditionCounts takes each part of each rule's conditions away in turn, an operand of && or of ||, and holds that
// the rule's own examples notice: that an expected finding or question is missing, or that one comes which nobody wants.
// A part whose loss nobody notices may as well be wrong.
func TestEveryConditionCounts(t *testing.T) {
	e := shipped(t)
	list, err := os.ReadFile(withoutExample)
	if err != nil {
		t.Fatal(err)
	}
	known, unseen := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(string(list)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			known[line] = true
		}
	}
	for _, r := range e.Rules() {
		data, err := fs.ReadFile(rules.FS, path.Join(r.Layer, r.ID, "rule.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		list := mutants(string(data))
		unnoticed := unnoticedModel
		if r.Code() {
			unnoticed = unnoticedCode
		}
		t.Run(r.ID, func(t *testing.T) {
			for _, part := range unnoticed(t, e, r, list) {
				if part == "call.tainted" {
					continue // whoever has a source is tainted; it stands there since what cannot be decided is counted by it
				}
				key := r.ID + ": " + part
				unseen[key] = true
				if !known[key] {
					t.Errorf("no example of %s notices when this is taken away: %s", r.ID, part)
				}
			}
		})
	}
	for _, key := range slices.Sorted(maps.Keys(known)) {
		if !unseen[key] {
			t.Errorf("an example notices when this is taken away; strike it off the list: %s", key)
		}
	}
}

// unnoticedModel lists the parts whose loss the examples of a rule about systems do not notice.
func unnoticedModel(t *testing.T, e *Engine, r *rule.Rule, list []mutant) (parts []string) {
	fixture := codeFixture(t, r)
	type read struct{ system, old *model.System }
	var systems []read
	for _, file := range fixture.Files {
		var one read
		one.system, _ = assembled(t, file.Name, file.Content, file.Complete)
		if file.Old != nil {
			one.old, _ = assembled(t, file.OldName(), file.Old, file.Complete)
		}
		systems = append(systems, one)
	}
	for _, m := range list {
		set := loadMutants(t, e, r, []mutant{m})
		noticed := set == nil
		for i := range fixture.Files {
			if noticed {
				break
			}
			outcome, err := rule.Evaluate(context.Background(), set, systems[i].system, rule.EvaluateOptions{Old: systems[i].old})
			if err != nil {
				t.Fatal(err)
			}
			for j := range outcome.Findings {
				outcome.Findings[j].Rule = r.ID
			}
			var questions []result.Question
			for _, q := range outcome.Questions {
				questions = append(questions, q.Question)
			}
			noticed = len(outcome.Failed) > 0 || len(fixture.Files[i].Check(systems[i].system, outcome.Findings, questions, false)) > 0
		}
		if !noticed {
			parts = append(parts, m.part)
		}
	}
	return parts
}

func assembled(t *testing.T, name string, content []byte, complete bool) (*model.System, []source.Diagnostic) {
	t.Helper()
	document, troubles := model.Read(source.NewFile(name, content))
	noTrouble(t, troubles)
	if complete {
		return model.Assemble(nil, document)
	}
	return model.Merge(nil, document)
}

// unnoticedCode lists the parts whose loss the examples of a rule about code do not notice. They are read once, for all
// that may be lost.
func unnoticedCode(t *testing.T, e *Engine, r *rule.Rule, list []mutant) (parts []string) {
	set := loadMutants(t, e, r, list)
	if len(list) == 0 || set == nil {
		return nil
	}
	fixture := codeFixture(t, r)
	found := scanFixture(t, e, set, fixture)
	for i, m := range list {
		id := mutantID(r, i)
		if set.Rule(id) == nil {
			continue // it does not load
		}
		noticed := false
		for k := range fixture.Files {
			file := &fixture.Files[k]
			here := slices.DeleteFunc(slices.Clone(found), func(f result.Finding) bool { return f.Rule != id || f.Evidence[0].File != file.Name })
			noticed = noticed || len(file.Check(nil, here, nil, false)) > 0
		}
		if !noticed {
			parts = append(parts, m.part)
		}
	}
	return parts
}

func mutantID(r *rule.Rule, i int) string { return fmt.Sprintf("%s-without-%d", r.ID, i) }

// loadMutants loads a rule in several forms, each under an id of its own; nil where none of them loads.
func loadMutants(t *testing.T, e *Engine, r *rule.Rule, list []mutant) *rule.Set {
	t.Helper()
	tree := fstest.MapFS{}
	example, err := fs.ReadFile(rules.FS, path.Join(r.Layer, r.ID, "rule_test.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range list {
		id := mutantID(r, i)
		tree[path.Join(r.Layer, id, "rule.yaml")] = &fstest.MapFile{Data: []byte(strings.Replace(m.rule, "id: "+r.ID+"\n", "id: "+id+"\n", 1))}
		tree[path.Join(r.Layer, id, "rule_test.txtar")] = &fstest.MapFile{Data: example}
	}
	set, _ := rule.Load(rule.Options{Controls: e.Controls()}, rule.Source{FS: tree, Name: "rules", Check: true})
	if set == nil || len(set.Rules) == 0 {
		return nil
	}
	return set
}

// mutant is a rule that lost a part of a condition.
type mutant struct {
	part string // what it lost
	rule string // the whole file
}

// mutants gives a rule's file once for each part of its conditions, without it.
func mutants(text string) (list []mutant) {
	lines := strings.SplitAfter(text, "\n")
	for i := 0; i < len(lines); i++ {
		trimmed := strings.TrimLeft(lines[i], " ")
		indent := len(lines[i]) - len(trimmed)
		value, ok := strings.CutPrefix(trimmed, "when: ")
		if !ok {
			continue
		}
		first, last := i, i+1
		if value = strings.TrimSpace(value); value == "|" || value == "|-" {
			value = ""
			for last < len(lines) && (strings.HasPrefix(lines[last], strings.Repeat(" ", indent+2)) || strings.TrimSpace(lines[last]) == "") {
				value += lines[last]
				last++
			}
		} else if strings.HasPrefix(value, `"`) {
			if err := json.Unmarshal([]byte(value), &value); err != nil {
				continue
			}
		} else if strings.HasPrefix(value, "'") {
			value = strings.ReplaceAll(strings.Trim(value, "'"), "''", "'")
		}
		value = strings.Join(strings.Fields(value), " ")
		for _, w := range without(value) {
			quoted, _ := json.Marshal(w[1])
			list = append(list, mutant{part: w[0], rule: strings.Join(lines[:first], "") + strings.Repeat(" ", indent) + "when: " + string(quoted) + "\n" + strings.Join(lines[last:], "")})
		}
		i = last - 1
	}
	return list
}

// without gives an expression once for each operand of its && and ||, at any depth, with what it lost before it.
func without(expression string) (list [][2]string) {
	for _, operator := range []string{",", " || ", " && "} {
		parts := apart(expression, operator)
		if len(parts) < 2 {
			continue
		}
		for i, part := range parts {
			if operator != "," {
				rest := append(slices.Clone(parts[:i]), parts[i+1:]...)
				list = append(list, [2]string{strings.TrimSpace(part), strings.Join(rest, operator)})
			}
			for _, w := range without(part) {
				changed := slices.Clone(parts)
				changed[i] = w[1]
				list = append(list, [2]string{w[0], strings.Join(changed, operator)})
			}
		}
		return list
	}
	// No operator stands outside of brackets: look inside of each.
	depth, start := 0, 0
	for i, c := range unquoted(expression) {
		switch c {
		case '(', '[':
			if depth++; depth == 1 {
				start = i + 1
			}
		case ')', ']':
			if depth--; depth == 0 {
				for _, w := range without(expression[start:i]) {
					list = append(list, [2]string{w[0], expression[:start] + w[1] + expression[i:]})
				}
			}
		}
	}
	return list
}

// apart splits an expression at an operator that stands outside of brackets and texts.
func apart(expression, operator string) (parts []string) {
	plain := unquoted(expression)
	depth, start := 0, 0
	for i := 0; i < len(plain); i++ {
		switch c := plain[i]; {
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		case depth == 0 && strings.HasPrefix(plain[i:], operator):
			parts = append(parts, expression[start:i])
			start = i + len(operator)
			i = start - 1
		}
	}
	return append(parts, expression[start:])
}

// unquoted is an expression with its texts blotted out, byte for byte.
func unquoted(expression string) string {
	b := []byte(expression)
	quote := byte(0)
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote != 0 && c == '\\':
			b[i] = '.'
			if i++; i < len(b) {
				b[i] = '.'
			}
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			b[i] = '.'
		}
	}
	return string(b)
}

// TestMutants holds which parts of a condition are taken away, and that the rest stays as it is.
func TestMutants(t *testing.T) {
	rule := "id: a\nbind:\n  - name: b\n    when: x && y\nwhen: |\n  p && (q || !r.has(\"a && b\"))\n    && s.exists(m, m.u || m.v)\nmessage: m\n"
	var got []string
	for _, m := range mutants(rule) {
		_, when, _ := strings.Cut(m.rule, "\n"+"when: ")
		var rest string
		if line, _, _ := strings.Cut(when, "\n"); json.Unmarshal([]byte(line), &rest) != nil {
			_, rest, _ = strings.Cut(m.rule, "    when: ")
			rest, _, _ = strings.Cut(rest, "\n")
		}
		got = append(got, m.part+" => "+strings.ReplaceAll(rest, ",m", ", m"))
	}
	want := []string{
		`x => "y"`, `y => "x"`,
		`p => (q || !r.has("a && b")) && s.exists(m, m.u || m.v)`,
		`(q || !r.has("a && b")) => p && s.exists(m, m.u || m.v)`,
		`q => p && (!r.has("a && b")) && s.exists(m, m.u || m.v)`,
		`!r.has("a && b") => p && (q) && s.exists(m, m.u || m.v)`,
		`s.exists(m, m.u || m.v) => p && (q || !r.has("a && b"))`,
		`m.u => p && (q || !r.has("a && b")) && s.exists(m, m.v)`,
		`m.v => p && (q || !r.has("a && b")) && s.exists(m, m.u)`,
	}
	if !slices.Equal(got, want) {
		t.Fatalf("mutants:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
