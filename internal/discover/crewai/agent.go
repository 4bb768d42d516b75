package crewai

import (
	"path"
	"regexp"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// agent is an agent with the entry of the YAML file that it takes its description from.
type agent struct {
	value *code.Value
	ref   discover.Ref
	name  string
	entry syntax.Node // the map of the YAML entry; the zero Node when there is none
	key   syntax.Node // its key
}

// agent describes an agent where it is constructed.
func (f *file) agent(v *code.Value) {
	a := f.read(v)
	defer f.Subject(a.ref)()
	at := v.Call.Span()
	_, symbol := v.Symbol()
	e := f.Element(model.Agent, a.ref, a.name, at).Technology(technology).Alias(last(symbol)).
		FactBecause("loops", model.No, "the framework ends each task after a number of steps, unless it is told otherwise", at)
	if !a.key.IsZero() {
		e.Evidence(a.key.Span()).Alias(a.key.Text())
	}
	e.Detail(oneLine(f.text(a, "goal")))
	f.instructions(a)
	f.llm(a)
	f.toolsOf(a)
	f.codeExecution(a)
	f.limits(a)
	f.remote(a)
	for _, k := range v.Arg("knowledge_sources", -1).Members() {
		if ref := f.knowledge(k); !ref.IsZero() {
			f.Flow(model.Retrieval, ref, a.ref, k.Node.Span())
		}
	}
	f.guard(a.ref, v.Arg("guardrail", -1))
	if memory := v.Arg("memory", -1); memory.Is(code.Bool) && memory.Text == "true" {
		f.memory(a.ref, []discover.Ref{a.ref}, memory.Node)
	}
}

// toolsOf gives an agent its tools and tool servers.
func (f *file) toolsOf(a *agent) {
	if tools := a.value.Arg("tools", -1); tools != nil {
		f.giveTools(a.ref, a.name, tools)
	}
	for _, mcp := range a.value.Arg("mcps", -1).Members() {
		f.mcpReference(a, mcp)
	}
}

// read finds out an agent's name and its YAML entry.
func (f *file) read(v *code.Value) *agent {
	a := &agent{value: v, ref: f.object(v)}
	if config := v.Arg("config", -1); config != nil || !v.Call.Argument("config").IsZero() {
		a.key, a.entry = f.entryOf(v, "agents_config", "agents.yaml")
	}
	_, symbol := v.Symbol()
	switch {
	case oneLine(v.Arg("role", -1).Str()) != "":
		a.name = oneLine(v.Arg("role", -1).Str())
	case !a.key.IsZero():
		a.name = a.key.Text()
	case symbol != "":
		a.name = last(symbol)
	default:
		a.name = "agent"
	}
	return a
}

// text is what an agent says of itself under a key, in code or else in YAML.
func (f *file) text(a *agent, key string) string {
	if s := a.value.Arg(key, -1).Str(); s != "" {
		return s
	}
	return strings.TrimSpace(a.entry.Argument(key).Text())
}

// setting is an option of an agent, in code or else in YAML, as its text and where it stands.
func (f *file) setting(a *agent, key string) (string, source.Span) {
	if v := a.value.Arg(key, -1); v != nil {
		text, _ := v.Constant()
		return text, v.Node.Span()
	}
	if n := a.entry.Argument(key); !n.IsZero() {
		text, _ := n.Scalar()
		return text, n.Span()
	}
	return "", source.Span{}
}

// instructions describes the prompt: CrewAI writes role, goal and backstory into its system prompt.
func (f *file) instructions(a *agent) {
	for _, key := range []string{"system_template", "backstory", "goal"} {
		if v := a.value.Arg(key, -1); v != nil && !v.Is(code.Null) {
			f.Prompt(a.ref, a.name, inputs(v))
			return
		}
		if n := a.entry.Argument(key); n.Is(syntax.String) {
			f.Prompt(a.ref, a.name, inputs(&code.Value{Kind: code.String, Node: n, Text: n.Text()}))
			return
		}
	}
}

// placeholder is where CrewAI writes an input of the run into a text: "{topic}".
var placeholder = regexp.MustCompile(`\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// inputs adds a hole for each input of the run that is written into a text.
func inputs(v *code.Value) *code.Value {
	if !v.Is(code.String) || len(v.Holes) > 0 {
		return v
	}
	found := placeholder.FindAllStringSubmatch(v.Text, -1)
	if len(found) == 0 {
		return v
	}
	with := *v
	for _, m := range found {
		with.Holes = append(with.Holes, code.Hole{Name: m[1], Value: &code.Value{Kind: code.Unknown, Node: v.Node, Text: "it is an input of the run"}})
	}
	return &with
}

// llm describes the models of an agent.
func (f *file) llm(a *agent) {
	for _, key := range []string{"llm", "function_calling_llm"} {
		if v := a.value.Arg(key, -1); v != nil && !v.Is(code.Null) {
			refs := f.ChatModel(v)
			for _, ref := range refs {
				f.UsesModel(a.ref, ref, v.Node.Span())
			}
			if len(refs) == 0 && !v.Is(code.String) && !v.Is(code.Env) {
				f.Unresolved("the model of "+a.name, v.Reason(), v.Node.Span())
			}
			continue
		}
		if n := a.entry.Argument(key); n.Is(syntax.String) {
			f.UsesModel(a.ref, f.ModelNamed(n.Text(), "", n.Span()), n.Span())
		}
	}
}

// codeExecution: allow_code_execution=True gives an agent an interpreter, in a container unless it says "unsafe".
func (f *file) codeExecution(a *agent) {
	allowed, at := f.setting(a, "allow_code_execution")
	if allowed != "true" {
		return
	}
	ref := discover.Of(a.ref, "code-interpreter")
	f.Element(model.Tool, ref, a.name+" code interpreter", at).Technology(technology).
		Detail("built in: runs the code that the agent writes").
		Effect("exec", model.Yes, "allow_code_execution", at)
	f.Flow(model.ToolCall, a.ref, ref, at)
	mode, modeAt := f.setting(a, "code_execution_mode")
	switch {
	case mode == "unsafe":
		f.Control("sandbox", ref, discover.Ref{}, model.Absent, modeAt)
	case mode == "safe":
		f.Control("sandbox", ref, discover.Ref{}, model.Evidenced, modeAt)
	}
}

// limits places what bounds an agent.
func (f *file) limits(a *agent) {
	for _, row := range []struct{ key, control string }{
		{"max_iter", "iteration-limit"}, {"max_execution_time", "timeout"}, {"max_rpm", "rate-limit"},
	} {
		if text, at := f.setting(a, row.key); !at.IsZero() && text != "" {
			f.Control(row.control, a.ref, discover.Ref{}, model.Evidenced, at)
		}
	}
}

// remote describes the agent elsewhere that a2a=A2AClientConfig(endpoint=…) names.
func (f *file) remote(a *agent) {
	for _, config := range a.value.Arg("a2a", -1).Members() {
		if !config.Is(code.Instance) {
			continue
		}
		at := config.Node.Span()
		if endpoint := config.Arg("endpoint", 0).Str(); endpoint != "" {
			ref := discover.Named(model.External, endpoint)
			f.Element(model.External, ref, endpoint, at).Technology("a2a").Fact("role", "remote-agent", at).Fact("third-party", model.Yes, at)
			flow := f.Flow(model.Delegation, a.ref, ref, at).Fact("remote", discover.YesNo(!isLocal(endpoint)), at).Fact("encrypted", discover.YesNo(strings.HasPrefix(endpoint, "https:")), at)
			if auth := config.Arg("auth", -1); auth != nil && !auth.Is(code.Null) {
				flow.Fact("authenticated", model.Yes, auth.Node.Span())
			}
		}
	}
}

func isLocal(address string) bool {
	return strings.Contains(address, "://localhost") || strings.Contains(address, "://127.0.0.1")
}

// agentRefs gives the agents that a value is.
func (f *file) agentRefs(v *code.Value) []discover.Ref {
	var refs []discover.Ref
	for _, one := range v.Members() {
		for _, each := range one.Each() {
			if each.Is(code.Instance) && !each.Call.IsZero() && f.code.Derives(each.Ref, agentTypes...) {
				refs = append(refs, f.object(each))
			}
		}
	}
	return refs
}

// entryOf finds the entry of a YAML file that config=self.agents_config["name"] names: the key and its map. The file
// is the one that the class names, else the nearest of the usual name.
func (f *file) entryOf(v *code.Value, attribute, usual string) (key, entry syntax.Node) {
	config := v.Call.Argument("config")
	name := ""
	if config.Is(syntax.Subscript) {
		name, _ = config.Child(1).Scalar()
	} else if config.Is(syntax.Call) && config.Child(0).TextIs("get") {
		name, _ = config.Child(1).Scalar()
	}
	if name == "" {
		return syntax.Node{}, syntax.Node{}
	}
	for _, file := range f.configs(v, attribute, usual) {
		tree := f.Read(file)
		if tree == nil {
			continue
		}
		root := tree.Root()
		if root.Is(syntax.Module, syntax.Document) {
			root = root.Child(0)
		}
		for k, value := range root.Pairs() {
			if k.TextIs(name) {
				return k, value
			}
		}
	}
	return syntax.Node{}, syntax.Node{}
}

// configs lists the files that a class's agents_config or tasks_config can mean.
func (f *file) configs(v *code.Value, attribute, usual string) []string {
	home := f.Path()
	if t := v.Call.Tree(); t != nil && t.File != nil {
		home = t.File.Path()
	}
	dir := path.Dir(home)
	var files []string
	if def := f.classAround(v.Call); def != nil {
		if said := f.code.ClassValue(def, attribute).Str(); said != "" {
			files = append(files, path.Clean(path.Join(dir, said)))
		}
	}
	files = append(files, path.Join(dir, "config", usual), path.Join(dir, usual))
	if up := path.Dir(dir); up != dir {
		files = append(files, path.Join(up, "config", usual))
	}
	var there []string
	for _, file := range files {
		if f.Exists(file) {
			there = append(there, file)
		}
	}
	return there
}

// classAround is the class that a node stands in.
func (f *file) classAround(n syntax.Node) *code.Def {
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.ClassDef) {
			v := f.code.Eval(p)
			return v.Ref.Def
		}
	}
	return nil
}

func last(dotted string) string { return dotted[strings.LastIndexByte(dotted, '.')+1:] }

// oneLine is the first line of a text that says anything, without the indentation of where it is written.
func oneLine(s string) string {
	for _, line := range strings.Split(s, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return ""
}
