package syntax

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"fermata/internal/source"
)

// parseGo reads Go with the standard library's parser. A line or top-level declaration that cannot be read is blanked
// out and the rest read again.
//
// # How Go looks in the tree
//
// An import is an Import with an Alias whose Text is the import path. A function is a FuncDef; a method too, with its
// receiver as the first Param. A struct type is a ClassDef whose fields are AnnAssigns and whose embedded types are
// Bases; an interface likewise, with a FuncDef for each method; other types are an Assign. A composite literal with a
// named type is a Call of the type, its keyed elements being Keywords: agent.Config{Name: "x"} then looks like any
// constructor. Without a type, or of a map, it is a Map; of a slice or array, a List. "&T{…}" is T{…}: nobody asks
// for the pointer. Go and defer statements are Simple with their call; a send is a Binary "<-"; switch and select are
// Match.
func parseGo(file *source.File, text []byte, start int) *Tree {
	r := &goReader{builder: newBuilder(file, Go, text)}
	root := r.add(0, Module, start, len(text))
	parsed, broken := r.parse(text)
	if parsed == nil {
		return r.tree
	}
	for _, d := range parsed.Decls {
		for len(broken) > 0 && broken[0][0] <= r.at(d.Pos()) {
			r.add(root, Error, broken[0][0], broken[0][1])
			broken = broken[1:]
		}
		r.decl(root, d)
	}
	for _, b := range broken {
		r.add(root, Error, b[0], b[1])
	}
	return r.tree
}

// parse reads the text, and again without what could not be read: the parser's own recovery often swallows the rest
// of the file. Broken are the ranges that were blanked out, in order.
func (r *goReader) parse(text []byte) (parsed *ast.File, broken [][2]int) {
	parsed, troubles := r.attempt(text)
	budget := rereadBudget(len(text))
	for tries := 0; len(troubles) > 0; tries++ {
		at := min(max(troubles[0].Pos.Offset, 0), len(text))
		r.diagnose(source.Error, "syntax-error", troubles[0].Msg, at, min(at+1, len(text)))
		if tries == maxTroubles {
			break
		}
		accepted := false
		for _, region := range suspectRegions(text, at) {
			if budget -= len(text); budget < 0 {
				break
			}
			try := blank(text, region.from, region.to)
			again, still := r.attempt(try)
			if len(still) == 0 || still[0].Pos.Offset > max(at, region.past-1) {
				text, parsed, troubles, accepted = try, again, still, true
				broken = append(broken, [2]int{region.from, region.to})
				break
			}
		}
		if !accepted {
			break
		}
	}
	if len(troubles) > 0 { // what the parser made of it is better than nothing
		parsed, _ = r.attempt(text)
	}
	slices.SortFunc(broken, func(a, b [2]int) int { return a[0] - b[0] })
	return parsed, broken
}

func (r *goReader) attempt(text []byte) (*ast.File, scanner.ErrorList) {
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, r.tree.File.Path(), text, parser.SkipObjectResolution)
	set.Iterate(func(f *token.File) bool { r.lines = f; return false })
	var list scanner.ErrorList
	errors.As(err, &list)
	return parsed, list
}

type goReader struct {
	*builder
	lines   *token.File // of the attempt that is read
	depth   int
	tooDeep bool
}

// at is the offset of a position.
func (r *goReader) at(p token.Pos) int {
	if !p.IsValid() || r.lines == nil || int(p) < r.lines.Base() || int(p) > r.lines.Base()+r.lines.Size() {
		return 0
	}
	return min(r.lines.Offset(p), len(r.tree.text))
}

// node makes a node over the text of a Go node.
func (r *goReader) node(parent int32, kind Kind, n ast.Node) int32 {
	start := r.at(n.Pos())
	return r.add(parent, kind, start, max(start, r.at(n.End())))
}

func (r *goReader) enter(parent int32, n ast.Node) bool {
	if r.depth < MaxDepth && len(r.tree.nodes) < MaxNodes {
		r.depth++
		return true
	}
	id := r.node(parent, Error, n)
	if !r.tooDeep {
		r.tooDeep = true
		start := int(r.tree.nodes[id].start)
		r.diagnose(source.Error, TooDeep, bound("code is", r.depth), start, start)
	}
	return false
}

func (r *goReader) ident(parent int32, n *ast.Ident) int32 {
	id := r.node(parent, Name, n)
	r.setIdent(id, n)
	return id
}

func (r *goReader) setIdent(id int32, n *ast.Ident) {
	if start := r.at(n.Pos()); start+len(n.Name) <= len(r.tree.text) && string(r.tree.text[start:start+len(n.Name)]) == n.Name {
		r.setText(id, start, start+len(n.Name))
	} else {
		r.setString(id, n.Name)
	}
}

