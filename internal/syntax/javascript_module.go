package syntax

import (
	"bytes"
	"regexp"

	"github.com/ije/esbuild-internal/helpers"
	"github.com/ije/esbuild-internal/js_ast"
)

// exported opens an Export node when the statement is exported; otherwise the statement stands in parent itself.
func (r *jsReader) exported(parent int32, start int32, is bool) int32 {
	if !is {
		return parent
	}
	return r.at(parent, Export, r.exportStart(start))
}

// exportStart looks back from a declaration, whose place esbuild gives without its modifiers, to its "export".
func (r *jsReader) exportStart(start int32) int32 {
	from := max(int(start)-64, 0)
	before := r.text[from:min(max(int(start), 0), len(r.text))]
	i := bytes.LastIndex(before, []byte("export"))
	if i < 0 {
		return start
	}
	for _, word := range bytes.Fields(before[i+len("export"):]) {
		switch string(word) {
		case "default", "async", "abstract", "declare", "const":
		default:
			return start
		}
	}
	return int32(from + i)
}

func (r *jsReader) closeExport(parent, id int32) {
	if id != parent {
		r.close(id, 0)
	}
}

// jsRuntime is the module of helper functions that esbuild imports where it lowers something: nobody wrote that.
const jsRuntime = "<runtime>"

// moduleStatement reads imports and exports.
func (r *jsReader) moduleStatement(parent int32, s js_ast.Stmt) {
	start := s.Loc.Start
	switch d := s.Data.(type) {
	case *js_ast.SImport:
		module, end := r.modulePath(d.ImportRecordIndex)
		if module == jsRuntime {
			return
		}
		if d.DefaultName == nil && d.Items == nil && d.StarNameLoc == nil {
			id := r.at(parent, Import, start)
			alias := r.at(id, Alias, r.parsed.ImportRecords[d.ImportRecordIndex].Range.Loc.Start)
			r.setString(alias, module)
			r.close(alias, int(end))
			r.close(id, int(end))
			return
		}
		id := r.at(parent, ImportFrom, start)
		r.setString(id, module)
		if d.DefaultName != nil {
			r.alias(id, "default", d.DefaultName.Loc.Start, r.name(d.DefaultName.Ref), d.DefaultName.Loc.Start)
		}
		if d.StarNameLoc != nil {
			r.alias(id, "*", d.StarNameLoc.Start, r.name(d.NamespaceRef), d.StarNameLoc.Start)
		}
		if d.Items != nil {
			for _, item := range *d.Items {
				r.alias(id, item.Alias, item.AliasLoc.Start, r.name(item.Name.Ref), item.Name.Loc.Start)
			}
			r.typeItems(id, int(start), int(r.parsed.ImportRecords[d.ImportRecordIndex].Range.Loc.Start))
		}
		r.close(id, int(end))
	case *js_ast.SExportFrom:
		module, end := r.modulePath(d.ImportRecordIndex)
		id := r.at(parent, Export, start)
		r.setString(id, module)
		for _, item := range d.Items {
			r.alias(id, item.OriginalName, item.Name.Loc.Start, item.Alias, item.AliasLoc.Start)
		}
		r.close(id, int(end))
	case *js_ast.SExportStar:
		module, end := r.modulePath(d.ImportRecordIndex)
		id := r.at(parent, Export, start)
		r.setString(id, module)
		if d.Alias != nil {
			r.alias(id, "*", d.Alias.Loc.Start, d.Alias.OriginalName, d.Alias.Loc.Start)
		} else {
			r.alias(id, "*", start, "*", start)
		}
		r.close(id, int(end))
	case *js_ast.SExportClause:
		id := r.at(parent, Export, start)
		for _, item := range d.Items {
			r.alias(id, r.name(item.Name.Ref), item.Name.Loc.Start, item.Alias, item.AliasLoc.Start)
		}
		r.close(id, 0)
	case *js_ast.SExportDefault:
		id := r.at(parent, Export, start)
		r.tree.nodes[id].op = 1
		if e, ok := d.Value.Data.(*js_ast.SExpr); ok {
			r.expression(id, e.Value)
		} else {
			r.statement(id, d.Value)
		}
		r.close(id, 0)
	case *js_ast.SExportEquals:
		id := r.at(parent, Export, start)
		r.tree.nodes[id].op = 1
		r.expression(id, d.Value)
		r.close(id, 0)
	}
}

// alias makes an Alias of a name at its source and, where it differs, the name that it goes by afterwards.
func (r *jsReader) alias(parent int32, from string, at int32, to string, toAt int32) {
	id := r.at(parent, Alias, min(at, toAt))
	r.setString(id, from)
	if from != to {
		r.nameNode(id, toAt, to)
	}
	end := 0
	if int(at)+len(from) <= len(r.text) && at >= 0 && string(r.text[at:int(at)+len(from)]) == from {
		end = int(at) + len(from)
	}
	r.close(id, end)
}

// jsEnum is how an enum begins.
var jsEnum = regexp.MustCompile(`^(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s+(\w+)`)

// isEnum tells whether an enum is written at start.
func (r *jsReader) isEnum(start int32) bool {
	at := min(max(int(start), 0), len(r.text))
	return jsEnum.Match(r.text[at:min(at+200, len(r.text))])
}

// emittedEnum reads a TypeScript enum, which esbuild turned into a function that fills an object, as what it was: a
// class of constants. False when the value is not such a function's call.
func (r *jsReader) emittedEnum(parent int32, start int32, name string, value js_ast.Expr) bool {
	var body []js_ast.Stmt
	if a, ok := value.Data.(*js_ast.EAnnotation); ok {
		value = a.Value
	}
	call, ok := value.Data.(*js_ast.ECall)
	if !ok {
		return false
	}
	switch f := call.Target.Data.(type) {
	case *js_ast.EArrow:
		body = f.Body.Block.Stmts
	case *js_ast.EFunction:
		body = f.Fn.Body.Block.Stmts
	default:
		return false
	}
	id := r.at(parent, ClassDef, start)
	r.setString(id, name)
	block := r.at(id, Block, start)
	for _, s := range body {
		e, ok := s.Data.(*js_ast.SExpr)
		if !ok {
			continue
		}
		set, ok := e.Value.Data.(*js_ast.EBinary)
		if !ok || set.Op != js_ast.BinOpAssign {
			continue
		}
		// A number is also written back: Color[Color["Red"] = 0] = "Red".
		if index, ok := set.Left.Data.(*js_ast.EIndex); ok {
			if inner, ok := index.Index.Data.(*js_ast.EBinary); ok && inner.Op == js_ast.BinOpAssign {
				set = inner
			}
		}
		var member string
		switch left := set.Left.Data.(type) {
		case *js_ast.EIndex:
			if key, ok := left.Index.Data.(*js_ast.EString); ok {
				member = helpers.UTF16ToString(key.Value)
			}
		case *js_ast.EDot:
			member = left.Name
		}
		if member == "" {
			continue
		}
		one := r.at(block, Assign, s.Loc.Start)
		r.nameNode(one, s.Loc.Start, member)
		r.expression(one, set.Right)
		r.close(one, 0)
	}
	end := 0
	r.close(block, 0)
	if i := bytes.IndexByte(r.text[r.tree.nodes[block].end:], '}'); i >= 0 {
		end = int(r.tree.nodes[block].end) + i + 1
	}
	r.close(block, end)
	r.close(id, end)
	if r.tree.nodes[parent].kind == Export {
		r.close(parent, end)
	}
	return true
}
