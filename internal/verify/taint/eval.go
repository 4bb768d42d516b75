package taint

import (
	"bytes"
	"strings"

	"fermata/internal/syntax"
)

// eval gives the marks of an expression, and notes what happens inside it.
func (w *walk) eval(n syntax.Node, e env) marks {
	if n.IsZero() || w.spent() {
		return nil
	}
	switch n.Kind() {
	case syntax.String, syntax.Number, syntax.Bool, syntax.Null, syntax.Ellipsis:
		return nil
	case syntax.Name:
		if v, ok := e[n.Text()]; ok {
			return v
		}
		return w.valued(n)
	case syntax.Attr:
		return w.attribute(n, e)
	case syntax.Subscript:
		return w.item(n, e)
	case syntax.Call:
		return w.call(n, e)
	case syntax.FString:
		return w.text(n.Children(), e)
	case syntax.Interp:
		var v marks
		for c := range n.Children() {
			v = union(v, w.eval(c, e))
		}
		if quotedField(n) {
			v = v.cleaned(logKind.mask())
		}
		return v
	case syntax.Binary:
		return w.binary(n, e)
	case syntax.Logic:
		var v marks
		inside := e
		for c := range n.Children() {
			v = union(v, w.eval(c, inside))
			if n.TextIs("and") || n.TextIs("&&") {
				if found := w.guard(c, inside, true); len(found) > 0 {
					inside = inside.copy()
					w.apply(found, inside)
				}
			}
		}
		return v
	case syntax.Compare:
		for c := range n.Children() {
			w.eval(c, e)
		}
		return nil
	case syntax.Unary:
		v := w.eval(n.Child(0), e)
		if n.TextIs("&") || n.TextIs("*") || n.TextIs("<-") {
			return v
		}
		return nil
	case syntax.Cond:
		w.eval(n.Child(0), e)
		yes, no := e.copy(), e.copy()
		w.apply(w.guard(n.Child(0), e, true), yes)
		w.apply(w.guard(n.Child(0), e, false), no)
		return union(w.eval(n.Child(1), yes), w.eval(n.Child(2), no))
	case syntax.Await, syntax.Spread, syntax.Yield, syntax.Keyword:
		v := w.eval(n.Child(0), e)
		if n.Is(syntax.Yield) {
			w.rets = union(w.rets, v)
		}
		return v
	case syntax.Walrus:
		v := w.eval(n.Child(1), e)
		w.bind(n.Child(0), v, n, e)
		return v
	case syntax.List, syntax.Tuple, syntax.Set:
		var v marks
		i := 0
		for c := range n.Children() {
			one := w.eval(c, e)
			if i++; i > 1 {
				one = one.cleaned(commandMask) // what stands behind the first does not name the program
			}
			v = union(v, one)
		}
		return v
	case syntax.Map:
		return w.mapping(n, e)
	case syntax.Pair:
		w.eval(n.Child(0), e)
		return w.eval(n.Child(1), e)
	case syntax.Comp:
		inside := e.copy()
		for c := range n.All(syntax.CompFor) {
			w.bind(c.Child(0), w.eval(c.Child(1), inside), c, inside)
			i := 0
			for condition := range c.Children() {
				if i++; i > 2 {
					w.eval(condition, inside)
					w.apply(w.guard(condition, inside, true), inside)
				}
			}
		}
		return w.eval(n.Child(0), inside)
	case syntax.Lambda:
		w.lambda(n, e, nil)
		return nil
	case syntax.Slice:
		return nil
	case syntax.FuncDef, syntax.ClassDef:
		w.statement(n, e)
		return nil
	}
	var v marks
	for c := range n.Children() {
		if c.Kind() < syntax.Name {
			w.statement(c, e)
			continue
		}
		v = union(v, w.eval(c, e))
	}
	return v
}

// valued gives the marks of a name that the tables know, such as flask.request.
func (w *walk) valued(n syntax.Node) marks {
	last := n.Text()
	if len(w.t.values.byLast[last]) == 0 && len(w.t.values.open) == 0 {
		return nil
	}
	c := w.calleeOf(n)
	var v marks
	w.t.values.each(&c, func(e *entry) { v = w.marked(e.source, short(n), n) })
	if last == "files" || last == "FILES" {
		v = v.sent()
	}
	return v
}

// marked is a new mark at a place.
func (w *walk) marked(kind, name string, at syntax.Node) marks {
	s := &Source{Kind: kind, Name: name, Element: w.elem, At: at.Span()}
	return marks{{src: s, trace: (*step)(nil).then(at.Span(), SourceDoc(kind)+": "+name)}}
}

func (w *walk) attribute(n syntax.Node, e env) marks {
	if p := pathText(n); p != "" {
		if v, ok := e[p]; ok {
			return v
		}
	}
	v := w.eval(n.Child(0), e)
	if len(v) == 0 {
		return w.valued(n)
	}
	if w.t.deaf[n.Text()] || w.safeField(n) || ofServer(n) {
		return nil
	}
	if w.lastPart(n) {
		return v.lastly()
	}
	return w.ofFile(n, v.loosed())
}

