package syntax

import (
	"strings"

	"github.com/ije/esbuild-internal/ast"
	"github.com/ije/esbuild-internal/helpers"
	"github.com/ije/esbuild-internal/js_ast"

	"fermata/internal/source"
)

// name is what a symbol was called in the text.
func (r *jsReader) name(ref ast.Ref) string {
	if int(ref.InnerIndex) < len(r.symbols) {
		return r.symbols[ref.InnerIndex].OriginalName
	}
	return ""
}

// at makes a node that begins at start; close sets its end.
func (r *jsReader) at(parent int32, kind Kind, start int32) int32 {
	at := min(max(int(start), 0), len(r.text))
	return r.add(parent, kind, at, at)
}

// close ends a node at an offset, or after its last child, whichever is later.
func (r *jsReader) close(id int32, end int) int32 {
	n := &r.tree.nodes[id]
	e := max(int32(min(end, len(r.text))), n.start, n.end)
	for c := n.first; c != 0; c = r.tree.nodes[c].next {
		e = max(e, r.tree.nodes[c].end)
	}
	n.end = e
	return id
}

// enter counts the depth; false when it is too deep, and then an Error node stands for what is left out.
func (r *jsReader) enter(parent int32, start int32) bool {
	if r.depth < MaxDepth && len(r.tree.nodes) < MaxNodes {
		r.depth++
		return true
	}
	id := r.at(parent, Error, start)
	if !r.tooDeep {
		r.tooDeep = true
		n := r.tree.nodes[id]
		r.diagnose(source.Error, TooDeep, bound("code is", r.depth), int(n.start), int(n.end))
	}
	return false
}

func (r *jsReader) modulePath(ref uint32) (string, int32) {
	record := r.parsed.ImportRecords[ref]
	return record.Path.Text, record.Range.Loc.Start + record.Range.Len
}

func (r *jsReader) statements(parent int32, list []js_ast.Stmt) {
	for _, s := range list {
		r.statement(parent, s)
	}
}

// block makes a Block of statements; end is the offset after its bracket, or 0 when it has none.
func (r *jsReader) block(parent int32, start int32, list []js_ast.Stmt, end int) int32 {
	id := r.at(parent, Block, start)
	r.statements(id, list)
	return r.close(id, end)
}

// body makes a Block of one statement, which may be a block itself.
func (r *jsReader) body(parent int32, s js_ast.Stmt) int32 {
	if b, ok := s.Data.(*js_ast.SBlock); ok {
		return r.block(parent, s.Loc.Start, b.Stmts, int(b.CloseBraceLoc.Start)+1)
	}
	return r.block(parent, s.Loc.Start, []js_ast.Stmt{s}, 0)
}

func (r *jsReader) text16(parent int32, start, end int32, value []uint16) int32 {
	id := r.at(parent, String, start)
	r.setString(id, helpers.UTF16ToString(value))
	return r.close(id, int(end))
}

// setWord gives a node a word as its Text, as a range of the text where it stands there.
func (r *jsReader) setWord(id int32, start int32, word string) bool {
	if end := int(start) + len(word); start >= 0 && end <= len(r.text) && string(r.text[start:end]) == word {
		r.setText(id, int(start), end)
		return true
	}
	r.setString(id, word)
	return false
}

func (r *jsReader) nameNode(parent int32, start int32, name string) int32 {
	id := r.at(parent, Name, start)
	// Within a class esbuild calls the class by a name of its own: with an underscore before it.
	if own, ok := strings.CutPrefix(name, "_"); ok && own != "" && r.wordEnd(start) == int(start)+len(own) && r.setWord(id, start, own) {
		return r.close(id, int(start)+len(own))
	}
	if r.setWord(id, start, name) {
		return r.close(id, int(start)+len(name))
	}
	return id
}

func (r *jsReader) simple(parent int32, start int32, word string) int32 {
	id := r.at(parent, Simple, start)
	r.setString(id, word)
	return r.close(id, int(start)+len(word))
}

