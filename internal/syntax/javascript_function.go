package syntax

import (
	"github.com/ije/esbuild-internal/helpers"
	"github.com/ije/esbuild-internal/js_ast"
	"github.com/ije/esbuild-internal/logger"
)

// function makes a FuncDef of a declaration.
func (r *jsReader) function(parent int32, start int32, fn *js_ast.Fn) {
	id := r.at(parent, FuncDef, start)
	if fn.Name != nil {
		r.setString(id, r.name(fn.Name.Ref))
	}
	r.functionParts(id, fn)
}

// functionParts adds parameters and body to a FuncDef or Lambda.
func (r *jsReader) functionParts(id int32, fn *js_ast.Fn) {
	if fn.IsAsync {
		r.tree.nodes[id].op = 1
	}
	r.params(id, fn.Args, fn.HasRestArg)
	end := int(fn.Body.Block.CloseBraceLoc.Start) + 1
	r.block(id, fn.Body.Loc.Start, fn.Body.Block.Stmts, end)
	r.close(id, end)
}

func (r *jsReader) params(id int32, args []js_ast.Arg, rest bool) {
	for i, a := range args {
		p := r.at(id, Param, a.Binding.Loc.Start)
		if rest && i == len(args)-1 {
			r.tree.nodes[p].op = 1
		}
		r.decorators(p, a.Decorators)
		switch b := a.Binding.Data.(type) {
		case *js_ast.BIdentifier:
			name := r.name(b.Ref)
			r.setString(p, name)
			r.close(p, int(a.Binding.Loc.Start)+len(name))
			r.annotation(p, r.wordEnd(a.Binding.Loc.Start))
		default:
			r.binding(p, a.Binding)
		}
		if a.DefaultOrNil.Data != nil {
			d := r.at(p, Default, a.DefaultOrNil.Loc.Start)
			r.expression(d, a.DefaultOrNil)
			r.close(d, 0)
		}
		r.close(p, 0)
	}
}

func (r *jsReader) decorators(id int32, list []js_ast.Decorator) {
	for _, d := range list {
		one := r.at(id, Decorator, d.AtLoc.Start)
		value := d.Value
		// A parameter's decorator comes as one of the method, wrapped in a helper's call with the parameter's number.
		if call, ok := value.Data.(*js_ast.ECall); ok && len(call.Args) == 2 {
			if name := r.calleeName(call.Target); name == "__decorateParam" {
				value = call.Args[1]
			}
		}
		r.expression(one, value)
		r.close(one, 0)
	}
}

func (r *jsReader) calleeName(e js_ast.Expr) string {
	switch d := e.Data.(type) {
	case *js_ast.EIdentifier:
		return r.name(d.Ref)
	case *js_ast.EImportIdentifier:
		return r.name(d.Ref)
	}
	return ""
}

// class makes a ClassDef. Methods are FuncDefs, fields Assigns or, without a value, AnnAssigns of a Name; static
// blocks are Blocks. A member whose name is computed has an empty name.
func (r *jsReader) class(parent int32, start int32, c *js_ast.Class) {
	id := r.at(parent, ClassDef, start)
	if c.Name != nil {
		r.setString(id, r.name(c.Name.Ref))
	}
	r.decorators(id, c.Decorators)
	if c.ExtendsOrNil.Data != nil {
		base := r.at(id, Base, c.ExtendsOrNil.Loc.Start)
		r.expression(base, c.ExtendsOrNil)
		r.close(base, 0)
	}
	block := r.at(id, Block, c.BodyLoc.Start)
	for i := range c.Properties {
		r.member(block, &c.Properties[i])
	}
	end := int(c.CloseBraceLoc.Start) + 1
	r.close(block, end)
	r.close(id, end)
}

func (r *jsReader) member(block int32, p *js_ast.Property) {
	if p.Kind == js_ast.PropertyClassStaticBlock && p.ClassStaticBlock != nil {
		b := p.ClassStaticBlock
		r.block(block, b.Loc.Start, b.Block.Stmts, int(b.Block.CloseBraceLoc.Start)+1)
		return
	}
	if p.Kind == js_ast.PropertyDeclareOrAbstract {
		return
	}
	start := p.Loc.Start
	for _, d := range p.Decorators {
		start = min(start, d.AtLoc.Start)
	}
	name, literal := r.keyName(p)
	if fn, ok := p.ValueOrNil.Data.(*js_ast.EFunction); ok && p.Kind.IsMethodDefinition() {
		id := r.at(block, FuncDef, start)
		if literal {
			r.setString(id, name)
		}
		r.decorators(id, p.Decorators)
		r.functionParts(id, &fn.Fn)
		if p.Kind == js_ast.PropertyGetter {
			r.tree.nodes[id].op = 3
		}
		return
	}
	value := p.InitializerOrNil
	if value.Data == nil {
		value = p.ValueOrNil
	}
	kind := Assign
	if value.Data == nil {
		kind = AnnAssign
	}
	id := r.at(block, kind, start)
	if literal {
		r.nameNode(id, p.Key.Loc.Start, name)
	} else {
		r.expression(id, p.Key)
	}
	if kind == AnnAssign && literal {
		r.annotation(id, r.wordEnd(p.Key.Loc.Start))
	}
	if value.Data != nil {
		r.expression(id, value)
	}
	r.close(id, 0)
}