// ofServer tells whether an attribute of a request is the application that was asked. Frameworks keep it there, and what it
// holds is the owner's.
func ofServer(n syntax.Node) bool {
	switch of := n.Child(0); {
	case !of.Is(syntax.Name):
		return false
	case n.TextIs("app"):
		return of.TextIs("request") || of.TextIs("req") || of.TextIs("websocket")
	case n.TextIs("server"):
		return n.Tree().Language == syntax.TypeScript && (of.TextIs("request") || of.TextIs("req"))
	}
	return false
}

// ofFile tells a file that was sent from what it came with: frameworks give it a place of their own, and only its name is
// the sender's.
func (w *walk) ofFile(n syntax.Node, v marks) marks {
	script := n.Tree().Language == syntax.TypeScript
	switch n.Text() {
	case "file", "files", "FILES":
		of := n.Child(0).Text()
		if of != "req" && of != "request" || n.TextIs("file") && !script {
			return v
		}
		return v.sent()
	case "originalname", "originalFilename":
		return v.naming()
	case "filename", "name":
		if !script { // in Express the name is made by the middleware
			return v.naming()
		}
	}
	return v
}

// safeField tells whether an attribute of a parameter is declared with a type that holds no text.
func (w *walk) safeField(n syntax.Node) bool {
	object := n.Child(0)
	if !object.Is(syntax.Name) {
		return false
	}
	class := w.types[object.Text()]
	if class == nil {
		return false
	}
	for s := range class.Node.First(syntax.Block).All(syntax.AnnAssign) {
		if s.Child(0).TextIs(n.Text()) {
			return w.safeType(s.First(syntax.Annotation).Child(0))
		}
	}
	return false
}

func (w *walk) item(n syntax.Node, e env) marks {
	if p := pathText(n); p != "" {
		if v, ok := e[p]; ok {
			return v
		}
	}
	w.eval(n.Child(1), e) // which entry is taken decides nothing about what it says
	v := w.eval(n.Child(0), e)
	if len(v) > 0 && w.lastItem(n) {
		v = v.lastly()
	}
	return v
}

// text joins the parts of a formatted text. What stands behind a fixed beginning cannot decide where an address leads.
func (w *walk) text(parts func(func(syntax.Node) bool), e env) marks {
	var out, end marks
	var before strings.Builder
	for p := range parts {
		if p.Is(syntax.String) {
			if beginsPart(p.Text()) {
				end = end.loosed()
			}
			out, end = union(out, end), nil
			before.WriteString(p.Text())
			continue
		}
		v := w.eval(p, e)
		if len(v) > 0 && hostFixed(before.String()) {
			v = v.cleaned(urlMask)
		}
		if len(v) > 0 && glued(before.String()) {
			v = v.cleaned(pathKind.mask())
		}
		if !v.allLast() {
			end = end.loosed()
		}
		out, end = union(out, end), v
		if len(v) > 0 {
			before.WriteString("\x01")
		} else {
			before.WriteString("\x00")
		}
	}
	return union(out, end)
}

var urlMask = func() mask { k, _ := kindOf("url"); return k.mask() }()

var commandMask = func() mask { k, _ := kindOf("command"); return k.mask() }()

// glued tells whether what follows a text stands in the middle of a name: behind "report_", dots that lead upwards lead
// nowhere, because there is no folder "report_..".
func glued(before string) bool {
	if before == "" {
		return false
	}
	switch last := before[len(before)-1]; last {
	case '/', '\\', '.', '\x00', '\x01', ':', ' ', '"', '\'', '~':
		return false
	}
	return true
}

// hostFixed tells whether the beginning of a text settles where an address leads: it has a scheme, a host and the end
// of it, or it begins with something that is not marked.
func hostFixed(before string) bool {
	if before == "" || before[0] == '\x01' {
		return false
	}
	i := strings.Index(before, "://")
	if i < 0 {
		return before[0] == '\x00' || strings.HasPrefix(before, "/") && !strings.HasPrefix(before, "//") || strings.ContainsAny(before, "/?")
	}
	host := before[i+3:]
	end := strings.IndexAny(host, "/?#")
	if end < 0 {
		return false
	}
	return !strings.Contains(host[:end], "\x01")
}

func (w *walk) binary(n syntax.Node, e env) marks {
	left, right := n.Child(0), n.Child(1)
	switch n.Text() {
	case "+", "/", "|":
		a, b := w.eval(left, e), w.eval(right, e)
		if left.Is(syntax.List) && left.Count() > 0 {
			b = b.cleaned(commandMask)
		}
		if len(b) > 0 {
			b = b.cleaned(w.prefixed(left))
		}
		if n.TextIs("/") || !b.allLast() && !(right.Is(syntax.String) && !beginsPart(right.Text())) {
			a = a.loosed()
		}
		return union(a, b)
	case "%":
		a, b := w.eval(left, e), w.eval(right, e)
		if left.Is(syntax.String) {
			before, _, _ := strings.Cut(left.Text(), "%")
			if hostFixed(before) {
				b = b.cleaned(urlMask)
			}
			b = w.quotedOperands(left.Text(), right, b, e)
		}
		return union(a, b).loosed()
	case "??", "||":
		return union(w.eval(left, e), w.eval(right, e))
	}
	w.eval(left, e)
	w.eval(right, e)
	return nil
}

