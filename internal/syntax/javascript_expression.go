package syntax

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/ije/esbuild-internal/helpers"
	"github.com/ije/esbuild-internal/js_ast"
)

// expression makes the node of one expression and gives its id.
func (r *jsReader) expression(parent int32, e js_ast.Expr) int32 {
	if !r.enter(parent, e.Loc.Start) {
		return r.tree.nodes[parent].last
	}
	defer func() { r.depth-- }()
	start := e.Loc.Start
	switch d := e.Data.(type) {
	case *js_ast.EString:
		return r.text16(parent, start, int32(r.joinedEnd(start, len(d.Value))), d.Value)
	case *js_ast.EIdentifier:
		return r.nameNode(parent, start, r.name(d.Ref))
	case *js_ast.EImportIdentifier:
		return r.nameNode(parent, start, r.name(d.Ref))
	case *js_ast.EPrivateIdentifier:
		return r.nameNode(parent, start, r.name(d.Ref))
	case *js_ast.EThis:
		return r.nameNode(parent, start, "this")
	case *js_ast.ESuper:
		return r.nameNode(parent, start, "super")
	case *js_ast.ENumber:
		text := r.numberText(start, d.Value)
		id := r.at(parent, Number, start)
		r.setString(id, text)
		if bytes.HasPrefix(r.text[start:], []byte(text)) {
			r.close(id, int(start)+len(text))
		}
		return id
	case *js_ast.EBigInt:
		id := r.at(parent, Number, start)
		r.setString(id, d.Value+"n")
		return r.close(id, r.wordEnd(start))
	case *js_ast.EBoolean:
		id := r.at(parent, Bool, start)
		r.setString(id, strconv.FormatBool(d.Value))
		return r.close(id, r.wordEnd(start))
	case *js_ast.ENull, *js_ast.EUndefined:
		return r.close(r.at(parent, Null, start), r.wordEnd(start))
	case *js_ast.EMissing:
		return r.at(parent, Null, start)
	case *js_ast.ERegExp:
		id := r.at(parent, String, start)
		r.setString(id, d.Value)
		return r.close(id, int(start)+len(d.Value))
	case *js_ast.ECall:
		id := r.at(parent, Call, start)
		r.expression(id, d.Target)
		r.expressions(id, d.Args)
		return r.close(id, after(d.CloseParenLoc))
	case *js_ast.ENew:
		id := r.at(parent, Call, start)
		r.tree.nodes[id].op = 1
		r.expression(id, d.Target)
		r.expressions(id, d.Args)
		return r.close(id, after(d.CloseParenLoc))
	case *js_ast.EDot:
		id := r.at(parent, Attr, start)
		r.setWord(id, d.NameLoc.Start, d.Name)
		r.expression(id, d.Target)
		return r.close(id, int(d.NameLoc.Start)+len(d.Name))
	case *js_ast.EIndex:
		return r.index(parent, start, d)
	case *js_ast.EArray:
		id := r.at(parent, List, start)
		r.expressions(id, d.Items)
		return r.close(id, after(d.CloseBracketLoc))
	case *js_ast.EObject:
		return r.object(parent, start, d)
	case *js_ast.EArrow:
		return r.arrow(parent, start, d)
	case *js_ast.EFunction:
		id := r.at(parent, Lambda, start)
		if d.Fn.Name != nil {
			r.setString(id, r.name(d.Fn.Name.Ref))
		}
		r.functionParts(id, &d.Fn)
		return id
	case *js_ast.EClass:
		r.class(parent, start, &d.Class)
		return r.tree.nodes[parent].last
	case *js_ast.ETemplate:
		return r.templateNode(parent, start, d)
	case *js_ast.EBinary:
		return r.binary(parent, start, d)
	case *js_ast.EUnary:
		return r.unary(parent, start, d)
	case *js_ast.EIf:
		id := r.at(parent, Cond, start)
		r.expression(id, d.Test)
		r.expression(id, d.Yes)
		r.expression(id, d.No)
		return r.close(id, 0)
	case *js_ast.EAwait:
		id := r.at(parent, Await, start)
		r.expression(id, d.Value)
		return r.close(id, 0)
	case *js_ast.EYield:
		id := r.at(parent, Yield, start)
		if d.IsStar {
			r.tree.nodes[id].op = 1
		}
		if d.ValueOrNil.Data != nil {
			r.expression(id, d.ValueOrNil)
		}
		return r.close(id, int(start)+len("yield"))
	case *js_ast.ESpread:
		id := r.at(parent, Spread, start)
		r.tree.nodes[id].op = 1
		r.expression(id, d.Value)
		return r.close(id, 0)
	case *js_ast.EJSXElement:
		return r.element(parent, start, d)
	case *js_ast.EJSXText:
		id := r.at(parent, String, start)
		value := strings.Join(strings.Fields(d.Raw), " ")
		if len(d.Raw) >= 2 && (d.Raw[0] == '"' || d.Raw[0] == '\'') && d.Raw[len(d.Raw)-1] == d.Raw[0] {
			value = d.Raw[1 : len(d.Raw)-1] // the value of a property
		}
		r.setString(id, value)
		return r.close(id, int(start)+len(d.Raw))
	case *js_ast.EInlinedEnum:
		// The value stands for a name; its place is where the name stands.
		id := r.expression(parent, js_ast.Expr{Loc: e.Loc, Data: d.Value.Data})
		end := r.wordEnd(start)
		for end+1 < len(r.text) && r.text[end] == '.' && isJSWord(r.text[end+1]) {
			end = r.wordEnd(int32(end + 1))
		}
		return r.close(id, end)
	case *js_ast.EAnnotation:
		return r.expression(parent, d.Value)
	case *js_ast.ENameOfSymbol:
		id := r.at(parent, String, start)
		r.setString(id, r.name(d.Ref))
		return r.close(id, r.wordEnd(start))
	case *js_ast.EImportCall:
		id := r.at(parent, Call, start)
		r.nameNode(id, start, "import")
		r.expression(id, d.Expr)
		if d.OptionsOrNil.Data != nil {
			r.expression(id, d.OptionsOrNil)
		}
		return r.close(id, after(d.CloseParenLoc))
	case *js_ast.EImportString:
		return r.moduleCall(parent, start, "import", d.ImportRecordIndex, after(d.CloseParenLoc))
	case *js_ast.ERequireString:
		return r.moduleCall(parent, start, "require", d.ImportRecordIndex, after(d.CloseParenLoc))
	case *js_ast.ERequireResolveString:
		return r.moduleCall(parent, start, "require.resolve", d.ImportRecordIndex, after(d.CloseParenLoc))
	case *js_ast.EImportMeta:
		id := r.at(parent, Attr, start)
		r.setString(id, "meta")
		r.nameNode(id, start, "import")
		return r.close(id, int(start+d.RangeLen))
	case *js_ast.ENewTarget:
		id := r.at(parent, Name, start)
		r.setString(id, "new.target")
		return r.close(id, int(d.Range.End()))
	}
	return r.at(parent, Null, start)
}

