package syntax

import "bytes"

// simpleLine reads the simple statements of one line and goes to the next line.
func (p *pyParser) simpleLine(parent int32, column int) {
	for {
		start, mark := p.start, len(p.nodes)
		id := p.simple()
		if p.kind != pyNewline && p.kind != pySemicolon && p.kind != pyEOF {
			p.unexpected(p.missingEnd(id))
		}
		if p.failure.is {
			p.nodes = p.nodes[:mark]
			p.recover(parent, start, start, column)
			return
		}
		p.attach(parent, id)
		if p.kind == pySemicolon {
			p.next()
			if p.kind != pyNewline && p.kind != pyEOF {
				continue
			}
		}
		p.next()
		return
	}
}

// missingEnd says what is wrong with a statement that goes on where it should end.
func (p *pyParser) missingEnd(id int32) string {
	if n := &p.nodes[id]; n.kind == ExprStmt && p.nodes[n.first].kind == Name {
		name := p.nodes[n.first]
		if s := p.text[name.start:name.end]; bytes.Equal(s, []byte("print")) || bytes.Equal(s, []byte("exec")) {
			return "expected the end of a statement (this looks like Python 2's \"" + string(s) + "\")"
		}
	}
	return "expected the end of a statement"
}

// simple reads one simple statement.
func (p *pyParser) simple() int32 {
	start := p.start
	switch p.kind {
	case pyPass, pyBreak, pyContinue:
		return p.take(Simple)
	case pyReturn:
		id := p.node(Return, start, 0)
		p.next()
		if !p.ends() {
			p.attach(id, p.list())
		}
		return p.finish(id)
	case pyRaise:
		id := p.node(Raise, start, 0)
		p.next()
		if !p.ends() {
			p.attach(id, p.test())
			if p.kind == pyFrom {
				p.next()
				p.attach(id, p.test())
			}
		}
		return p.finish(id)
	case pyGlobal, pyNonlocal:
		id := p.take(Simple)
		for {
			if p.kind != pyName {
				p.unexpected("expected a name")
				break
			}
			p.attach(id, p.take(Name))
			if p.kind != pyComma {
				break
			}
			p.next()
		}
		return p.finish(id)
	case pyDel:
		id := p.take(Simple)
		for {
			p.attach(id, p.target())
			if p.kind != pyComma {
				break
			}
			p.next()
			if p.ends() {
				break
			}
		}
		return p.finish(id)
	case pyAssert:
		id := p.take(Simple)
		p.attach(id, p.named())
		if p.kind == pyComma {
			p.next()
			p.attach(id, p.test())
		}
		return p.finish(id)
	case pyImport:
		return p.importNames()
	case pyFrom:
		return p.importFrom()
	case pyElif, pyElse, pyExcept, pyFinally:
		p.fail("no statement stands above that this line could belong to", p.start, p.end)
	case pyName:
		if p.word("type") && p.opensType() {
			return p.typeAlias()
		}
	}
	return p.expressionStatement()
}

// ends tells whether the current token ends a simple statement.
func (p *pyParser) ends() bool {
	return p.kind == pyNewline || p.kind == pySemicolon || p.kind == pyEOF
}

// opensType looks ahead whether the name "type" is the keyword: no other name is followed by one.
func (p *pyParser) opensType() bool {
	saved := p.pyLexer
	p.next()
	is := p.kind == pyName
	p.lookedAhead(saved)
	return is
}

// typeAlias reads "type Name[T] = value".
func (p *pyParser) typeAlias() int32 {
	id := p.take(Simple)
	p.attach(id, p.take(Name))
	p.typeParameters(id)
	if p.expect(pyAssign, `"="`) {
		p.attach(id, p.test())
	}
	return p.finish(id)
}

// expressionStatement reads an expression or an assignment of any sort.
func (p *pyParser) expressionStatement() int32 {
	start := p.start
	left := p.listOrYield()
	switch p.kind {
	case pyAssign:
		id := p.wrap(Assign, start, left)
		for p.kind == pyAssign {
			p.next()
			p.attach(id, p.listOrYield())
		}
		return p.finish(id)
	case pyAug:
		id := p.wrap(AugAssign, start, left)
		p.setText(id, p.start, p.end-1)
		p.next()
		p.attach(id, p.listOrYield())
		return p.finish(id)
	case pyColon:
		if k := p.nodes[left].kind; k != Name && k != Attr && k != Subscript {
			break
		}
		id := p.wrap(AnnAssign, start, left)
		p.next()
		annotation := p.node(Annotation, p.start, 0)
		p.attach(annotation, p.listOrYield())
		p.attach(id, p.finish(annotation))
		if p.kind == pyAssign {
			p.next()
			p.attach(id, p.listOrYield())
		}
		return p.finish(id)
	}
	return p.wrap(ExprStmt, start, left)
}

func (p *pyParser) importNames() int32 {
	id := p.node(Import, p.start, 0)
	p.next()
	for {
		alias := p.node(Alias, p.start, 0)
		p.dottedName(alias, p.start)
		p.localName(alias)
		p.attach(id, p.finish(alias))
		if p.kind != pyComma {
			return p.finish(id)
		}
		p.next()
	}
}

// dottedName reads a module's name as the Text of a node.
func (p *pyParser) dottedName(id int32, start int) {
	parts := 0
	for {
		if p.kind != pyName {
			p.unexpected("expected a name")
			return
		}
		parts += p.end - p.start
		p.next()
		if p.kind != pyDot {
			break
		}
		parts++
		p.next()
	}
	end := p.before
	if end-start == parts {
		p.setText(id, start, end)
		return
	}
	// Spaces or line breaks around the dots are no part of the name.
	var name []byte
	for i := start; i < end; i++ {
		if c := p.text[i]; pyPart[c] || c == '.' {
			name = append(name, c)
		}
	}
	p.setString(id, string(name))
}

// localName reads "as name", if it is there.
func (p *pyParser) localName(alias int32) {
	if p.kind != pyAs {
		return
	}
	p.next()
	if p.kind != pyName {
		p.unexpected("expected a name")
		return
	}
	p.attach(alias, p.take(Name))
}

func (p *pyParser) importFrom() int32 {
	id := p.node(ImportFrom, p.start, 0)
	p.next()
	dots := 0
	for p.kind == pyDot || p.kind == pyEllipsis {
		dots += p.end - p.start
		p.next()
	}
	p.nodes[id].op = uint8(min(dots, 255))
	if p.kind != pyImport || dots == 0 {
		p.dottedName(id, p.start)
	}
	if !p.expect(pyImport, `"import"`) {
		return id
	}
	if p.kind == pyStar {
		p.attach(id, p.take(Alias))
		return p.finish(id)
	}
	bracket := p.kind == pyOpenParen
	if bracket {
		p.next()
	}
	for {
		if p.kind != pyName {
			p.unexpected("expected a name to import")
			return id
		}
		alias := p.take(Alias)
		p.localName(alias)
		p.attach(id, p.finish(alias))
		if p.kind != pyComma {
			break
		}
		p.next()
		if bracket && p.kind == pyCloseParen {
			break
		}
	}
	if bracket {
		p.expect(pyCloseParen, `")"`)
	}
	return p.finish(id)
}