// prefixed is what text behind an expression cannot decide any more.
func (w *walk) prefixed(left syntax.Node) mask {
	switch left.Kind() {
	case syntax.String:
		var m mask
		if glued(left.Text()) {
			m = pathKind.mask()
		}
		if hostFixed(left.Text()) {
			m |= urlMask
		}
		return m
	case syntax.Binary:
		for left.Is(syntax.Binary) {
			left = left.Child(0)
		}
		return w.prefixed(left)
	case syntax.FString:
		var b strings.Builder
		for c := range left.Children() {
			if c.Is(syntax.String) {
				b.WriteString(c.Text())
			} else {
				b.WriteString("\x00")
			}
		}
		if hostFixed(b.String()) {
			return urlMask
		}
	case syntax.Name, syntax.Attr, syntax.Call, syntax.Subscript:
		return urlMask
	}
	return 0
}

// mapping looks for messages to a model in the role of the system: their text is instructions.
func (w *walk) mapping(n syntax.Node, e env) marks {
	var v, content marks
	system := false
	for c := range n.Children() {
		if !c.Is(syntax.Pair) {
			v = union(v, w.eval(c, e))
			continue
		}
		key, _ := keyText(c.Child(0))
		if c.Child(0).Is(syntax.String) && key == "" {
			key = c.Child(0).Text()
		}
		value := w.eval(c.Child(1), e)
		switch key {
		case "role":
			role := c.Child(1)
			if role.Is(syntax.String) && (role.TextIs("system") || role.TextIs("developer")) {
				system = true
			}
		case "content", "text":
			content = value
		}
		v = union(v, value)
	}
	if system && len(content) > 0 && (!dated(n) || sent(n)) && !w.shown(n) {
		k, _ := kindOf("prompt")
		w.flow(n, k, content, "message in the role of the system")
	}
	return v
}

// dated tells whether a message says when it was written: it is an entry of a program's own record of a conversation, or news
// of one. No model is sent that, unless it stands where one is: see sent.
func dated(n syntax.Node) bool {
	for c := range n.All(syntax.Pair) {
		switch key, _ := keyText(c.Child(0)); key {
		case "timestamp", "createdAt", "created_at", "sentAt", "sent_at":
			return true
		}
	}
	return false
}

// sent tells whether a message stands among the messages of a call that names a model beside them.
func sent(n syntax.Node) bool {
	list := n.Parent()
	pair := list.Parent()
	if !list.Is(syntax.List) || !pair.Is(syntax.Pair, syntax.Keyword) {
		return false
	}
	named := false
	for c := range pair.Parent().Children() {
		switch {
		case c.Is(syntax.Keyword):
			named = named || c.TextIs("model")
		case c.Is(syntax.Pair):
			key, _ := keyText(c.Child(0))
			named = named || key == "model" || c.Child(0).TextIs("model")
		}
	}
	return named
}

// shown tells whether a message is put into what a page shows (the setter of a React state), and handed to no model there.
func (w *walk) shown(n syntax.Node) bool {
	if n.Tree().Language != syntax.TypeScript || !bytes.Contains(n.Tree().File.Content(), []byte("useState")) {
		return false
	}
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.Call) && p.Child(0).Is(syntax.Name) {
			name := p.Child(0).Text()
			return len(name) > 3 && strings.HasPrefix(name, "set") && name[3] >= 'A' && name[3] <= 'Z'
		}
	}
	return false
}

// lambda goes through a function without a name where it stands; params, when given, is what its parameters hold.
func (w *walk) lambda(n syntax.Node, e env, params func(p syntax.Node, i int) marks) {
	inside := e.copy()
	i := 0
	for p := range n.All(syntax.Param) {
		var v marks
		if params != nil {
			v = params(p, i)
		}
		w.parameter(p, v, inside)
		i++
	}
	saved := w.rets
	body := n.Child(-1)
	if body.Is(syntax.Block) {
		w.exec(body, inside)
	} else if !body.Is(syntax.Param) {
		w.rets = union(w.rets, w.eval(body, inside))
	}
	w.rets = saved
}

// parameter binds a parameter, which JavaScript may take apart.
func (w *walk) parameter(p syntax.Node, v marks, e env) {
	if p.Text() != "" {
		e.set(p.Text(), v)
		return
	}
	for c := range p.Children() {
		if c.Is(syntax.Map, syntax.List, syntax.Tuple) {
			w.bind(c, v, p, e)
		}
	}
}
