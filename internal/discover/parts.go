package discover

import (
	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
)

// The parts that most frameworks share: a function as a tool, a model by its name, instructions as a prompt, an MCP
// server. Extractors use these so that the same thing looks the same whichever framework holds it.

// Effect is what a tool can do, with why we say so.
type Effect struct {
	Name, Value, Reason string
	At                  []source.Span
	Fixed               bool          // it is there, and the caller's arguments have no part in it, or none that matters
	Check               source.Span   // of a fixed effect: the check that lets nothing through that matters
	Program             string        // the program that is started with what the caller gives, and what its options have to do with it
	Open                string        // of a fixed effect: why that is not known after all
	Place               string        // "fixed" where the code decides which files or whom it addresses, "given" where its caller may
	Where               []source.Span // of a place: the calls that show it
	Anybodys            bool          // a call holds what its caller gave, and no key that the code knows
	Own                 bool          // every call names who asks, whom the code knows and its caller does not choose
	Known               bool          // of net-read: what comes back is known to hold what strangers write
}

// EffectsOf says what calling a function or class of the program can do, from the outside calls in its body. An
// effect that a fully understood body does not have is "no"; where calls could not be judged it is left out.
func (p *Pass) EffectsOf(def *code.Def) []Effect { return p.effectsOf(def) }

// Product says what is known of a well-known product by its qualified name ("langchain_community.tools.ShellTool",
// "crewai_tools.SerperDevTool") or MCP package ("@modelcontextprotocol/server-filesystem"); false when nothing is.
func Product(ref code.Ref) (ProductInfo, bool) { return product(ref.Name, ref.Names) }

// ProductNamed is Product for a plain name.
func ProductNamed(name string) (ProductInfo, bool) { return product(name, nil) }

// ProductInfo is a row of the technology table.
type ProductInfo struct {
	Name       string            // for people: "shell"
	Kind       model.Kind        // tool, mcp-server, memory, knowledge, model …
	Technology string            // "langchain"
	Effects    map[string]string // effect → yes or no; an effect that is not named is no when Complete, else unknown
	Facts      map[string]string
	Complete   bool
	Doc        string
}

// List gives the product's effects with the product as their reason.
func (i ProductInfo) List(at ...source.Span) []Effect { return i.list(at) }

// FunctionTool describes a function of the program as a tool: its docstring, its typed parameters, its effects. Name
// and description may be empty: the function's own then count. It returns the element, whose Ref is the function's.
func (p *Pass) FunctionTool(def *code.Def, name, description, technology string) *Element {
	return p.functionTool(def, name, description, technology)
}

// Model describes the model that a string names ("gpt-4o", "openai/gpt-4o", "anthropic:claude-3-5-sonnet") and returns
// its Ref; provider may be empty. Values that are no string constant give the zero Ref and, when they are there at
// all, an unresolved entry.
func (p *Pass) Model(v *code.Value, provider string) Ref { return p.modelOf(v, provider) }

// ModelNamed is Model for a name that is known already.
func (p *Pass) ModelNamed(name, provider string, at ...source.Span) Ref {
	return p.modelNamed(name, provider, at...)
}

// UsesModel records that an agent asks a model.
func (p *Pass) UsesModel(agent, model Ref, at ...source.Span) { p.usesModel(agent, model, at...) }

// Prompt describes the instructions of an agent (text, a template with holes, or a function that makes them) and the
// flow that carries them; it returns the prompt's Ref, zero when there are none. Text of outside that is written into
// them is a fact of the prompt.
func (p *Pass) Prompt(agent Ref, agentName string, v *code.Value) Ref {
	return p.promptOf(agent, agentName, v)
}

// MCPServer is what an extractor knows of an MCP server that a client starts or reaches.
type MCPServer struct {
	Ref       Ref
	Name      string
	Transport string // "stdio", "http", "sse"; "" when unknown
	Command   string // stdio: the program
	Args      []string
	URL       string // http, sse
	Env       []EnvVar
	At        source.Span
}

// EnvVar is a variable that a server's configuration sets.
type EnvVar struct {
	Name  string
	Value string // as written; never shown, only looked at for whether it is a literal secret
	At    source.Span
}

// MCP describes an MCP server: its transport, the package that it is and whether that is pinned, what the package is
// known to do, who supplies it, credentials in its environment. It returns its element.
func (p *Pass) MCP(s MCPServer) *Element { return p.mcpServer(s) }
