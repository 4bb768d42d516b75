package syntax

// asyncStatement reads what "async" begins; the node starts there.
func (p *pyParser) asyncStatement(column int) int32 {
	start := p.start
	p.next()
	var id int32
	switch p.kind {
	case pyDef:
		id = p.function(p.node(FuncDef, start, 0), column)
	case pyFor:
		id = p.forStatement(start, column)
	case pyWith:
		id = p.withStatement(start, column)
	default:
		p.unexpected(`expected "def", "for" or "with" after "async"`)
		return p.node(Error, start, start)
	}
	p.nodes[id].op = 1
	return id
}

// decorated reads decorators and the definition below them.
func (p *pyParser) decorated(column int) int32 {
	id := p.node(FuncDef, p.start, 0)
	start, last, mark := p.start, p.start, len(p.nodes)-1
	for p.kind == pyAt {
		before := len(p.nodes)
		last = p.start
		decorator := p.node(Decorator, p.start, 0)
		p.next()
		p.attach(decorator, p.named())
		p.finish(decorator)
		if p.kind != pyNewline {
			p.unexpected("expected the end of the line after a decorator")
		}
		if p.failure.is {
			if p.full {
				return id
			}
			// Only this decorator is lost.
			p.nodes = p.nodes[:before]
			p.recover(id, last, last, column)
			p.flattened = false
			continue
		}
		p.attach(id, decorator)
		p.next()
	}
	p.clauseStart, p.clauseLast, p.clauseMark, p.kept = start, last, mark, false
	switch p.kind {
	case pyDef:
		return p.function(id, column)
	case pyClass:
		p.nodes[id].kind = ClassDef
		return p.class(id, column)
	case pyAsync:
		p.next()
		p.nodes[id].op = 1
		if p.kind == pyDef {
			return p.function(id, column)
		}
	}
	p.unexpected("expected a function or class after decorators")
	return id
}

// function reads a definition from "def".
func (p *pyParser) function(id int32, column int) int32 {
	p.next()
	p.setToken(id)
	p.expect(pyName, "a function's name")
	p.typeParameters(id)
	if p.expect(pyOpenParen, `"("`) {
		p.parameters(id, pyCloseParen)
		p.expect(pyCloseParen, `")"`)
	}
	if p.kind == pyArrow {
		p.next()
		returns := p.node(Returns, p.start, 0)
		p.attach(returns, p.list())
		p.attach(id, p.finish(returns))
	}
	p.body(id, column)
	return id
}

// parameters reads the parameters of a function or lambda. The mark "/" is left out of the tree; "*" alone is a Param
// without a name, since what follows it can only be given by name.
func (p *pyParser) parameters(parent int32, closing pyToken) {
	for p.kind != closing && !p.failure.is {
		if p.kind == pySlash {
			p.next()
		} else {
			param := p.node(Param, p.start, 0)
			bare := false
			switch p.kind {
			case pyStar:
				p.nodes[param].op = 1
				p.next()
				bare = p.kind == pyComma
			case pyStarStar:
				p.nodes[param].op = 2
				p.next()
			}
			if !bare {
				p.setToken(param)
				p.expect(pyName, "a parameter")
			}
			if p.kind == pyColon && closing != pyColon {
				p.next()
				annotation := p.node(Annotation, p.start, 0)
				p.attach(annotation, p.element())
				p.attach(param, p.finish(annotation))
			}
			p.defaultValue(param)
			p.attach(parent, p.finish(param))
		}
		if p.kind != pyComma {
			return
		}
		p.next()
	}
}

// defaultValue reads "= value", if there is one.
func (p *pyParser) defaultValue(parent int32) {
	if p.kind != pyAssign {
		return
	}
	p.next()
	value := p.node(Default, p.start, 0)
	p.attach(value, p.element())
	p.attach(parent, p.finish(value))
}

// typeParameters reads "[T: bound = default, *Ts, **P]", if there are any.
func (p *pyParser) typeParameters(parent int32) {
	if p.kind != pyOpenBracket {
		return
	}
	p.next()
	for p.kind != pyCloseBracket && !p.failure.is {
		param := p.node(TypeParam, p.start, 0)
		switch p.kind {
		case pyStar:
			p.nodes[param].op = 1
			p.next()
		case pyStarStar:
			p.nodes[param].op = 2
			p.next()
		}
		p.setToken(param)
		p.expect(pyName, "a type parameter")
		if p.kind == pyColon {
			p.next()
			bound := p.node(Annotation, p.start, 0)
			p.attach(bound, p.test())
			p.attach(param, p.finish(bound))
		}
		p.defaultValue(param)
		p.attach(parent, p.finish(param))
		if p.kind != pyComma {
			break
		}
		p.next()
	}
	p.expect(pyCloseBracket, `"]"`)
}

// class reads a definition from "class".
func (p *pyParser) class(id int32, column int) int32 {
	p.next()
	p.setToken(id)
	p.expect(pyName, "a class's name")
	p.typeParameters(id)
	if p.kind == pyOpenParen {
		p.next()
		for p.kind != pyCloseParen && !p.failure.is {
			start := p.start
			argument := p.argument()
			if k := p.nodes[argument].kind; k != Keyword && (k != Spread || p.nodes[argument].op == 1) {
				argument = p.wrap(Base, start, argument)
			}
			p.attach(id, argument)
			if p.kind != pyComma {
				break
			}
			p.next()
		}
		p.expect(pyCloseParen, `")"`)
	}
	p.body(id, column)
	return id
}
