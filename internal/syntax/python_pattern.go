package syntax

// matchStatement reads "match subject:" and its cases. A line among the cases that is none stays where it stands.
func (p *pyParser) matchStatement(column int) int32 {
	id := p.node(Match, p.start, 0)
	p.next()
	p.attach(id, p.list())
	if !p.colon() {
		return id
	}
	if p.kind != pyNewline {
		p.unexpected("expected the end of the line")
		return id
	}
	p.next()
	if p.kind == pyEOF || p.column <= column {
		p.trouble("expected a case here", p.start, p.end)
		return id
	}
	cases := p.column
	p.level++
	if p.level > MaxDepth {
		p.tooDeep()
	}
	for p.kind != pyEOF && p.kind != pyFail && p.column > column {
		if p.column != cases || !p.word("case") {
			if !p.flattened {
				p.trouble("expected a case here", p.start, p.end)
			}
			p.statement(id, p.column)
			continue
		}
		p.flattened = false
		start, mark := p.start, len(p.nodes)
		part := p.node(Case, start, 0)
		p.next()
		p.attach(part, p.patterns())
		if p.kind == pyIf {
			p.next()
			guard := p.node(Guard, p.start, 0)
			p.attach(guard, p.named())
			p.attach(part, p.finish(guard))
		}
		p.colon()
		if p.failure.is {
			p.nodes = p.nodes[:mark]
			p.recover(id, start, start, cases)
			continue
		}
		p.attach(id, part)
		p.suite(part, cases)
		p.finish(part)
	}
	p.level--
	return id
}

// patterns reads what follows "case": one pattern, or several with commas as a Tuple.
func (p *pyParser) patterns() int32 {
	start := p.start
	first := p.starPattern()
	if p.kind != pyComma {
		return first
	}
	id := p.wrap(Tuple, start, first)
	for p.kind == pyComma {
		p.next()
		if p.kind == pyIf || !p.startsOperand() {
			break
		}
		p.attach(id, p.starPattern())
	}
	return p.finish(id)
}

func (p *pyParser) starPattern() int32 {
	if p.kind != pyStar {
		return p.pattern()
	}
	id := p.node(Spread, p.start, 0)
	p.nodes[id].op = 1
	p.next()
	p.attach(id, p.atom())
	return p.finish(id)
}

// pattern reads alternatives with "|", and "as name", which is a Walrus: the name bound to what the pattern matches.
func (p *pyParser) pattern() int32 {
	p.level++
	if p.level > MaxDepth {
		p.tooDeep()
	}
	start := p.start
	left := p.closedPattern()
	for p.kind == pyPipe {
		id := p.wrap(Binary, start, left)
		p.setText(id, p.start, p.end)
		p.next()
		p.attach(id, p.closedPattern())
		left = p.finish(id)
	}
	if p.kind == pyAs {
		id := p.node(Walrus, start, 0)
		p.next()
		if p.kind != pyName {
			p.unexpected("expected a name")
		}
		p.attach(id, p.take(Name))
		p.attach(id, left)
		left = p.finish(id)
	}
	p.level--
	return left
}

func (p *pyParser) closedPattern() int32 {
	start := p.start
	switch p.kind {
	case pyName:
		return p.namePattern()
	case pyMinus, pyNumber:
		// A number, perhaps complex: "-1 + 2j".
		return p.operation(pySumStrength)
	case pyOpenParen, pyOpenBracket:
		closing, what := pyCloseParen, `")" or ","`
		if p.kind == pyOpenBracket {
			closing, what = pyCloseBracket, `"]" or ","`
		}
		p.next()
		kind := Tuple
		if closing == pyCloseBracket {
			kind = List
		}
		id := p.node(kind, start, 0)
		count, comma := 0, false
		for p.kind != closing {
			p.attach(id, p.starPattern())
			count++
			if p.kind != pyComma {
				break
			}
			comma = true
			p.next()
		}
		p.expect(closing, what)
		p.finish(id)
		if kind == Tuple && count == 1 && !comma {
			// A pattern in brackets is the pattern itself.
			inner := p.nodes[id].first
			p.nodes[inner].parent = 0
			return inner
		}
		return id
	case pyOpenBrace:
		id := p.node(Map, start, 0)
		p.next()
		for p.kind != pyCloseBrace && !p.failure.is {
			at := p.start
			if p.kind == pyStarStar {
				rest := p.node(Spread, at, 0)
				p.nodes[rest].op = 2
				p.next()
				p.attach(rest, p.atom())
				p.attach(id, p.finish(rest))
			} else {
				pair := p.wrap(Pair, at, p.closedPattern())
				p.expect(pyColon, `":"`)
				p.attach(pair, p.pattern())
				p.attach(id, p.finish(pair))
			}
			if p.kind != pyComma {
				break
			}
			p.next()
		}
		p.expect(pyCloseBrace, `"}" or ","`)
		return p.finish(id)
	}
	return p.atom()
}

// namePattern reads a name to bind, a dotted name to compare with, or a class with patterns of its parts.
func (p *pyParser) namePattern() int32 {
	start := p.start
	left := p.take(Name)
	for p.kind == pyDot {
		p.next()
		id := p.wrap(Attr, start, left)
		p.setToken(id)
		p.expect(pyName, "a name")
		left = p.finish(id)
	}
	if p.kind != pyOpenParen {
		return left
	}
	id := p.wrap(ClassPattern, start, left)
	p.next()
	for p.kind != pyCloseParen && !p.failure.is {
		at := p.start
		part := p.pattern()
		if n := &p.nodes[part]; p.kind == pyAssign && n.kind == Name && int(n.start) == at {
			n.kind = Keyword
			p.next()
			p.attach(part, p.pattern())
			p.finish(part)
		}
		p.attach(id, part)
		if p.kind != pyComma {
			break
		}
		p.next()
	}
	p.expect(pyCloseParen, `")" or ","`)
	return p.finish(id)
}
