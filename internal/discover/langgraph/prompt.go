package langgraph

import (
	"fermata/internal/code"
	"fermata/internal/discover"
)

// prompt describes the instructions in a prompt template or message.
func (f *file) prompt(agent discover.Ref, name string, v *code.Value, i int) {
	text := f.promptText(v)
	if text == nil {
		return
	}
	if i > 0 {
		return // an agent has one prompt element; further templates of its steps would be taken for agents' own
	}
	f.Prompt(agent, name, text)
}

// maxNesting is how many values within values are followed for a prompt's text. A value may hold itself: a message that
// a loop adds to a list is made from that list.
const maxNesting = 20

// promptText is the system message of a template, or its whole text.
func (f *file) promptText(v *code.Value) *code.Value {
	if v == nil || f.nesting >= maxNesting {
		return nil
	}
	f.nesting++
	defer func() { f.nesting-- }()
	switch v.Kind {
	case code.String, code.Function, code.Env:
		return v
	case code.Choice:
		for _, one := range v.Each() {
			if text := f.promptText(one); text != nil {
				return text
			}
		}
		return nil
	case code.List:
		for _, item := range v.Items {
			if text := f.messageText(item, true); text != nil {
				return text
			}
		}
		for _, item := range v.Items {
			if text := f.messageText(item, false); text != nil {
				return text
			}
		}
		return nil
	case code.Instance:
		for _, key := range []string{"content", "template", "messages", "prompt"} {
			if arg := v.Arg(key, 0); arg != nil {
				if text := f.promptText(arg); text != nil {
					return text
				}
			}
		}
		return f.promptText(v.Base)
	}
	return nil
}

// messageText is the text of one message of a list: ("system", "…"), SystemMessage("…"), {"role": "system", …}.
func (f *file) messageText(v *code.Value, system bool) *code.Value {
	switch v.Kind {
	case code.List:
		if len(v.Items) != 2 {
			return nil
		}
		role := v.Items[0].Str()
		if system != (role == "system" || role == "developer") {
			return nil
		}
		if v.Items[1].Is(code.String) {
			return v.Items[1]
		}
	case code.Dict:
		role := v.Get("role").Str()
		if system == (role == "system" || role == "developer") && v.Get("content").Is(code.String) {
			return v.Get("content")
		}
	case code.Instance:
		isSystem := v.Root().Ref.Is("**.SystemMessage", "**.SystemMessagePromptTemplate", "**.SystemMessagePromptTemplate.from_template")
		if system == isSystem {
			return f.promptText(v)
		}
	case code.String:
		if !system {
			return v
		}
	}
	return nil
}
