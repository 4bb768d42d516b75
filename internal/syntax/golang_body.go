package syntax

import (
	"go/ast"
	"go/token"
	"strings"
)

func (r *goReader) simple(parent int32, n ast.Node, word string) int32 {
	id := r.node(parent, Simple, n)
	r.setString(id, word)
	return id
}

func (r *goReader) stmt(parent int32, s ast.Stmt) {
	if s == nil || !r.enter(parent, s) {
		return
	}
	defer func() { r.depth-- }()
	switch s := s.(type) {
	case *ast.DeclStmt:
		r.decl(parent, s.Decl)
	case *ast.LabeledStmt:
		r.stmt(parent, s.Stmt)
	case *ast.ExprStmt:
		r.expr(r.node(parent, ExprStmt, s), s.X)
	case *ast.SendStmt:
		id := r.node(r.node(parent, ExprStmt, s), Binary, s)
		r.setString(id, "<-")
		r.expr(id, s.Chan)
		r.expr(id, s.Value)
	case *ast.IncDecStmt:
		id := r.node(r.node(parent, ExprStmt, s), Unary, s)
		r.setString(id, s.Tok.String())
		r.expr(id, s.X)
	case *ast.AssignStmt:
		r.assign(parent, s)
	case *ast.GoStmt:
		r.expr(r.simple(parent, s, "go"), s.Call)
	case *ast.DeferStmt:
		r.expr(r.simple(parent, s, "defer"), s.Call)
	case *ast.ReturnStmt:
		id := r.node(parent, Return, s)
		switch len(s.Results) {
		case 0:
		case 1:
			r.expr(id, s.Results[0])
		default:
			to := r.add(id, Tuple, r.at(s.Results[0].Pos()), r.at(s.End()))
			r.exprs(to, s.Results)
		}
	case *ast.BranchStmt:
		r.simple(parent, s, s.Tok.String())
	case *ast.BlockStmt:
		r.block(parent, s)
	case *ast.IfStmt:
		r.stmt(parent, s.Init)
		id := r.node(parent, If, s)
		r.expr(id, s.Cond)
		r.block(id, s.Body)
		switch e := s.Else.(type) {
		case *ast.BlockStmt:
			r.block(r.node(id, Else, e), e)
		case *ast.IfStmt:
			to := r.node(id, Else, e)
			if e.Init != nil { // two statements need a Block
				to = r.node(to, Block, e)
			}
			r.stmt(to, e)
		}
	case *ast.SwitchStmt:
		r.stmt(parent, s.Init)
		id := r.node(parent, Match, s)
		if s.Tag != nil {
			r.expr(id, s.Tag)
		} else {
			r.boolean(id, s.Body)
		}
		r.cases(id, s.Body)
	case *ast.TypeSwitchStmt:
		r.stmt(parent, s.Init)
		id := r.node(parent, Match, s)
		r.typeSwitch(id, s.Assign)
		r.cases(id, s.Body)
	case *ast.SelectStmt:
		id := r.node(parent, Match, s)
		r.boolean(id, s.Body)
		r.cases(id, s.Body)
	case *ast.ForStmt:
		r.forStmt(parent, s)
	case *ast.RangeStmt:
		id := r.node(parent, For, s)
		switch {
		case s.Key != nil && s.Value != nil:
			to := r.add(id, Tuple, r.at(s.Key.Pos()), r.at(s.Value.End()))
			r.expr(to, s.Key)
			r.expr(to, s.Value)
		case s.Key != nil:
			r.expr(id, s.Key)
		default:
			start := r.at(s.For)
			r.add(id, Null, start, start)
		}
		r.expr(id, s.X)
		r.block(id, s.Body)
	case *ast.BadStmt:
		r.node(parent, Error, s)
	}
}

// boolean is the subject of a switch that has none: what its cases are compared with.
func (r *goReader) boolean(parent int32, at ast.Node) {
	start := r.at(at.Pos())
	r.setString(r.add(parent, Bool, start, start), "true")
}

func (r *goReader) typeSwitch(id int32, s ast.Stmt) {
	switch s := s.(type) {
	case *ast.ExprStmt:
		r.expr(id, s.X)
	case *ast.AssignStmt:
		walrus := r.node(id, Walrus, s)
		r.exprs(walrus, s.Lhs)
		r.exprs(walrus, s.Rhs)
	default:
		r.boolean(id, s)
	}
}

func (r *goReader) cases(id int32, body *ast.BlockStmt) {
	for _, s := range body.List {
		switch c := s.(type) {
		case *ast.CaseClause:
			one := r.node(id, Case, c)
			r.exprs(one, c.List)
			start := min(r.at(c.Colon)+1, len(r.tree.text))
			block := r.add(one, Block, start, max(start, r.at(c.End())))
			r.stmts(block, c.Body)
		case *ast.CommClause:
			one := r.node(id, Case, c)
			start := min(r.at(c.Colon)+1, len(r.tree.text))
			block := r.add(one, Block, start, max(start, r.at(c.End())))
			r.stmt(block, c.Comm)
			r.stmts(block, c.Body)
		}
	}
}

