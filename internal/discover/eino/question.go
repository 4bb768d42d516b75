package eino

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// asking are the calls that put a question to a model: of what a provider's package makes, or of the interfaces by which
// a program holds one.
var asking = questionsOf("github.com/cloudwego/eino-ext/components/model/**.New*", root+"components/model.BaseChatModel", root+"components/model.BaseModel",
	root+"components/model.ChatModel", root+"components/model.ToolCallingChatModel", root+"components/model.ToolCallingChatModel.WithTools")

func questionsOf(models ...string) []string {
	var all []string
	for _, m := range models {
		all = append(all, m+".Generate", m+".Stream")
	}
	return all
}

// questions describes the functions that ask a model without agent or graph.
func (x *pass) questions() {
	if source.Scope(x.Path()) == source.ScopeTest {
		return
	}
	for _, c := range x.Code().CallsTo(asking...) {
		function, loop := discover.FunctionAndLoop(c.Node)
		def := x.Code().DefinitionOf(function)
		if def == nil || discover.Minor(def.Last()) || x.isModel(def) {
			continue
		}
		tool := x.toolOf(def)
		if tool != nil && slices.Contains(x.kit.Methods, def.Last()) {
			continue // a tool that asks a model is a tool
		}
		x.question(c, def, loop)
		if tool != nil {
			x.Flow(model.Message, discover.Definition(tool), discover.Definition(def), c.Node.Span()).IfDescribed()
		}
	}
}

// question describes a function by one call with which it asks a model, where what it says is its own.
func (x *pass) question(c code.Call, def *code.Def, loop syntax.Node) {
	messages := c.Node.Child(2)
	spoken := x.filledIn(x.Code().Eval(messages))
	if !x.OwnWords(def.Node, messages) && len(spoken) == 0 && def.Node.Count() > 1 && !strings.EqualFold(def.Last(), "main") {
		return // it passes on what it is given
	}
	ref, name, at := discover.Definition(def), x.OwnerOf(def.Node).Name, c.Node.Span()
	if strings.Contains(def.Name, ".") {
		name = def.Name // Generate alone says nothing
	}
	defer x.Subject(ref)()
	e := x.Element(model.Agent, ref, name, discover.Headline(def.Node), at).Technology(technology).Detail(def.Doc())
	m := x.Code().Eval(c.Node.Child(0).Child(0))
	tools := given(m)
	if tools != nil && !loop.IsZero() {
		e.FactBecause("loops", model.Yes, "it asks again with what the tools gave", loop.Span())
	} else {
		e.OneQuestion(at)
	}
	for _, one := range x.GoModels(m, name) {
		x.UsesModel(ref, one, at)
	}
	x.GiveGo(x.kit, ref, name, tools)
	for _, one := range spoken {
		x.Prompt(ref, name, one)
	}
	for _, one := range x.Code().Eval(messages).Members() {
		text := one.Arg("Content", -1)
		if one.Is(code.Dict) { // a message of a list that names their type
			text = one.Get("Content")
		}
		if text.Is(code.String) && discover.Wording(text.Text) {
			x.Prompt(ref, name, text)
			break
		}
	}
}

// filledIn are the texts of the template that messages are made of: prompt.FromMessages(…).Format(ctx, values).
func (x *pass) filledIn(messages *code.Value) []*code.Value {
	var all []*code.Value
	for _, v := range messages.Each() {
		if !v.Is(code.Instance) || !v.Ref.Is(root+"components/prompt.FromMessages.Format") {
			continue
		}
		for _, template := range v.Base.Each() {
			for _, said := range template.Args() {
				for _, one := range said.Value.Each() {
					if text := one.Arg("", 0); one.RefOf().Is(root+"schema.*Message") && text.Is(code.String) && discover.Wording(text.Text) {
						all = append(all, text)
					}
				}
			}
		}
	}
	return all
}

// given is the list of what a model was given as tools before it is asked.
func given(m *code.Value) *code.Value {
	for _, one := range m.Each() {
		if one.Is(code.Instance) && one.Ref.Last() == "WithTools" {
			return one.Arg("", 0)
		}
	}
	return nil
}

// toolOf is the type of tools that a method is of; nil for others.
func (x *pass) toolOf(method *code.Def) *code.Def {
	if params := method.Params(); strings.Contains(method.Name, ".") && len(params) > 0 {
		for _, v := range x.Code().Eval(params[0].Annotation).Each() {
			if def := v.Ref.Def; def != nil && def.Kind == code.ClassDef && x.Code().Method(def, "Info") != nil {
				for _, work := range x.kit.Methods {
					if x.Code().Method(def, work) != nil {
						return def
					}
				}
			}
		}
	}
	return nil
}

// isModel tells whether a method is of a type that is a model itself: whoever asks that model is the agent.
func (x *pass) isModel(def *code.Def) bool {
	if _, method, ok := strings.Cut(def.Name, "."); !ok || method != "Generate" && method != "Stream" {
		return false
	}
	for _, param := range def.Params() {
		if !param.Annotation.IsZero() {
			at := param.Annotation.Span()
			if strings.Contains(at.File.Text(int(at.Start), int(at.End)), "schema.Message") {
				return true
			}
		}
	}
	return false
}