func (r *jsReader) expressions(parent int32, list []js_ast.Expr) {
	for _, e := range list {
		r.expression(parent, e)
	}
}

// moduleCall is a require or import of a literal module.
func (r *jsReader) moduleCall(parent int32, start int32, callee string, record uint32, end int) int32 {
	id := r.at(parent, Call, start)
	r.nameNode(id, start, callee)
	module, moduleEnd := r.modulePath(record)
	s := r.at(id, String, r.parsed.ImportRecords[record].Range.Loc.Start)
	r.setString(s, module)
	r.close(s, int(moduleEnd))
	return r.close(id, end)
}

func (r *jsReader) index(parent int32, start int32, d *js_ast.EIndex) int32 {
	if p, ok := d.Index.Data.(*js_ast.EPrivateIdentifier); ok {
		id := r.at(parent, Attr, start)
		name := r.name(p.Ref)
		r.setString(id, name)
		r.expression(id, d.Target)
		return r.close(id, int(d.Index.Loc.Start)+len(name))
	}
	id := r.at(parent, Subscript, start)
	r.expression(id, d.Target)
	r.expression(id, d.Index)
	return r.close(id, after(d.CloseBracketLoc))
}

func (r *jsReader) arrow(parent int32, start int32, d *js_ast.EArrow) int32 {
	id := r.at(parent, Lambda, start)
	if d.IsAsync {
		r.tree.nodes[id].op = 1
	}
	r.params(id, d.Args, d.HasRestArg)
	if d.PreferExpr && len(d.Body.Block.Stmts) == 1 {
		if ret, ok := d.Body.Block.Stmts[0].Data.(*js_ast.SReturn); ok && ret.ValueOrNil.Data != nil {
			r.expression(id, ret.ValueOrNil)
			return r.close(id, 0)
		}
	}
	r.block(id, d.Body.Loc.Start, d.Body.Block.Stmts, after(d.Body.Block.CloseBraceLoc))
	return r.close(id, 0)
}