// forStmt makes a While of a loop with nothing but a condition; a loop of three parts iterates Null, with its parts
// as statements in its block.
func (r *goReader) forStmt(parent int32, s *ast.ForStmt) {
	if s.Init == nil && s.Post == nil {
		id := r.node(parent, While, s)
		if s.Cond != nil {
			r.expr(id, s.Cond)
		} else {
			r.boolean(id, s.Body)
		}
		r.block(id, s.Body)
		return
	}
	id := r.node(parent, For, s)
	start := r.at(s.For)
	r.add(id, Null, start, start)
	block := r.node(id, Block, s.Body)
	r.stmt(block, s.Init)
	if s.Cond != nil {
		r.expr(r.node(block, ExprStmt, s.Cond), s.Cond)
	}
	r.stmt(block, s.Post)
	r.stmts(block, s.Body.List)
}

func (r *goReader) assign(parent int32, s *ast.AssignStmt) {
	if s.Tok != token.ASSIGN && s.Tok != token.DEFINE {
		id := r.node(parent, AugAssign, s)
		op := s.Tok.String()
		r.setString(id, op[:len(op)-1])
		r.exprs(id, s.Lhs)
		r.exprs(id, s.Rhs)
		return
	}
	if len(s.Lhs) == len(s.Rhs) {
		for i := range s.Lhs {
			id := r.node(parent, Assign, s)
			r.expr(id, s.Lhs[i])
			r.expr(id, s.Rhs[i])
		}
		return
	}
	id := r.node(parent, Assign, s)
	if len(s.Lhs) == 1 {
		r.expr(id, s.Lhs[0])
	} else if len(s.Lhs) > 1 {
		targets := r.add(id, Tuple, r.at(s.Lhs[0].Pos()), r.at(s.Lhs[len(s.Lhs)-1].End()))
		r.exprs(targets, s.Lhs)
	}
	r.exprs(id, s.Rhs)
}

func (r *goReader) exprs(parent int32, list []ast.Expr) {
	for _, e := range list {
		r.expr(parent, e)
	}
}

func (r *goReader) expr(parent int32, e ast.Expr) {
	if e == nil || !r.enter(parent, e) {
		return
	}
	defer func() { r.depth-- }()
	switch e := e.(type) {
	case *ast.Ident:
		switch e.Name {
		case "nil":
			r.node(parent, Null, e)
		case "true", "false":
			r.setIdent(r.node(parent, Bool, e), e)
		default:
			r.ident(parent, e)
		}
	case *ast.BasicLit:
		if e.Kind == token.STRING || e.Kind == token.CHAR {
			r.setString(r.node(parent, String, e), unquote(e.Value))
			return
		}
		r.setString(r.node(parent, Number, e), e.Value)
	case *ast.ParenExpr:
		r.expr(parent, e.X)
	case *ast.SelectorExpr:
		id := r.node(parent, Attr, e)
		r.setIdent(id, e.Sel)
		r.expr(id, e.X)
	case *ast.CallExpr:
		r.call(parent, e)
	case *ast.CompositeLit:
		r.composite(parent, e)
	case *ast.FuncLit:
		id := r.node(parent, Lambda, e)
		r.fields(id, e.Type.Params)
		r.block(id, e.Body)
	case *ast.UnaryExpr:
		if _, ok := e.X.(*ast.CompositeLit); ok && e.Op == token.AND {
			r.expr(parent, e.X)
			return
		}
		id := r.node(parent, Unary, e)
		op := e.Op.String()
		if e.Op == token.NOT {
			op = "not"
		}
		r.setString(id, op)
		r.expr(id, e.X)
	case *ast.StarExpr:
		id := r.node(parent, Unary, e)
		r.setString(id, "*")
		r.expr(id, e.X)
	case *ast.BinaryExpr:
		r.binary(parent, e)
	case *ast.IndexExpr:
		id := r.node(parent, Subscript, e)
		r.expr(id, e.X)
		r.expr(id, e.Index)
	case *ast.IndexListExpr:
		id := r.node(parent, Subscript, e)
		r.expr(id, e.X)
		to := r.add(id, Tuple, min(r.at(e.Lbrack)+1, len(r.tree.text)), r.at(e.Rbrack))
		r.exprs(to, e.Indices)
	case *ast.SliceExpr:
		id := r.node(parent, Subscript, e)
		r.expr(id, e.X)
		slice := r.add(id, Slice, min(r.at(e.Lbrack)+1, len(r.tree.text)), r.at(e.Rbrack))
		for _, part := range []ast.Expr{e.Low, e.High, e.Max} {
			if part != nil {
				r.expr(slice, part)
			} else {
				at := r.at(e.Rbrack)
				r.add(slice, Null, at, at)
			}
		}
	case *ast.TypeAssertExpr:
		r.expr(parent, e.X)
	case *ast.KeyValueExpr:
		id := r.node(parent, Pair, e)
		r.expr(id, e.Key)
		r.expr(id, e.Value)
	case *ast.ArrayType:
		id := r.node(parent, Subscript, e)
		r.setString(r.add(id, Name, r.at(e.Lbrack), r.at(e.Lbrack)), "list")
		r.expr(id, e.Elt)
	case *ast.MapType:
		id := r.node(parent, Subscript, e)
		r.setString(r.add(id, Name, r.at(e.Map), r.at(e.Map)), "map")
		to := r.add(id, Tuple, r.at(e.Key.Pos()), r.at(e.Value.End()))
		r.expr(to, e.Key)
		r.expr(to, e.Value)
	case *ast.ChanType:
		id := r.node(parent, Subscript, e)
		r.setString(r.add(id, Name, r.at(e.Begin), r.at(e.Begin)), "chan")
		r.expr(id, e.Value)
	case *ast.Ellipsis:
		r.expr(parent, e.Elt)
	case *ast.BadExpr:
		r.node(parent, Error, e)
	default: // func, struct and interface types where they stand as types
		id := r.node(parent, Name, e)
		r.setText(id, int(r.tree.nodes[id].start), int(r.tree.nodes[id].end))
	}
}

