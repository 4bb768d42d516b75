package crewai

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// memory describes the memory that memory=True gives a crew or agent: CrewAI keeps it in local databases that
// outlive the run.
func (f *file) memory(owner discover.Ref, agents []discover.Ref, at syntax.Node) {
	ref := discover.Of(owner, "memory")
	f.Element(model.Memory, ref, "crew memory", at.Span()).Technology(technology).
		FactBecause("persistent", model.Yes, "CrewAI keeps memory in local databases", at.Span())
	f.remember(ref, agents, at)
}

func (f *file) memoryObject(v *code.Value, agents []discover.Ref) {
	ref := discover.Object(v)
	f.Element(model.Memory, ref, v.Ref.Last(), v.Call.Span()).Technology(technology)
	f.remember(ref, agents, v.Call)
}

func (f *file) remember(memory discover.Ref, agents []discover.Ref, at syntax.Node) {
	for _, agent := range agents {
		f.Flow(model.MemoryWrite, agent, memory, at.Span())
		f.Flow(model.MemoryRead, memory, agent, at.Span())
	}
}

// sourceArgs are the arguments by which sources of knowledge differ.
var sourceArgs = []discover.Telling{{Name: "file_paths", Position: -1}, {Name: "file_path", Position: -1}, {Name: "urls", Position: -1}, {Name: "content", Position: -1}}

// knowledge describes a knowledge source. What a function makes for each agent of the same files is one.
func (f *file) knowledge(v *code.Value) discover.Ref {
	if !v.Is(code.Instance) || v.Call.IsZero() {
		f.Unresolved("a knowledge source", v.Reason(), v.Node.Span())
		return discover.Ref{}
	}
	ref := f.Made(v, sourceArgs...)
	_, symbol := v.Symbol()
	name := last(symbol)
	if name == "" || v.Template() != "" { // the symbol is that of whoever has it made
		name = v.Ref.Last()
	}
	at := v.Call.Span()
	f.Element(model.Knowledge, ref, name, at).Technology(technology).Alias(v.Ref.Last()).
		FactBecause("persistent", model.Yes, "CrewAI indexes knowledge into a local database", at)
	for _, key := range []string{"file_paths", "file_path", "urls"} {
		for _, file := range v.Arg(key, -1).Members() {
			if file.Str() == "" {
				continue
			}
			source := discover.Of(ref, file.Str())
			f.Element(model.External, source, file.Str(), file.Node.Span()).Technology("file").Fact("role", "files", file.Node.Span())
			f.Flow(model.Index, source, ref, file.Node.Span())
		}
	}
	return ref
}

// guard describes a guardrail of a task or agent: a function that checks, or a text that a model judges by.
func (f *file) guard(agent discover.Ref, v *code.Value) {
	if v == nil || v.Is(code.Null) {
		return
	}
	for _, one := range v.Each() {
		at := one.Node.Span()
		var ref discover.Ref
		name, judged := "guardrail", model.No
		switch {
		case one.Is(code.Function) && one.Ref.Def != nil:
			ref, name, at = discover.Definition(one.Ref.Def), one.Ref.Def.Last(), one.Ref.Def.Node.Span()
		case one.Is(code.String):
			ref, judged = discover.Of(agent, "guardrail"), model.Yes
		case one.Is(code.Instance):
			ref, name, judged = discover.Object(one), one.Ref.Last(), model.Yes
		default:
			f.Unresolved("a guardrail", one.Reason(), at)
			continue
		}
		f.Element(model.Guardrail, ref, name, at).Technology(technology).Fact("model-based", judged, at)
		f.Flow(model.Enforces, ref, agent, v.Node.Span())
		f.Control("output-guardrail", agent, ref, model.Evidenced, v.Node.Span())
	}
}
