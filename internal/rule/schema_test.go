package rule

import (
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"fermata/internal/taxonomy"
)

var update = flag.Bool("update", false, "write the schemas")

func TestSchemaFresh(t *testing.T) {
	for name, want := range map[string][]byte{"rule.schema.json": Schema(), "control.schema.json": ControlSchema(), "pattern.schema.json": PatternSchema()} {
		at := path.Join("../../schema", name)
		if *update {
			if err := os.WriteFile(at, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(at)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is stale; go test ./internal/rule -update writes it\n%s", name, diff)
		}
	}
}

// TestSchemaKeys holds the schema to the keys that the loader takes.
func TestSchemaKeys(t *testing.T) {
	for _, c := range []struct {
		schema []byte
		keys   []string
	}{{Schema(), ruleKeys}, {ControlSchema(), controlKeys}, {PatternSchema(), patternKeys}} {
		var parsed struct {
			Properties map[string]any
		}
		if err := json.Unmarshal(c.schema, &parsed); err != nil {
			t.Fatal(err)
		}
		for _, key := range c.keys {
			if parsed.Properties[key] == nil {
				t.Errorf("the schema does not know %s", key)
			}
		}
		if len(parsed.Properties) != len(c.keys) {
			t.Errorf("the schema knows %d keys, the loader %d", len(parsed.Properties), len(c.keys))
		}
	}
}

// TestScaffold loads what the scaffold writes for every layer, and runs its fixture.
func TestScaffold(t *testing.T) {
	catalog, troubles := taxonomy.Load(sub(t, "catalog"))
	noTrouble(t, troubles)
	controls, troubles := LoadControls(Options{}, Source{FS: sub(t, "controls"), Name: "controls"})
	noTrouble(t, troubles)
	options := Options{Resolver: resolver{catalog}, Rows: evidenceRows(t), Controls: controls}
	for _, layer := range Layers {
		files, err := Scaffold(layer, "new-threat")
		if err != nil {
			t.Fatal(err)
		}
		tree := fstest.MapFS{}
		for name, data := range files {
			tree[name] = &fstest.MapFile{Data: data}
		}
		set, troubles := Load(options, Source{FS: tree, Name: "rules", Check: true})
		noTrouble(t, troubles)
		data, err := fs.ReadFile(tree, layer+"/new-threat/rule_test.txtar")
		if err != nil {
			t.Fatal(err)
		}
		fixture, err := ParseFixture(data)
		if err != nil {
			t.Fatal(err)
		}
		if set.Rules[0].Code() {
			continue // its examples are code, which is read in pipeline
		}
		hits := 0
		for _, file := range fixture.Files {
			hits += checkFixtureFile(t, set, file)
		}
		if hits != 2 {
			t.Errorf("%s: %d findings", layer, hits)
		}
	}
	for _, bad := range [][2]string{{"l3", "x"}, {"cross-layer", "X"}, {"cross-layer", ""}} {
		if _, err := Scaffold(bad[0], bad[1]); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

// TestDocumented holds docs/rule-language.md to the words of the language.
func TestDocumented(t *testing.T) {
	data, err := fs.ReadFile(root, "docs/rule-language.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	words := append(append(append([]string(nil), ruleKeys...), controlKeys...), append(bindKeys, onWords...)...)
	for _, t := range []typ{elementT, flowT, cycleT} {
		words = append(words, fieldsOf[t].names...)
	}
	words = append(words, capabilityNames()...)
	words = append(words, wantWords...)
	for _, word := range words {
		if !strings.Contains(text, "`"+word) && !strings.Contains(text, "\n"+word+":") && !strings.Contains(text, word+":") {
			t.Errorf("docs/rule-language.md does not mention %s", word)
		}
	}
}

// TestSlots: the number of an unknown holds the slot below the subject.
func TestSlots(t *testing.T) {
	if len(elementSlots) > slotsPerSubject || len(flowSlots) > slotsPerSubject {
		t.Errorf("%d and %d slots do not fit in %d", len(elementSlots), len(flowSlots), slotsPerSubject)
	}
}
