package code

import "fermata/internal/syntax"

// Texts lists what an argument of a driven call may be, where each is a text that stands in the code: a helper hands on what
// each of its calls in the body passes. False where it may be something else.
func (c Call) Texts(n syntax.Node) ([]string, bool) {
	if c.checks == nil || n.IsZero() {
		return nil, false
	}
	return wholeTexts(c.checks.word(n, 0))
}

// Field is [Call.Texts] for what an object that a call is handed says under a key. An empty text stands for an object without
// that key.
func (c Call) Field(object syntax.Node, key string) ([]string, bool) {
	if c.checks == nil || object.IsZero() {
		return nil, false
	}
	return wholeTexts(c.checks.field(object, key, 0))
}

func wholeTexts(ways [][]Word) (texts []string, ok bool) {
	for _, way := range ways {
		if len(way) != 1 || !way[0].Whole {
			return nil, false
		}
		texts = append(texts, way[0].Text)
	}
	return texts, len(texts) > 0
}

// field is word for what an object says under a key.
func (c *checks) field(n syntax.Node, key string, depth int) [][]Word {
	missing, unknown := [][]Word{{{Whole: true}}}, [][]Word{{{}}}
	if depth >= deepestWord {
		return unknown
	}
	switch {
	case n.IsZero(), n.Is(syntax.Null), n.TextIs("undefined") && n.Is(syntax.Name):
		return missing
	case n.Is(syntax.Map):
		found := missing
		for part := range n.Children() { // the last one written counts
			switch {
			case part.Is(syntax.Pair) && part.Child(0).Is(syntax.String, syntax.Name) && part.Child(0).TextIs(key):
				found = c.word(part.Child(-1), depth+1)
			case part.Is(syntax.Spread):
				found = instead(found, c.field(part.Child(0), key, depth+1))
			case part.Is(syntax.Pair) && !part.Child(0).Is(syntax.String, syntax.Name):
				return unknown
			}
		}
		return found
	case n.Is(syntax.Name):
		as := func(c *checks, n syntax.Node, depth int) [][]Word { return c.field(n, key, depth) }
		if all, ok := c.passing(n, depth, as); ok {
			return all
		}
		if !parameterOf(n).IsZero() {
			return unknown
		}
		if _, bindings := c.r.meaning(n); len(bindings) == 1 && bindings[0].kind == bindAssign && len(bindings[0].path) == 0 && functionAround(bindings[0].node) == functionAround(n) {
			return c.field(bindings[0].value, key, depth+1)
		}
	}
	return unknown
}

// instead is what is under a key after an object was laid over another: its own where it has the key.
func instead(before, over [][]Word) (all [][]Word) {
	for _, way := range over {
		if len(way) == 1 && way[0].Whole && way[0].Text == "" {
			all = append(all, before...)
		} else {
			all = append(all, way)
		}
	}
	if len(all) > mostWordings {
		return [][]Word{{{}}}
	}
	return all
}
