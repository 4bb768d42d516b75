package syntax

// primary reads an atom and the attributes, calls and subscripts behind it. They are a loop, so that a long chain takes no
// stack.
func (p *pyParser) primary() int32 {
	start := p.start
	left := p.atom()
	for links := 0; ; links++ {
		if links > 2*mostLinks { // a call of a method is two
			p.tooDeep()
			return left
		}
		switch p.kind {
		case pyDot:
			p.next()
			id := p.wrap(Attr, start, left)
			p.setToken(id)
			if p.kind != pyName {
				p.unexpected("expected a name")
				return id
			}
			p.nodes[id].end = int32(p.end)
			p.next()
			left = id
		case pyOpenParen:
			id := p.wrap(Call, start, left)
			p.next()
			for p.kind != pyCloseParen {
				p.attach(id, p.argument())
				if p.kind != pyComma {
					break
				}
				p.next()
			}
			p.expect(pyCloseParen, `")" or ","`)
			left = p.finish(id)
		case pyOpenBracket:
			id := p.wrap(Subscript, start, left)
			p.next()
			p.attach(id, p.index())
			p.expect(pyCloseBracket, `"]" or ","`)
			left = p.finish(id)
		default:
			return left
		}
	}
}

// argument reads one argument of a call or a class.
func (p *pyParser) argument() int32 {
	switch p.kind {
	case pyStar:
		return p.spread(1)
	case pyStarStar:
		return p.spread(2)
	}
	start := p.start
	id := p.named()
	switch p.kind {
	case pyAssign:
		// A name just read turns out to be a keyword.
		if n := &p.nodes[id]; n.kind == Name && int(n.start) == start && int(n.end) == p.before {
			n.kind = Keyword
			p.next()
			p.attach(id, p.test())
			p.finish(id)
		}
	case pyFor, pyAsync:
		id = p.comprehension(start, id, pyTextGenerator)
	}
	return id
}

// index reads what stands in a subscript's brackets.
func (p *pyParser) index() int32 {
	start := p.start
	first := p.slice()
	if p.kind != pyComma && p.nodes[first].kind != Spread {
		return first
	}
	id := p.wrap(Tuple, start, first)
	for p.kind == pyComma {
		p.next()
		if p.kind == pyCloseBracket {
			break
		}
		p.attach(id, p.slice())
	}
	return p.finish(id)
}

// slice reads one index of a subscript.
func (p *pyParser) slice() int32 {
	if p.kind == pyStar {
		return p.spread(1)
	}
	start := p.start
	var lower int32
	if p.kind == pyColon {
		lower = p.node(Null, start, start)
	} else {
		lower = p.named()
		if p.kind != pyColon {
			return lower
		}
	}
	id := p.wrap(Slice, start, lower)
	for range 2 {
		if p.kind != pyColon {
			break
		}
		p.next()
		if p.kind == pyColon || p.kind == pyComma || p.kind == pyCloseBracket {
			p.attach(id, p.node(Null, p.before, p.before))
		} else {
			p.attach(id, p.test())
		}
	}
	return p.finish(id)
}

// comprehension reads the "for" and "if" parts behind an element; the closing bracket ends the node later.
func (p *pyParser) comprehension(start int, element, kind int32) int32 {
	id := p.wrap(Comp, start, element)
	p.setShared(id, kind)
	for p.kind == pyFor || p.kind == pyAsync {
		part := p.node(CompFor, p.start, 0)
		if p.kind == pyAsync {
			p.nodes[part].op = 1
			p.next()
		}
		p.expect(pyFor, `"for"`)
		p.attach(part, p.targets())
		p.expect(pyIn, `"in"`)
		p.attach(part, p.operation(pyOrStrength))
		for p.kind == pyIf {
			p.next()
			p.attach(part, p.operation(pyOrStrength))
		}
		p.attach(id, p.finish(part))
	}
	return p.finish(id)
}
