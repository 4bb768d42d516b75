package discover

import (
	"testing"

	"fermata/internal/model"
)

func TestSaidFacts(t *testing.T) {
	var said saidFacts
	said.set("pinned", model.Fact{Value: model.No})
	said.set("transport", model.Fact{Value: "stdio"})
	said.set("pinned", model.Fact{Value: model.Yes})
	if !said.yes("pinned") || said.yes("transport") || said.yes("autonomous") {
		t.Errorf("what was said last counts, for its own name: %v", said)
	}
	if fact, ok := said.get("transport"); !ok || fact.Value != "stdio" {
		t.Errorf("transport is %v", fact)
	}
	said.drop("pinned")
	said.drop("autonomous")
	if _, ok := said.get("pinned"); ok || len(said) != 1 {
		t.Errorf("what was taken back is still said: %v", said)
	}
}

// What few Refs say besides is never changed in place: two Refs may have it.
func TestRefKeepsItsOwn(t *testing.T) {
	object := InstanceOf(Local("a.py", "agent"), Local("a.py", "make"))
	part := Of(object, "prompt")
	other := InstanceOf(object, Local("b.py", "make"))
	for _, row := range []struct {
		ref      Ref
		template string
	}{
		{object, "local:a.py:make"}, {part, "local:a.py:make/prompt"}, {other, "local:b.py:make"}, {Local("a.py", "x"), ""},
	} {
		if got := row.ref.more().template; got != row.template {
			t.Errorf("%s stands for %q, want %q", row.ref.key, got, row.template)
		}
	}
}
