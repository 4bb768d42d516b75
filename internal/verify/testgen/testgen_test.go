package testgen

import (
	"strings"
	"testing"

	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
	"fermata/internal/verify/evidence"
)

func TestRoles(t *testing.T) {
	for name, want := range map[string]Role{
		"url": Address, "page_url": Address, "path": FileName, "filename": FileName, "amount_cents": Amount, "user_id": User,
		"question": Words, "thread": User, "verbose": Plain,
	} {
		if got := roleOf(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// TestNamesAreReadBack holds that each shape's name says its control, and that none but that of errors says none.
func TestNamesAreReadBack(t *testing.T) {
	var controls []string
	for _, a := range about {
		if a.control != Errors {
			controls = append(controls, a.control)
		}
	}
	names := evidence.NewNames(controls, []string{"a/b.py:run"})
	for s, a := range about {
		c := Case{Layer: a.layer, Control: a.control, Element: "a/b.py:run", Shows: a.shows}
		control, on, ok := names.About(&evidence.Test{Name: "test_" + c.Name()})
		if a.control == Errors {
			if ok {
				t.Errorf("%s speaks of %s", s, control)
			}
			continue
		}
		if !ok || control != a.control || len(on) != 1 || on[0] != "a/b.py:run" {
			t.Errorf("%s: %s is read as %s on %v", s, c.Name(), control, on)
		}
	}
}

// TestWhatCannotBeWritten holds that an element without code gets stubs with a reason, and no test.
func TestWhatCannotBeWritten(t *testing.T) {
	system := &model.System{Elements: []*model.Element{
		{ID: "a.py:run", Kind: model.Agent, Scope: "main", Technology: "crewai", Evidence: []model.Evidence{{File: "a.py", Line: 1}}},
		{ID: "a.py:tool", Kind: model.Tool, Scope: "main", Evidence: []model.Evidence{{File: "a.py", Line: 9}}},
		{ID: "b.ts:tool", Kind: model.Tool, Scope: "main", Evidence: []model.Evidence{{File: "b.ts", Line: 9}}},
	}}
	plan := Make(&Found{Functions: map[string]*Function{}}, system, Ask{Runner: Pytest, Up: ".."})
	written, stubs := plan.Written()
	if written != 0 || stubs == 0 || plan.Others["typescript"] != 1 {
		t.Fatalf("%d written, %d stubs, others %v", written, stubs, plan.Others)
	}
	for _, f := range plan.Files() {
		if text := string(f.Content); strings.HasPrefix(f.Path, "test_") && strings.Count(text, "\ndef test_") != strings.Count(text, "@pytest.mark.skip(reason=") {
			t.Errorf("%s has a test that is not skipped:\n%s", f.Path, text)
		}
	}
}

func TestTwoOfOneNameAreToldApart(t *testing.T) {
	system := &model.System{Elements: []*model.Element{
		{ID: "a.py:a.b", Kind: model.Tool, Scope: "main", Evidence: []model.Evidence{{File: "a.py", Line: 9}}},
		{ID: "a.py:a_b", Kind: model.Tool, Scope: "main", Evidence: []model.Evidence{{File: "a.py", Line: 19}}},
	}}
	seen := map[string]bool{}
	for _, c := range Make(&Found{Functions: map[string]*Function{}}, system, Ask{Runner: Pytest}).Cases {
		if seen[c.Name()] {
			t.Errorf("two tests are called %s", c.Name())
		}
		seen[c.Name()] = true
	}
}

func TestTypesByName(t *testing.T) {
	for name, want := range map[string]Type{"task": Text, "question": Text, "top_k": Whole, "n": Whole, "approve": Consent, "mask": Text, "coffee": Text, "total_cents": Whole} {
		if got := typeByName(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestTypesOfGo(t *testing.T) {
	for written, want := range map[string]Type{
		"string": Text, "int64": Whole, "float32": Number, "bool": Truth, "context.Context": Context, "[]string": List, "map[string]any": Map,
		"func(act string) bool": Consent, "func(string) (bool, error)": Consent,
		"func(ctx context.Context, acts ...string) bool": Consent, "func(act *url.URL) bool": Unknown, "func(context.Context, Act) (bool, error)": Consent, "func() int": Unknown, "*Client": Unknown, "Request": Unknown,
	} {
		if got := goType(written); got != want {
			t.Errorf("%s is %s, want %s", written, got, want)
		}
	}
}

// TestTypesOfTypeScript reads types from the text, since the tree keeps none.
func TestTypesOfTypeScript(t *testing.T) {
	for code, want := range map[string]string{
		"export function f(url: string, n = 3, deep?: { a: string; b?: number }) {}":      "url text address, n whole optional, deep object optional [a text, b whole optional]",
		"export function f(cents: number, ask: (act: string) => Promise<boolean>) {}":     "cents whole amount, ask consent",
		"export async function f({ path, size }: { path: string, size: number }) {}":      "given object [path text file, size whole]",
		"export function f(mode: 'fast' | 'slow', ids: string[], m: Map<string, T>) {}":   "mode text, ids list, m anything",
		"export function f(userId: string, ok: boolean, all: Record<string, unknown>) {}": "userId text user, ok truth, all map",
		"export function f({ question }) {}":                                              "given object [question text words]",
	} {
		tree := syntax.Parse(source.NewFile("a.ts", []byte(code)))
		if got := told(scriptParams(tree.Root().Child(0).Child(0))); got != want {
			t.Errorf("%s\n is %s\nwant %s", code, got, want)
		}
	}
}

func told(params []Param) string {
	var out []string
	for _, p := range params {
		text := p.Name + " " + string(p.Type)
		if p.Role != Plain {
			text += " " + string(p.Role)
		}
		if p.Optional {
			text += " optional"
		}
		if len(p.Fields) > 0 {
			text += " [" + told(p.Fields) + "]"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}