// keyName is a property's name when it is written as one (a name, text or number, or a private name).
func (r *jsReader) keyName(p *js_ast.Property) (string, bool) {
	switch k := p.Key.Data.(type) {
	case *js_ast.EString:
		return helpers.UTF16ToString(k.Value), !p.Flags.Has(js_ast.PropertyIsComputed)
	case *js_ast.ENumber:
		return r.numberText(p.Key.Loc.Start, k.Value), !p.Flags.Has(js_ast.PropertyIsComputed)
	case *js_ast.EPrivateIdentifier:
		return r.name(k.Ref), true
	case *js_ast.ENameOfSymbol:
		return r.name(k.Ref), true
	}
	return "", false
}

// object makes a Map. Keys that are written as names are Strings, as in JSON; a computed key is an Interp.
func (r *jsReader) object(parent int32, start int32, o *js_ast.EObject) int32 {
	id := r.at(parent, Map, start)
	for i := range o.Properties {
		p := &o.Properties[i]
		if p.Kind == js_ast.PropertySpread {
			spread := r.at(id, Spread, p.Loc.Start)
			r.tree.nodes[spread].op = 2
			r.expression(spread, p.ValueOrNil)
			r.close(spread, 0)
			continue
		}
		pair := r.at(id, Pair, p.Loc.Start)
		r.key(pair, p.Key, p.Flags.Has(js_ast.PropertyIsComputed))
		switch {
		case p.ValueOrNil.Data != nil:
			r.expression(pair, p.ValueOrNil)
		case p.InitializerOrNil.Data != nil:
			r.expression(pair, p.InitializerOrNil)
		default:
			r.at(pair, Null, p.Loc.Start)
		}
		// "{a = 1}" in a pattern that esbuild reads as an object.
		if p.ValueOrNil.Data != nil && p.InitializerOrNil.Data != nil {
			r.expression(pair, p.InitializerOrNil)
		}
		r.close(pair, 0)
	}
	return r.close(id, int(o.CloseBraceLoc.Start)+1)
}

func (r *jsReader) key(pair int32, key js_ast.Expr, computed bool) {
	if computed {
		id := r.at(pair, Interp, key.Loc.Start)
		r.expression(id, key)
		r.close(id, 0)
		return
	}
	if k, ok := key.Data.(*js_ast.EString); ok {
		name := helpers.UTF16ToString(k.Value)
		start := int(key.Loc.Start)
		end := start + len(name)
		if end <= len(r.text) && start >= 0 && string(r.text[start:end]) == name {
			r.setText(r.add(pair, String, start, end), start, end)
			return
		}
	}
	r.expression(pair, key)
}

// binding makes the target of an assignment or parameter: a Name, a Map of Pairs, or a List. A default in a pattern
// is a Walrus.
func (r *jsReader) binding(parent int32, b js_ast.Binding) {
	if !r.enter(parent, b.Loc.Start) {
		return
	}
	defer func() { r.depth-- }()
	start := b.Loc.Start
	switch d := b.Data.(type) {
	case *js_ast.BIdentifier:
		r.nameNode(parent, start, r.name(d.Ref))
	case *js_ast.BArray:
		id := r.at(parent, List, start)
		for i, item := range d.Items {
			to := id
			if d.HasSpread && i == len(d.Items)-1 {
				to = r.at(id, Spread, item.Binding.Loc.Start)
				r.tree.nodes[to].op = 1
			}
			r.bindingDefault(to, item.Binding, item.DefaultValueOrNil)
			if to != id {
				r.close(to, 0)
			}
		}
		r.close(id, int(d.CloseBracketLoc.Start)+1)
	case *js_ast.BObject:
		id := r.at(parent, Map, start)
		for _, p := range d.Properties {
			if p.IsSpread {
				spread := r.at(id, Spread, p.Loc.Start)
				r.tree.nodes[spread].op = 2
				r.binding(spread, p.Value)
				r.close(spread, 0)
				continue
			}
			pair := r.at(id, Pair, p.Loc.Start)
			r.key(pair, p.Key, p.IsComputed)
			r.bindingDefault(pair, p.Value, p.DefaultValueOrNil)
			r.close(pair, 0)
		}
		r.close(id, int(d.CloseBraceLoc.Start)+1)
	default: // a hole
		r.at(parent, Null, start)
	}
}

func (r *jsReader) bindingDefault(parent int32, b js_ast.Binding, value js_ast.Expr) {
	if value.Data == nil {
		r.binding(parent, b)
		return
	}
	id := r.at(parent, Walrus, b.Loc.Start)
	r.binding(id, b)
	r.expression(id, value)
	r.close(id, 0)
}

// after is the offset after the one byte at loc, or 0 when esbuild does not know the place.
func after(loc logger.Loc) int {
	if loc.Start <= 0 {
		return 0
	}
	return int(loc.Start) + 1
}