func (r *jsReader) statement(parent int32, s js_ast.Stmt) {
	if !r.enter(parent, s.Loc.Start) {
		return
	}
	defer func() { r.depth-- }()
	start := s.Loc.Start
	switch d := s.Data.(type) {
	case *js_ast.SImport, *js_ast.SExportFrom, *js_ast.SExportStar, *js_ast.SExportClause, *js_ast.SExportDefault, *js_ast.SExportEquals:
		r.moduleStatement(parent, s)
	case *js_ast.SExpr:
		r.expressionStatement(parent, start, d.Value)
	case *js_ast.SDirective:
		id := r.at(parent, ExprStmt, start)
		r.text16(id, start, int32(r.stringEnd(start)), d.Value)
		r.close(id, 0)
	case *js_ast.SLocal:
		r.local(r.exported(parent, start, d.IsExport), start, d)
	case *js_ast.SFunction:
		to := r.exported(parent, start, d.IsExport)
		r.function(to, start, &d.Fn)
		r.closeExport(parent, to)
	case *js_ast.SClass:
		to := r.exported(parent, start, d.IsExport)
		r.class(to, start, &d.Class)
		r.closeExport(parent, to)
	case *js_ast.SBlock:
		r.block(parent, start, d.Stmts, int(d.CloseBraceLoc.Start)+1)
	case *js_ast.SLabel:
		r.statement(parent, d.Stmt)
	case *js_ast.SIf:
		id := r.at(parent, If, start)
		r.expression(id, d.Test)
		r.body(id, d.Yes)
		if d.NoOrNil.Data != nil {
			other := r.at(id, Else, d.NoOrNil.Loc.Start)
			if _, chain := d.NoOrNil.Data.(*js_ast.SIf); chain {
				r.depth-- // a chain of them is a deep tree, and no deep code
				r.statement(other, d.NoOrNil)
				r.depth++
			} else {
				r.body(other, d.NoOrNil)
			}
			r.close(other, 0)
		}
		r.close(id, 0)
	case *js_ast.SFor:
		r.forStatement(parent, start, d)
	case *js_ast.SForIn:
		r.forEach(parent, start, d.Init, d.Value, d.Body, false)
	case *js_ast.SForOf:
		r.forEach(parent, start, d.Init, d.Value, d.Body, d.Await.Len > 0)
	case *js_ast.SWhile:
		id := r.at(parent, While, start)
		r.expression(id, d.Test)
		r.body(id, d.Body)
		r.close(id, 0)
	case *js_ast.SDoWhile:
		id := r.at(parent, While, start)
		r.expression(id, d.Test)
		r.body(id, d.Body)
		r.close(id, 0)
	case *js_ast.SWith:
		id := r.at(parent, With, start)
		item := r.at(id, WithItem, d.Value.Loc.Start)
		r.expression(item, d.Value)
		r.close(item, 0)
		r.body(id, d.Body)
		r.close(id, 0)
	case *js_ast.STry:
		r.try(parent, start, d)
	case *js_ast.SSwitch:
		id := r.at(parent, Match, start)
		r.expression(id, d.Test)
		for _, c := range d.Cases {
			one := r.at(id, Case, c.Loc.Start)
			if c.ValueOrNil.Data != nil {
				r.expression(one, c.ValueOrNil)
			}
			from := c.Loc.Start
			if len(c.Body) > 0 {
				from = c.Body[0].Loc.Start
			}
			r.block(one, from, c.Body, 0)
			r.close(one, 0)
		}
		r.close(id, int(d.CloseBraceLoc.Start)+1)
	case *js_ast.SReturn:
		id := r.at(parent, Return, start)
		if d.ValueOrNil.Data != nil {
			r.expression(id, d.ValueOrNil)
		}
		r.close(id, int(start)+len("return"))
	case *js_ast.SThrow:
		id := r.at(parent, Raise, start)
		r.expression(id, d.Value)
		r.close(id, 0)
	case *js_ast.SBreak:
		r.simple(parent, start, "break")
	case *js_ast.SContinue:
		r.simple(parent, start, "continue")
	case *js_ast.SDebugger:
		r.simple(parent, start, "debugger")
	case *js_ast.SNamespace:
		r.statements(parent, d.Stmts)
	}
}

// local makes an Assign for each declared variable; one without a value is a Simple "let" (or what was written).
func (r *jsReader) local(parent int32, start int32, d *js_ast.SLocal) {
	if len(d.Decls) == 1 && r.isEnum(start) {
		decl := d.Decls[0]
		if decl.ValueOrNil.Data == nil {
			return // in a block the enum's object is filled by a statement of its own, which follows
		}
		if name, ok := decl.Binding.Data.(*js_ast.BIdentifier); ok && r.emittedEnum(parent, start, r.name(name.Ref), decl.ValueOrNil) {
			return
		}
	}
	for _, decl := range d.Decls {
		if decl.ValueOrNil.Data == nil {
			word := "let"
			if d.Kind == js_ast.LocalVar {
				word = "var"
			}
			id := r.at(parent, Simple, decl.Binding.Loc.Start)
			r.setString(id, word)
			r.binding(id, decl.Binding)
			r.close(id, 0)
			continue
		}
		id := r.at(parent, Assign, decl.Binding.Loc.Start)
		if len(d.Decls) == 1 && r.tree.nodes[parent].kind != Export {
			r.tree.nodes[id].start = start
		}
		r.binding(id, decl.Binding)
		r.expression(id, decl.ValueOrNil)
		r.close(id, 0)
	}
	if r.tree.nodes[parent].kind == Export {
		r.close(parent, 0)
	}
}