// templateNode makes an FString, or a Call of the tag with the FString as its argument.
func (r *jsReader) templateNode(parent int32, start int32, d *js_ast.ETemplate) int32 {
	tagged := d.TagOrNil.Data != nil
	call := int32(-1)
	to := parent
	if tagged {
		call = r.at(parent, Call, start)
		r.expression(call, d.TagOrNil)
		to = call
	}
	head := d.HeadLoc.Start
	id := r.at(to, FString, head)
	part := func(loc int32, raw string, cooked []uint16) {
		if raw == "" && tagged || len(cooked) == 0 && !tagged {
			return
		}
		s := r.at(id, String, loc)
		if tagged {
			r.setString(s, raw)
		} else {
			r.setString(s, helpers.UTF16ToString(cooked))
		}
		r.close(s, r.templatePartEnd(loc))
	}
	// A part's place is the bracket or quote before it.
	part(head+1, d.HeadRaw, d.HeadCooked)
	end := r.templatePartEnd(head + 1)
	for _, p := range d.Parts {
		interp := r.at(id, Interp, p.Value.Loc.Start)
		r.expression(interp, p.Value)
		r.close(interp, 0)
		tail := p.TailLoc.Start
		if int(tail) < len(r.text) && tail >= 0 && r.text[tail] == '}' {
			tail++
		}
		part(tail, p.TailRaw, p.TailCooked)
		end = r.templatePartEnd(tail)
	}
	r.close(id, end+1)
	if tagged {
		return r.close(call, 0)
	}
	return id
}

// templatePartEnd is the offset of the quote or "${" that ends a template's text.
func (r *jsReader) templatePartEnd(start int32) int {
	for i := max(int(start), 0); i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '\\':
			i++
		case c == '`', c == '$' && i+1 < len(r.text) && r.text[i+1] == '{':
			return i
		}
	}
	return len(r.text)
}

func (r *jsReader) binary(parent int32, start int32, d *js_ast.EBinary) int32 {
	op := js_ast.OpTable[d.Op].Text
	kind := Binary
	switch d.Op {
	case js_ast.BinOpLogicalAnd:
		kind, op = Logic, "and"
	case js_ast.BinOpLogicalOr, js_ast.BinOpNullishCoalescing:
		kind, op = Logic, "or"
	case js_ast.BinOpLt, js_ast.BinOpLe, js_ast.BinOpGt, js_ast.BinOpGe, js_ast.BinOpIn, js_ast.BinOpInstanceof,
		js_ast.BinOpLooseEq, js_ast.BinOpLooseNe, js_ast.BinOpStrictEq, js_ast.BinOpStrictNe:
		kind = Compare
	case js_ast.BinOpComma:
		kind, op = Tuple, ""
	}
	if d.Op >= js_ast.BinOpAssign {
		kind, op = Walrus, ""
	}
	// A chain of one operator is one node for "and" and "or", as in Python; of any operator it must not recurse.
	operands := []js_ast.Expr{d.Right}
	left := d.Left
	for kind == Logic || kind == Binary || kind == Tuple {
		b, ok := left.Data.(*js_ast.EBinary)
		if !ok || b.Op != d.Op {
			break
		}
		operands = append(operands, b.Right)
		left = b.Left
	}
	operands = append(operands, left)
	// Binary has two operands: build the chain from the left, wrapping what stands already.
	if kind == Binary && len(operands) > 2 {
		return r.chain(parent, start, op, operands)
	}
	id := r.at(parent, kind, start)
	if op != "" {
		r.setString(id, op)
	}
	for i := len(operands) - 1; i >= 0; i-- {
		r.expression(id, operands[i])
	}
	return r.close(id, 0)
}

// chain makes left-leaning Binary nodes without recursing; operands come last first. A chain that is deeper than
// trees may be leans on one node of all the rest.
func (r *jsReader) chain(parent int32, start int32, op string, operands []js_ast.Expr) int32 {
	n := len(operands) - 1 // operators
	nested := min(n, MaxDepth-r.depth)
	ids := make([]int32, 0, nested)
	to := parent
	for range max(nested, 1) {
		to = r.at(to, Binary, start)
		r.setString(to, op)
		ids = append(ids, to)
	}
	i := n
	for ; i >= len(ids)-1 && i >= 0; i-- { // the innermost takes what is left over
		r.expression(to, operands[i])
	}
	for k := len(ids) - 1; k >= 0; k-- {
		r.close(ids[k], 0)
		if k > 0 {
			r.expression(ids[k-1], operands[i])
			i--
		}
	}
	return ids[0]
}

func (r *jsReader) unary(parent int32, start int32, d *js_ast.EUnary) int32 {
	if d.Op == js_ast.UnOpVoid {
		if _, literal := d.Value.Data.(*js_ast.ENumber); literal {
			return r.close(r.at(parent, Null, start), r.wordEnd(d.Value.Loc.Start))
		}
	}
	id := r.at(parent, Unary, start)
	op := js_ast.OpTable[d.Op].Text
	if d.Op == js_ast.UnOpNot {
		op = "not"
	}
	r.setString(id, op)
	r.expression(id, d.Value)
	end := 0
	if d.Op == js_ast.UnOpPostDec || d.Op == js_ast.UnOpPostInc {
		end = int(r.tree.nodes[r.tree.nodes[id].last].end) + 2
	}
	return r.close(id, end)
}

