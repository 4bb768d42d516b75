// Package settings reads which models a program's settings name: fields of settings classes and data classes, and the
// constants of a configuration module, with the defaults of variables of the environment.
//
// A model that is used where an agent is made is described there, too, and is the same element. A setting alone says that
// the program is meant to ask the model; who asks it is not said.
//
// # What it does not do
//
// Only names that look like a model's are taken, under words that say so. Files beside the code (.env, YAML) are read only
// where the code reads them.
package settings

import (
	"path"
	"regexp"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds the models that settings name.
var Extractor = &discover.Extractor{
	Name:    "settings",
	Doc:     "Models that settings classes, data classes and configuration modules of a program with agents name (Python).",
	Match:   discover.PythonCode,
	Follows: true,
	Beneath: []string{"BaseSettings", "dataclass", "BaseModel", "MODEL"},
	Run:     run,
}

var (
	// field matches a name that holds the name of a model.
	field = regexp.MustCompile(`(?i)^(.*_)?(model|model_name|model_id|llm_model|embedding_model|deployment)$`)
	// looks matches the name of a model as providers and hubs give it.
	looks = regexp.MustCompile(`(?i)^([a-z0-9_.-]+[/:])*(gpt-|chatgpt|o[134](-|$)|text-embedding|claude|gemini|command-|mistral|mixtral|deepseek|grok-|llama|meta-llama|qwen|gemma|granite|phi-?[0-9]|bge-|e5-|all-minilm|nomic-embed|mxbai|whisper|dall-e|titan|nova-|amazon\.|anthropic\.|us\.|meta\.|kimi|glm-|jamba|sonar|voyage-|jina-)[a-z0-9_.:/@-]*$`)
)

func run(p *discover.Pass) error {
	if source.Scope(p.Path()) == source.ScopeTest {
		return nil
	}
	r := p.Code()
	classes := r.ClassesOf("pydantic_settings.BaseSettings", "pydantic_settings.**.BaseSettings", "pydantic.BaseSettings", "pydantic.env_settings.BaseSettings")
	for _, def := range r.ClassesOf("pydantic.BaseModel") {
		if configures(def.Last()) {
			classes = append(classes, def)
		}
	}
	for _, d := range r.DecoratedBy("dataclasses.dataclass", "pydantic.dataclasses.dataclass") {
		if d.Def.Kind == code.ClassDef && configures(d.Def.Last()) {
			classes = append(classes, d.Def)
		}
	}
	for n := range p.Tree().Root().All(syntax.ClassDef) {
		if def := r.DefinitionOf(n); configures(def.Last()) && n.First(syntax.Base).IsZero() && n.First(syntax.Decorator).IsZero() {
			classes = append(classes, def) // a plain class of constants
		}
	}
	for _, def := range classes {
		for n := range def.Node.First(syntax.Block).Children() {
			if name := target(n); name != "" && p.Once(def.ID()+"."+name) {
				describe(p, r.ClassValue(def, name))
			}
		}
	}
	switch stem := strings.TrimSuffix(path.Base(p.Path()), path.Ext(p.Path())); stem {
	case "config", "settings", "constants", "configuration", "defaults":
		for n := range p.Tree().Root().Children() {
			if name := target(n); name != "" && strings.ToUpper(name) == name {
				describe(p, r.Eval(n.Child(-1)))
			}
		}
	}
	return nil
}

// configures tells whether a class is called as settings are.
func configures(name string) bool {
	return strings.HasSuffix(name, "Settings") || strings.HasSuffix(name, "Config") || strings.HasSuffix(name, "Configuration")
}

// target is the name that a statement gives a value, if it is one of a model.
func target(n syntax.Node) string {
	if !n.Is(syntax.Assign, syntax.AnnAssign) || !n.Child(0).Is(syntax.Name) || n.Child(-1).Is(syntax.Annotation) || !field.MatchString(n.Child(0).Text()) {
		return ""
	}
	return n.Child(0).Text()
}

// describe describes the models that a setting may name.
func describe(p *discover.Pass, v *code.Value) {
	for _, one := range v.Each() {
		at := one.Node.Span()
		if one.Is(code.Env) {
			one = one.Default()
		}
		for _, said := range one.Each() {
			if said.Is(code.String) && len(said.Holes) == 0 && looks.MatchString(said.Text) {
				p.ModelNamed(said.Text, "", at)
			}
		}
	}
}
