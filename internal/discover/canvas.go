package discover

import (
	"fermata/internal/model"
	"fermata/internal/source"
)

// Editors for agents without code (n8n, Dify, Flowise, Langflow) keep what somebody drew as boxes and wires. What a
// wire means is the same in all of them, so it is said here once: an extractor describes the elements, puts each into
// a [Box], and [Pass.Draw] says the flows between them.

// Role says what a box of a canvas is.
type Role uint8

// The roles. A Plain box only passes on what it gets (a condition, a merge, a template); Glue stands between a box and
// what that uses (a retriever between a chain and its store).
const (
	Plain Role = iota
	Glue
	AgentBox
	ModelBox
	MemoryBox
	KnowledgeBox
	StoreBox // records that the canvas reads or changes
	ToolBox
	ServerBox   // an MCP server that the canvas uses, or is
	EntryBox    // a person or outside party that gives the canvas work
	GuardBox    // a check on what passes
	ReviewerBox // a person who is asked before it goes on
)

// Canvas is a program that was drawn.
type Canvas struct {
	Technology string
	Name       string
	Ref        Ref         // the whole
	At         source.Span // where it is defined
	Whole      bool        // it is an orchestrator beside its agents; else it is no more than they
	Boxes      []*Box
}

// Box is one of its parts.
type Box struct {
	Role      Role
	Ref       Ref // zero for Plain and Glue
	Name      string
	At        source.Span
	Texts     []BoxText // instructions of an agent
	Uses      []*Box    // models, memory, stores, tools, agents that it has at hand
	Next      []*Box    // where what it gives goes to
	Untrusted bool      // strangers can write what it gives
	Checked   string    // entry: whether it is checked who sends, yes or no
	Answers   bool      // entry: what comes out goes back there
	Silent    bool      // tool: it gives nothing of the outside back
	Fills     bool      // knowledge, store: the canvas writes into it
	Reads     bool      // knowledge, store on the way: it is asked there
	Drawn     bool      // tool on the way: the drawing decides when it runs and with what, but for what Given brings
	Given     []*Box    // tool that is Drawn: whose outputs decide what it acts on, and not only what it says

	used, tainted bool
}

// BoxText is a text in which the editor fills in what the program gets.
type BoxText struct {
	Text  string
	At    source.Span
	Holes []TextHole
}

// TextHole is a place in a text that is filled when the program runs.
type TextHole struct {
	Name string
	From *Box // whose output it is; nil for what comes in at the box itself
}

// mostDrawn is how many wires are followed on one canvas; a person draws a few hundred.
const mostDrawn = 1 << 18

// Draw says the flows of a canvas, the orchestrator that it is when it is one, and the prompts of its agents. It
// returns the orchestrator's element, nil when there is none.
func (p *Pass) Draw(c *Canvas) *Element {
	for _, b := range c.Boxes {
		for _, u := range b.Uses {
			u.used = true
		}
	}
	spread(c.Boxes)
	var whole *Element
	if c.Whole {
		whole = p.Element(model.Orchestrator, c.Ref, c.Name, c.At).Technology(c.Technology).
			FactBecause("fixed-steps", model.Yes, "what it does, and with whose words, is drawn", c.At)
	}
	d := drawing{p: p, c: c, left: mostDrawn}
	for _, b := range c.Boxes {
		d.uses(b)
		d.texts(b)
		if c.Whole {
			d.runs(b)
		}
		if b.Role != Plain && b.Role != Glue {
			d.follow(b)
		}
	}
	if d.left < 0 {
		p.Unresolved(c.Name, "it has more wires than can be followed", c.At)
	}
	return whole
}

// spread marks all boxes that text of strangers reaches.
func spread(boxes []*Box) {
	var queue []*Box
	mark := func(b *Box) {
		if !b.tainted {
			b.tainted = true
			queue = append(queue, b)
		}
	}
	users := map[*Box][]*Box{}
	for _, b := range boxes {
		for _, u := range b.Uses {
			users[u] = append(users[u], b)
		}
		if b.Untrusted {
			mark(b)
		}
	}
	for len(queue) > 0 {
		b := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, n := range b.Next {
			mark(n)
		}
		for _, u := range users[b] {
			mark(u)
		}
	}
}

// drawing is a canvas on its way into a model.
type drawing struct {
	p      *Pass
	c      *Canvas
	left   int           // wires that may still be followed
	before map[*Box]bool // boxes that text of strangers is wired into
	wired  map[*Box][]*Box
}

// hands lists what a box has at hand, through glue.
func (d *drawing) hands(b *Box) []*Box {
	var all []*Box
	seen := map[*Box]bool{b: true}
	queue := append([]*Box(nil), b.Uses...)
	for len(queue) > 0 && d.left >= 0 {
		u := queue[0]
		queue = queue[1:]
		d.left--
		if seen[u] {
			continue
		}
		seen[u] = true
		if u.Role == Glue {
			queue = append(queue, u.Uses...)
			continue
		}
		all = append(all, u)
	}
	return all
}

