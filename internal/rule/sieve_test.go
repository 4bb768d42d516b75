package rule

import (
	"strings"
	"testing"

	"fermata/internal/result"
)

// TestSieve fixes which places a sieve lets go: those where every test is false, whatever else may be.
func TestSieve(t *testing.T) {
	cases := []struct {
		name, keys string
		flags      map[string]result.Truth
		passes     bool
	}{
		{"true", "on: call\nkinds: [log]\nwhen: call.in_loop\n", map[string]result.Truth{"in_loop": result.Yes}, true},
		{"false", "on: call\nkinds: [log]\nwhen: call.in_loop\n", map[string]result.Truth{"in_loop": result.No}, false},
		{"not known", "on: call\nkinds: [log]\nwhen: call.in_loop\n", nil, true},
		{"not known and false", "on: call\nkinds: [log]\nwhen: call.in_loop && call.used\n", map[string]result.Truth{"used": result.No}, false},
		{"another kind", "on: call\nkinds: [shell]\nwhen: call.in_loop\n", nil, false},
		{"no test", "on: call\nkinds: [log]\nwhen: true\n", nil, true},
		{"about the element", "on: call\nkinds: [log]\nwhen: call.element.kind == \"tool\"\n", nil, true},
		{"about a function", "on: call\nkinds: [log]\nwhen: call.function.present\n", nil, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			sieve := load(t, c.keys).Sieve()
			if got := sieve.Passes(&result.Subject{On: "call", ID: "x", Kinds: []string{"log"}, Flags: c.flags}); got != c.passes {
				t.Errorf("passes: %v", got)
			}
		})
	}
}

// TestSieveAsksWhatIsAsked holds that a sieve finds out only what the tests ask for: that is what it is for.
func TestSieveAsksWhatIsAsked(t *testing.T) {
	sieve := load(t, "on: call\nkinds: [log]\nwhen: call.in_loop && call.arg(\"timeout\").kind == \"null\" && call.text == \"x\"\n").Sieve()
	var asked []string
	s := &result.Subject{On: "call", ID: "x", Kinds: []string{"log"}}
	s.Late = func(field string) {
		asked = append(asked, field)
		switch field {
		case "in_loop":
			s.SetFlag("in_loop", result.Yes)
		case "args":
			s.Args = []result.Argument{
				{Name: "other", Place: -1, Late: func(*result.Argument) { asked = append(asked, "argument other") }},
				{Name: "timeout", Place: -1, Late: func(a *result.Argument) { a.Kind = "number" }},
			}
		}
	}
	if sieve.Passes(s) {
		t.Error("it passes")
	}
	if len(asked) != 2 || asked[0] != "in_loop" || asked[1] != "args" {
		t.Errorf("asked for %q", asked)
	}
}

// TestNeedsSource fixes which tests are seen to be false where no value of others reaches a call.
func TestNeedsSource(t *testing.T) {
	for when, want := range map[string]bool{
		`call.tainted && call.source in ["tool", "request"]`:   true,
		`call.source == "tool"`:                                true,
		`call.in_loop && (call.used && call.source == "tool")`: true,
		`call.tainted`:                                            false,
		`call.source in ["tool", ""]`:                             false,
		`call.source == ""`:                                       false,
		`call.source != "tool"`:                                   false,
		`call.in_loop || call.source == "tool"`:                   false,
		`!(call.source == "tool")`:                                false,
		`call.source == call.name`:                                false,
		`call.tainted && call.source in ["tool"] || call.in_loop`: false,
	} {
		sieve := load(t, "on: call\nkinds: [url]\nwhen: '"+when+"'\n").Sieve()
		if got := sieve.NeedsSource("url"); got != want {
			t.Errorf("%s: %v", when, got)
		}
		if want && sieve.Passes(&result.Subject{On: "call", ID: "x", Kinds: []string{"url"}}) {
			t.Errorf("%s: it passes without a source", when)
		}
	}
}

// TestLateKinds fixes which tests may be told by the form of an argument, and that these are told rightly.
func TestLateKinds(t *testing.T) {
	for when, late := range map[string]bool{
		`call.at(0).kind == "name"`:                              true,
		`call.at(0).kind != "name" && call.in_loop`:              true,
		`call.arg("x").kind == "null" || call.at(1).kind == "x"`: true,
		`"name" == call.at(0).kind`:                              false,
		`call.at(0).kind in ["name"]`:                            false,
		`call.at(0).kind.startsWith("n")`:                        false,
		`call.at(0).kind == call.name`:                           false,
	} {
		for _, kind := range []string{"name", "null"} {
			set := load(t, "on: call\nkinds: [log]\nwhen: '"+when+"'\n")
			looked := 0
			s := &result.Subject{On: "call", ID: "x", Kinds: []string{"log"}, Flags: map[string]result.Truth{"in_loop": result.Yes}, Args: []result.Argument{{
				May:  func(k string) bool { return k == kind },
				Late: func(a *result.Argument) { a.Kind = kind; looked++ },
			}}}
			s.Args = append(s.Args, result.Argument{Place: 1, Kind: "call"})
			got := set.Sieve().Passes(s)
			s.Settle()
			if want := set.Sieve().Passes(s); got != want {
				t.Errorf("%s of a %s: %v, and %v when all is known", when, kind, got, want)
			}
			if kind == "null" && late != (looked == 0) && when != `call.arg("x").kind == "null" || call.at(1).kind == "x"` {
				t.Errorf("%s of a %s: it was looked at %d times", when, kind, looked)
			}
		}
	}
}

// TestNeedsOneOf fixes without which flags of a function tests are seen to be false.
func TestNeedsOneOf(t *testing.T) {
	for when, want := range map[string]string{
		`func.swallows`:                     "swallows",
		`func.lines > 3 && func.swallows`:   "swallows",
		`func.recursive && !func.logs`:      "recursive",
		`!func.swallows`:                    "",
		`func.swallows || func.recursive`:   "",
		`func.name == "run"`:                "",
		`func.element.origin == "observed"`: "",
	} {
		sieve := load(t, "on: function\nkinds: [function]\nwhen: '"+when+"'\n").Sieve()
		flags, ok := sieve.NeedsOneOf("function")
		if got := strings.Join(flags, " "); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v", when, got, ok)
		}
		if ok && sieve.Passes(&result.Subject{On: "function", ID: "x", Kinds: []string{"function"}, Flags: map[string]result.Truth{want: result.No}}) {
			t.Errorf("%s: it passes without", when)
		}
	}
}