func (r *goReader) decl(parent int32, d ast.Decl) {
	if !r.enter(parent, d) {
		return
	}
	defer func() { r.depth-- }()
	switch d := d.(type) {
	case *ast.FuncDecl:
		id := r.node(parent, FuncDef, d)
		r.setIdent(id, d.Name)
		if d.Recv != nil {
			r.tree.nodes[id].op = 2
			r.fields(id, d.Recv)
		}
		r.signature(id, d.Type)
		if d.Body != nil {
			r.block(id, d.Body)
		} else {
			end := r.at(d.End())
			r.add(id, Block, end, end)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			r.spec(parent, s)
		}
	case *ast.BadDecl:
		r.node(parent, Error, d)
	}
}

func (r *goReader) spec(parent int32, s ast.Spec) {
	switch s := s.(type) {
	case *ast.ImportSpec:
		id := r.node(parent, Import, s)
		alias := r.node(id, Alias, s)
		if path, err := strconv.Unquote(s.Path.Value); err == nil {
			r.setString(alias, path)
		}
		if s.Name != nil {
			r.ident(alias, s.Name)
		}
	case *ast.ValueSpec:
		r.values(parent, s)
	case *ast.TypeSpec:
		r.typeSpec(parent, s)
	}
}

// values makes an Assign for each name with a value of its own, one Assign of a Tuple when a call gives them all, and
// AnnAssigns without a value.
func (r *goReader) values(parent int32, s *ast.ValueSpec) {
	for i, name := range s.Names {
		switch {
		case len(s.Values) == 0:
			id := r.node(parent, AnnAssign, s)
			r.ident(id, name)
			r.annotation(id, s.Type)
		case len(s.Values) == len(s.Names):
			kind := Assign
			if s.Type != nil {
				kind = AnnAssign
			}
			id := r.node(parent, kind, s)
			r.ident(id, name)
			r.annotation(id, s.Type)
			r.expr(id, s.Values[i])
		case i == 0:
			id := r.node(parent, Assign, s)
			targets := r.add(id, Tuple, r.at(name.Pos()), r.at(s.Names[len(s.Names)-1].End()))
			for _, n := range s.Names {
				r.ident(targets, n)
			}
			r.expr(id, s.Values[0])
		}
	}
}

func (r *goReader) annotation(id int32, t ast.Expr) {
	if t != nil {
		r.expr(r.node(id, Annotation, t), t)
	}
}

func (r *goReader) typeSpec(parent int32, s *ast.TypeSpec) {
	switch t := s.Type.(type) {
	case *ast.StructType:
		r.class(parent, s, t.Fields)
	case *ast.InterfaceType:
		r.class(parent, s, t.Methods)
	default:
		id := r.node(parent, Assign, s)
		r.ident(id, s.Name)
		r.expr(id, s.Type)
	}
}

func (r *goReader) class(parent int32, s *ast.TypeSpec, fields *ast.FieldList) {
	id := r.node(parent, ClassDef, s)
	r.setIdent(id, s.Name)
	for _, f := range fields.List {
		if len(f.Names) == 0 {
			r.expr(r.node(id, Base, f.Type), f.Type)
		}
	}
	block := r.node(id, Block, fields)
	for _, f := range fields.List {
		for _, name := range f.Names {
			if fn, ok := f.Type.(*ast.FuncType); ok && isInterface(s.Type) {
				method := r.node(block, FuncDef, f)
				r.setIdent(method, name)
				r.signature(method, fn)
				end := r.at(f.End())
				r.add(method, Block, end, end)
				continue
			}
			field := r.node(block, AnnAssign, f)
			r.ident(field, name)
			r.annotation(field, f.Type)
		}
	}
}

func isInterface(t ast.Expr) bool {
	_, ok := t.(*ast.InterfaceType)
	return ok
}

// signature adds parameters and results.
func (r *goReader) signature(id int32, t *ast.FuncType) {
	r.fields(id, t.Params)
	if t.Results == nil || len(t.Results.List) == 0 {
		return
	}
	returns := r.node(id, Returns, t.Results)
	to := returns
	if len(t.Results.List) > 1 {
		to = r.node(returns, Tuple, t.Results)
	}
	for _, f := range t.Results.List {
		r.expr(to, f.Type)
	}
}

func (r *goReader) fields(id int32, list *ast.FieldList) {
	if list == nil {
		return
	}
	for _, f := range list.List {
		names := f.Names
		if len(names) == 0 {
			names = []*ast.Ident{nil}
		}
		for _, name := range names {
			p := r.node(id, Param, f)
			if name != nil {
				r.setIdent(p, name)
				r.tree.nodes[p].start = int32(r.at(name.Pos()))
			}
			if e, ok := f.Type.(*ast.Ellipsis); ok {
				r.tree.nodes[p].op = 1
				if e.Elt != nil {
					r.annotation(p, e.Elt)
				}
				continue
			}
			r.annotation(p, f.Type)
		}
	}
}

func (r *goReader) block(parent int32, b *ast.BlockStmt) int32 {
	id := r.node(parent, Block, b)
	r.stmts(id, b.List)
	return id
}

func (r *goReader) stmts(parent int32, list []ast.Stmt) {
	for _, s := range list {
		r.stmt(parent, s)
	}
}

// unquote decodes a Go string or character literal.
func unquote(value string) string {
	if s, err := strconv.Unquote(value); err == nil {
		return s
	}
	return strings.Trim(value, "\"'`")
}