func (d *drawing) uses(b *Box) {
	if b.Ref.IsZero() || b.Role == EntryBox || b.Role == ReviewerBox { // a chat that shows the memory does not think
		return
	}
	for _, u := range d.hands(b) {
		if u.Ref.IsZero() {
			continue
		}
		at := u.At
		switch u.Role {
		case ModelBox:
			if b.Role != KnowledgeBox {
				d.p.Flow(model.PromptFlow, b.Ref, u.Ref, at)
			}
		case MemoryBox:
			d.p.Flow(model.MemoryRead, u.Ref, b.Ref, at)
			d.p.Flow(model.MemoryWrite, b.Ref, u.Ref, at)
		case KnowledgeBox:
			if b.Role == AgentBox || b.Role == ToolBox {
				d.p.Flow(model.Retrieval, u.Ref, b.Ref, at)
			}
		case ToolBox, ServerBox:
			if b.Role == ServerBox {
				d.p.Flow(model.Provides, b.Ref, u.Ref, at)
			} else {
				d.p.Flow(model.ToolCall, b.Ref, u.Ref, at)
			}
		case AgentBox:
			switch b.Role {
			case AgentBox:
				d.p.Flow(model.Delegation, b.Ref, u.Ref, at)
			case ServerBox:
				d.p.Flow(model.Provides, b.Ref, u.Ref, at)
			case ToolBox:
				d.p.Flow(model.Message, b.Ref, u.Ref, at)
			}
		case GuardBox:
			d.p.Flow(model.Enforces, u.Ref, b.Ref, at)
		}
	}
}

// runs says what the whole does with a box.
func (d *drawing) runs(b *Box) {
	if b.used || b.Ref.IsZero() {
		return
	}
	switch b.Role {
	case AgentBox:
		d.p.Flow(model.Delegation, d.c.Ref, b.Ref, b.At)
	case ToolBox, ServerBox:
		if b.Drawn {
			for _, ref := range d.callers(b) {
				d.p.Flow(model.ToolCall, ref, b.Ref, b.At)
			}
			return
		}
		if b.Role == ServerBox && len(b.Uses) > 0 {
			return // it offers, nobody calls it here
		}
		d.p.Flow(model.ToolCall, d.c.Ref, b.Ref, b.At)
	case KnowledgeBox:
		if b.Fills {
			d.p.Flow(model.Index, d.c.Ref, b.Ref, b.At)
		}
		if b.Reads {
			d.p.Flow(model.Retrieval, b.Ref, d.c.Ref, b.At)
		}
	case StoreBox:
		if b.Fills {
			d.p.Flow(model.DataWrite, d.c.Ref, b.Ref, b.At)
		}
		if b.Reads {
			d.p.Flow(model.DataRead, b.Ref, d.c.Ref, b.At)
		}
	case EntryBox:
		d.p.Flow(model.PromptFlow, b.Ref, d.c.Ref, b.At).Fact("authenticated", b.Checked, b.At)
		if b.Answers {
			d.p.Flow(model.Completion, d.c.Ref, b.Ref, b.At)
		}
	}
}

// callers are those whose word a tool on the way acts on. A step that is drawn with all that it acts on is nobody's to
// call: a model before it can change what it says, and not what it does. Where an agent's output is filled in, the agent
// calls it; where something else is, the whole does.
func (d *drawing) callers(b *Box) []Ref {
	if !b.Drawn {
		return []Ref{d.c.Ref}
	}
	var all []Ref
	whole := false
	for _, g := range b.Given {
		switch {
		case g.Role == AgentBox && !g.Ref.IsZero():
			all = append(all, g.Ref)
		case !whole:
			whole = true
			all = append(all, d.c.Ref)
		}
	}
	return all
}

// follow finds the next boxes that do something, and says what passes to each.
func (d *drawing) follow(b *Box) {
	seen := map[*Box]bool{b: true}
	queue := append([]*Box(nil), b.Next...)
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		if d.left--; d.left < 0 {
			return
		}
		if seen[n] {
			continue
		}
		seen[n] = true
		if n.Role == Plain || n.Role == Glue {
			queue = append(queue, n.Next...)
			continue
		}
		d.passes(b, n)
		if n.Role == ReviewerBox || n.Role == GuardBox { // what they let pass goes on
			queue = append(queue, n.Next...)
		}
	}
}