// forStatement reads a loop of three parts. It iterates Null; its parts stand in the block as statements, so that
// nothing called there is lost.
func (r *jsReader) forStatement(parent int32, start int32, d *js_ast.SFor) {
	id := r.at(parent, For, start)
	r.at(id, Null, start)
	block := r.at(id, Block, d.Body.Loc.Start)
	if d.InitOrNil.Data != nil {
		r.statement(block, d.InitOrNil)
	}
	if d.TestOrNil.Data != nil {
		r.expressionStatement(block, d.TestOrNil.Loc.Start, d.TestOrNil)
	}
	if d.UpdateOrNil.Data != nil {
		r.expressionStatement(block, d.UpdateOrNil.Loc.Start, d.UpdateOrNil)
	}
	if b, ok := d.Body.Data.(*js_ast.SBlock); ok {
		r.statements(block, b.Stmts)
		r.close(block, int(b.CloseBraceLoc.Start)+1)
	} else {
		r.statement(block, d.Body)
		r.close(block, 0)
	}
	r.close(id, 0)
}

func (r *jsReader) forEach(parent int32, start int32, init js_ast.Stmt, value js_ast.Expr, body js_ast.Stmt, async bool) {
	id := r.at(parent, For, start)
	if async {
		r.tree.nodes[id].op = 1
	}
	switch t := init.Data.(type) {
	case *js_ast.SLocal:
		r.binding(id, t.Decls[0].Binding)
	case *js_ast.SExpr:
		r.expression(id, t.Value)
	default:
		r.at(id, Null, init.Loc.Start)
	}
	r.expression(id, value)
	r.body(id, body)
	r.close(id, 0)
}

func (r *jsReader) try(parent int32, start int32, d *js_ast.STry) {
	id := r.at(parent, Try, start)
	r.block(id, d.BlockLoc.Start, d.Block.Stmts, int(d.Block.CloseBraceLoc.Start)+1)
	if d.Catch != nil {
		except := r.at(id, Except, d.Catch.Loc.Start)
		if b, ok := d.Catch.BindingOrNil.Data.(*js_ast.BIdentifier); ok {
			r.setString(except, r.name(b.Ref))
		}
		r.block(except, d.Catch.BlockLoc.Start, d.Catch.Block.Stmts, int(d.Catch.Block.CloseBraceLoc.Start)+1)
		r.close(except, 0)
	}
	if d.Finally != nil {
		finally := r.at(id, Finally, d.Finally.Loc.Start)
		r.block(finally, d.Finally.Loc.Start, d.Finally.Block.Stmts, int(d.Finally.Block.CloseBraceLoc.Start)+1)
		r.close(finally, 0)
	}
	r.close(id, 0)
}

// names tells whether the left side of an assignment is a name, or a pattern of them.
func names(left js_ast.Expr) bool {
	switch left.Data.(type) {
	case *js_ast.EIdentifier, *js_ast.EArray, *js_ast.EObject:
		return true
	}
	return false
}

// expressionStatement makes an Assign or AugAssign of an assignment and an ExprStmt of everything else.
func (r *jsReader) expressionStatement(parent int32, start int32, e js_ast.Expr) {
	if b, ok := e.Data.(*js_ast.EBinary); ok && b.Op >= js_ast.BinOpAssign {
		kind, op := Assign, ""
		if b.Op != js_ast.BinOpAssign {
			kind = AugAssign
			op = js_ast.OpTable[b.Op].Text
			op = op[:len(op)-1]
		}
		id := r.at(parent, kind, start)
		if op != "" {
			r.setString(id, op)
		} else if names(b.Left) {
			r.tree.nodes[id].op = 1
		}
		r.expression(id, b.Left)
		r.expression(id, b.Right)
		r.close(id, 0)
		return
	}
	if _, ok := e.Data.(*js_ast.ECall); ok && r.isEnum(start) {
		at := int(start)
		if name := jsEnum.FindSubmatch(r.text[at:min(at+200, len(r.text))]); r.emittedEnum(parent, start, string(name[1]), e) {
			return
		}
	}
	id := r.at(parent, ExprStmt, start)
	r.expression(id, e)
	r.close(id, 0)
}