// element makes a Call of a JSX element: its properties are keywords, its children positional arguments.
func (r *jsReader) element(parent int32, start int32, d *js_ast.EJSXElement) int32 {
	id := r.at(parent, Call, start)
	if tag := d.TagOrNil; tag.Data == nil {
		r.setString(r.at(id, Name, start), "Fragment")
	} else if s, ok := tag.Data.(*js_ast.EString); ok {
		r.nameNode(id, tag.Loc.Start, helpers.UTF16ToString(s.Value))
	} else {
		r.expression(id, tag)
	}
	for i := range d.Properties {
		p := &d.Properties[i]
		if p.Kind == js_ast.PropertySpread {
			spread := r.at(id, Spread, p.Loc.Start)
			r.tree.nodes[spread].op = 2
			r.expression(spread, p.ValueOrNil)
			r.close(spread, 0)
			continue
		}
		keyword := r.at(id, Keyword, p.Loc.Start)
		name, _ := r.keyName(p)
		r.setString(keyword, name)
		if p.ValueOrNil.Data != nil {
			r.expression(keyword, p.ValueOrNil)
		} else {
			r.setString(r.at(keyword, Bool, p.Loc.Start), "true")
		}
		r.close(keyword, int(p.Key.Loc.Start)+len(name))
	}
	for _, c := range d.NullableChildren {
		if text, ok := c.Data.(*js_ast.EJSXText); c.Data == nil || ok && strings.TrimSpace(text.Raw) == "" {
			continue
		}
		r.expression(id, c)
	}
	end := 0
	if at := int(d.CloseLoc.Start); at > 0 && at < len(r.text) {
		if i := bytes.IndexByte(r.text[at:], '>'); i >= 0 {
			end = at + i + 1
		}
	}
	return r.close(id, end)
}

// stringEnd is the offset after the text literal at start, whatever its quotes.
func (r *jsReader) stringEnd(start int32) int {
	if start < 0 || int(start) >= len(r.text) {
		return int(start)
	}
	quote := r.text[start]
	if quote != '"' && quote != '\'' && quote != '`' {
		return r.wordEnd(start)
	}
	for i := int(start) + 1; i < len(r.text); i++ {
		switch r.text[i] {
		case '\\':
			i++
		case quote:
			return i + 1
		}
	}
	return len(r.text)
}

// joinedEnd is the offset after a text, or after the last of several that esbuild joined because they are added. Size
// is the length of the value: a text that is longer than its first literal was joined.
func (r *jsReader) joinedEnd(start int32, size int) int {
	end := r.stringEnd(start)
	for read := end - int(start) - 2; read < size; {
		at := end
		for at < len(r.text) && (jsWhite(r.text[at]) || r.text[at] == '+') {
			at++
		}
		if at == end || at >= len(r.text) || r.text[at] != '"' && r.text[at] != '\'' && r.text[at] != '`' {
			break
		}
		end = r.stringEnd(int32(at))
		read += end - at - 2
	}
	return end
}

// wordEnd is the offset after the name or number at start.
func (r *jsReader) wordEnd(start int32) int {
	i := max(int(start), 0)
	for i < len(r.text) && isJSWord(r.text[i]) {
		i++
	}
	return i
}

// numberText is a number as written, or as it would be when it is not written at start.
func (r *jsReader) numberText(start int32, value float64) string {
	i := max(int(start), 0)
	for i < len(r.text) {
		c := r.text[i]
		if isJSWord(c) || c == '.' {
			i++
			continue
		}
		if (c == '+' || c == '-') && i > int(start) && (r.text[i-1] == 'e' || r.text[i-1] == 'E') && !bytes.HasPrefix(r.text[start:], []byte("0x")) {
			i++
			continue
		}
		break
	}
	if start >= 0 && int(start) < len(r.text) {
		if c := r.text[start]; c >= '0' && c <= '9' || c == '.' {
			return string(r.text[start:i])
		}
	}
	return strconv.FormatFloat(value, 'g', -1, 64)
}

// statementEnd is a rough end of a top-level statement, from the nodes that it would make: nothing is kept.
func (r *jsReader) statementEnd(s js_ast.Stmt) int {
	scratch := &jsReader{
		builder: newBuilder(r.tree.File, TypeScript, nil), text: r.text, parsed: r.parsed, symbols: r.symbols,
	}
	scratch.tree.text = r.text
	scratch.statement(scratch.add(0, Module, 0, 0), s)
	scratch.close(0, 0)
	return int(scratch.tree.nodes[0].end)
}