func (d *drawing) passes(a, b *Box) {
	if a.Ref.IsZero() || b.Ref.IsZero() || a.Ref.Key() == b.Ref.Key() {
		return
	}
	switch {
	case a.Role == EntryBox && b.Role == AgentBox:
		d.p.Flow(model.PromptFlow, a.Ref, b.Ref, b.At).Fact("authenticated", a.Checked, a.At)
		if a.Answers && !d.c.Whole {
			d.p.Flow(model.Completion, b.Ref, a.Ref, b.At)
		}
	case a.Role == AgentBox && (b.Role == AgentBox || b.Role == ToolBox):
		d.p.Flow(model.Message, a.Ref, b.Ref, b.At)
	case a.Role == AgentBox && b.Role == EntryBox:
		d.p.Flow(model.Completion, a.Ref, b.Ref, b.At)
	case a.Role == ToolBox && b.Role == AgentBox && !a.Silent:
		d.p.Flow(model.ToolResult, a.Ref, b.Ref, b.At)
	case b.Role == KnowledgeBox && b.Fills && (a.Role == AgentBox || a.Role == ToolBox || a.Role == EntryBox):
		d.p.Flow(model.Index, a.Ref, b.Ref, b.At)
	case a.Role == KnowledgeBox && b.Role == AgentBox:
		d.p.Flow(model.Retrieval, a.Ref, b.Ref, b.At)
	case a.Role == StoreBox && b.Role == AgentBox && a.Reads:
		d.p.Flow(model.DataRead, a.Ref, b.Ref, b.At)
	case a.Role == AgentBox && b.Role == StoreBox && b.Fills:
		d.p.Flow(model.DataWrite, a.Ref, b.Ref, b.At)
	case a.Role == MemoryBox && b.Role == AgentBox:
		d.p.Flow(model.MemoryRead, a.Ref, b.Ref, b.At)
	case a.Role == AgentBox && b.Role == MemoryBox:
		d.p.Flow(model.MemoryWrite, a.Ref, b.Ref, b.At)
	case b.Role == ReviewerBox && (a.Role == AgentBox || a.Role == ToolBox || a.Role == StoreBox && a.Reads):
		d.p.Flow(model.Approval, a.Ref, b.Ref, b.At)
	case a.Role == ReviewerBox && b.Role == ToolBox && d.c.Whole:
		callers := d.callers(b)
		if len(callers) == 0 { // the person's word starts it
			d.p.Flow(model.ToolCall, d.c.Ref, b.Ref, b.At)
			callers = append(callers, d.c.Ref)
		}
		for _, ref := range callers {
			d.p.Control("human-approval", FlowRef(model.ToolCall, ref, b.Ref), a.Ref, model.Evidenced, a.At)
		}
	case a.Role == GuardBox && b.Role == AgentBox:
		d.p.Flow(model.Enforces, a.Ref, b.Ref, b.At)
	case b.Role == GuardBox && a.Role == AgentBox:
		d.p.Flow(model.Enforces, b.Ref, a.Ref, b.At)
	}
}

// texts describes the instructions of an agent.
func (d *drawing) texts(b *Box) {
	if b.Role != AgentBox || len(b.Texts) == 0 {
		return
	}
	ref := Of(b.Ref, "prompt")
	e := d.p.Element(model.Prompt, ref, b.Name+" instructions", b.Texts[0].At)
	d.p.Flow(model.PromptFlow, ref, b.Ref, b.Texts[0].At)
	fixed := true
	for _, t := range b.Texts {
		if e.model.Detail == "" {
			e.Detail(firstWords(t.Text))
		}
		for _, h := range t.Holes {
			fixed = false
			if h.From != nil { // whatever stands between: its words are written into what the agent is told
				for _, from := range d.behind(h.From) {
					d.passes(from, b)
				}
			}
			if h.From == nil && d.fed(b) || h.From != nil && h.From.tainted {
				e.FactBecause("untrusted-text", model.Yes, "{"+clip(h.Name)+"} is written into it", t.At)
			}
		}
	}
	if fixed {
		e.FactBecause("untrusted-text", model.No, "its whole text is in the file", b.Texts[0].At)
	}
}

// behind gives a box that does something, or for one that only passes on what it gets, those that do something before it.
func (d *drawing) behind(b *Box) []*Box {
	if b.Role != Plain && b.Role != Glue {
		return []*Box{b}
	}
	if d.wired == nil {
		d.wired = map[*Box][]*Box{}
		for _, a := range d.c.Boxes {
			for _, n := range a.Next {
				d.wired[n] = append(d.wired[n], a)
			}
		}
	}
	var all []*Box
	seen := map[*Box]bool{b: true}
	for queue := append([]*Box(nil), d.wired[b]...); len(queue) > 0; queue = queue[1:] {
		a := queue[0]
		if d.left--; d.left < 0 || seen[a] {
			continue
		}
		seen[a] = true
		if a.Role == Plain || a.Role == Glue || a.Role == StoreBox { // what was looked up on the way is passed on beside it
			queue = append(queue, d.wired[a]...)
		}
		if a.Role != Plain && a.Role != Glue {
			all = append(all, a)
		}
	}
	return all
}

// fed tells whether text of strangers comes in at a box, and is not only what its own tools bring.
func (d *drawing) fed(b *Box) bool {
	if !b.tainted {
		return false
	}
	if d.before == nil {
		d.before = map[*Box]bool{}
		for _, a := range d.c.Boxes {
			if a.tainted {
				for _, n := range a.Next {
					d.before[n] = true
				}
			}
		}
	}
	return d.before[b]
}