func (r *goReader) call(parent int32, e *ast.CallExpr) {
	id := r.node(parent, Call, e)
	r.expr(id, e.Fun)
	for i, a := range e.Args {
		if e.Ellipsis.IsValid() && i == len(e.Args)-1 {
			spread := r.node(id, Spread, a)
			r.tree.nodes[spread].op = 1
			r.expr(spread, a)
			continue
		}
		r.expr(id, a)
	}
}

// composite reads T{…}; see parseGo for what it becomes.
func (r *goReader) composite(parent int32, e *ast.CompositeLit) {
	switch e.Type.(type) {
	case *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr, *ast.IndexListExpr:
		id := r.node(parent, Call, e)
		r.tree.nodes[id].op = 2
		r.expr(id, e.Type)
		for _, element := range e.Elts {
			kv, ok := element.(*ast.KeyValueExpr)
			if !ok {
				r.expr(id, element)
				continue
			}
			key, ok := kv.Key.(*ast.Ident)
			if !ok { // a map or array under a name of its own
				r.expr(id, kv)
				continue
			}
			keyword := r.node(id, Keyword, kv)
			r.setIdent(keyword, key)
			r.expr(keyword, kv.Value)
		}
		return
	}
	kind := List
	if _, ok := e.Type.(*ast.MapType); ok {
		kind = Map
	} else if len(e.Elts) > 0 {
		if _, keyed := e.Elts[0].(*ast.KeyValueExpr); keyed {
			kind = Map
		}
	}
	id := r.node(parent, kind, e)
	for _, element := range e.Elts {
		kv, ok := element.(*ast.KeyValueExpr)
		if ident, named := keyIdent(kv, ok); named && e.Type == nil {
			// {Name: "x"} in a list of structs: the key is the field's name.
			pair := r.node(id, Pair, kv)
			r.setIdent(r.node(pair, String, ident), ident)
			r.expr(pair, kv.Value)
			continue
		}
		r.expr(id, element)
	}
}

func keyIdent(kv *ast.KeyValueExpr, ok bool) (*ast.Ident, bool) {
	if !ok {
		return nil, false
	}
	ident, ok := kv.Key.(*ast.Ident)
	return ident, ok
}

func (r *goReader) binary(parent int32, e *ast.BinaryExpr) {
	kind, op := Binary, e.Op.String()
	switch e.Op {
	case token.LAND:
		kind, op = Logic, "and"
	case token.LOR:
		kind, op = Logic, "or"
	case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
		kind = Compare
	}
	operands := chainOperands(e)
	if joined, ok := joinLiterals(operands); ok && e.Op == token.ADD {
		r.setString(r.node(parent, String, e), joined)
		return
	}
	id := r.node(parent, kind, e)
	r.setString(id, op)
	// A chain of one logical operator is one node, as in Python. A sum that is longer than trees may be deep becomes one
	// too: it leans to the left as deep as it is long.
	if kind == Logic || len(operands) > MaxDepth-r.depth {
		r.exprs(id, operands)
		return
	}
	r.expr(id, e.X)
	r.expr(id, e.Y)
}

// joinLiterals joins text literals that are added, as long prompts and queries are written.
func joinLiterals(operands []ast.Expr) (string, bool) {
	var b strings.Builder
	for _, o := range operands {
		literal, ok := o.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return "", false
		}
		b.WriteString(unquote(literal.Value))
	}
	return b.String(), true
}

// chainOperands are the operands of a chain of one operator.
func chainOperands(e *ast.BinaryExpr) []ast.Expr {
	var operands []ast.Expr
	var left ast.Expr = e
	for {
		b, ok := left.(*ast.BinaryExpr)
		if !ok || b.Op != e.Op {
			break
		}
		operands = append(operands, b.Y)
		left = b.X
	}
	operands = append(operands, left)
	for i, j := 0, len(operands)-1; i < j; i, j = i+1, j-1 {
		operands[i], operands[j] = operands[j], operands[i]
	}
	return operands
}
