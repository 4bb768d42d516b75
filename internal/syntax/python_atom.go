package syntax

// atom reads a name, a literal or a bracket.
func (p *pyParser) atom() int32 {
	switch p.kind {
	case pyName:
		return p.take(Name)
	case pyString, pyFStart:
		return p.strings()
	case pyNumber:
		return p.take(Number)
	case pyTrue, pyFalse:
		id := p.node(Bool, p.start, p.end)
		p.setShared(id, pyTextTrue)
		if p.kind == pyFalse {
			p.setShared(id, pyTextFalse)
		}
		p.next()
		return id
	case pyNone:
		id := p.node(Null, p.start, p.end)
		p.next()
		return id
	case pyEllipsis:
		id := p.node(Ellipsis, p.start, p.end)
		p.next()
		return id
	case pyOpenParen:
		return p.parenthesis()
	case pyOpenBracket:
		return p.bracket()
	case pyOpenBrace:
		return p.brace()
	}
	p.unexpected("expected an expression")
	return p.node(Error, p.start, p.start)
}

// parenthesis reads a tuple, a generator, or an expression in brackets, which is the expression itself.
func (p *pyParser) parenthesis() int32 {
	start := p.start
	p.next()
	if p.kind == pyCloseParen {
		id := p.node(Tuple, start, 0)
		p.next()
		return p.finish(id)
	}
	inner := p.start
	var id int32
	if p.kind == pyYield {
		p.level++
		if p.level > MaxDepth {
			p.tooDeep()
		}
		id = p.yieldExpression()
		p.level--
	} else {
		id = p.element()
	}
	whole := true
	switch p.kind {
	case pyComma:
		id = p.tuple(inner, id, p.element)
	case pyFor, pyAsync:
		id = p.comprehension(inner, id, pyTextGenerator)
	default:
		whole = false
	}
	p.expect(pyCloseParen, `")" or ","`)
	if whole {
		p.nodes[id].start = int32(start)
		p.finish(id)
	}
	return id
}

// bracket reads a list or a list comprehension.
func (p *pyParser) bracket() int32 {
	start := p.start
	p.next()
	var id int32
	if p.kind == pyCloseBracket {
		id = p.node(List, start, 0)
	} else {
		id = p.element()
		if p.kind == pyFor || p.kind == pyAsync {
			id = p.comprehension(start, id, pyTextList)
		} else {
			id = p.wrap(List, start, id)
			for p.kind == pyComma {
				p.next()
				if p.kind == pyCloseBracket {
					break
				}
				p.attach(id, p.element())
			}
		}
	}
	p.expect(pyCloseBracket, `"]" or ","`)
	return p.finish(id)
}

// brace reads a dict, a set, or a comprehension of either.
func (p *pyParser) brace() int32 {
	start := p.start
	p.next()
	var id int32
	switch {
	case p.kind == pyCloseBrace:
		id = p.node(Map, start, 0)
	default:
		isMap := p.kind == pyStarStar
		id = p.braceElement(&isMap)
		kind, comprehension := Set, pyTextSet
		if isMap {
			kind, comprehension = Map, pyTextMap
		}
		if p.kind == pyFor || p.kind == pyAsync {
			id = p.comprehension(start, id, comprehension)
			break
		}
		id = p.wrap(kind, start, id)
		for p.kind == pyComma {
			p.next()
			if p.kind == pyCloseBrace {
				break
			}
			p.attach(id, p.braceElement(&isMap))
		}
	}
	p.expect(pyCloseBrace, `"}" or ","`)
	return p.finish(id)
}

// braceElement reads an element of a set or a pair of a dict, and notes when it is a pair.
func (p *pyParser) braceElement(isMap *bool) int32 {
	if p.kind == pyStarStar {
		return p.spread(2)
	}
	start := p.start
	id := p.element()
	if p.kind != pyColon {
		return id
	}
	*isMap = true
	id = p.wrap(Pair, start, id)
	p.next()
	p.attach(id, p.test())
	return p.finish(id)
}

// strings reads a string and those that follow it directly: one String, or one FString if any of them is one.
func (p *pyParser) strings() int32 {
	start := p.start
	if p.kind == pyString {
		flags, body, tail := p.flags, p.content, p.end-p.tail
		end := p.end
		p.next()
		if p.kind != pyString && p.kind != pyFStart {
			id := p.node(String, start, end)
			p.setContent(id, body, tail, flags)
			return id
		}
		p.buffer = p.decode(p.buffer[:0], p.text[body:tail], flags)
		p.plainStrings()
		id := p.node(String, start, p.before)
		p.setString(id, string(p.buffer))
		if flags&pyBytes != 0 {
			p.nodes[id].op = 1
		}
		if p.kind != pyFStart {
			return id
		}
		return p.fstrings(p.wrap(FString, start, id))
	}
	return p.fstrings(p.node(FString, start, 0))
}

// plainStrings adds strings that follow to the buffer.
func (p *pyParser) plainStrings() {
	for p.kind == pyString {
		p.buffer = p.decode(p.buffer, p.text[p.content:p.end-p.tail], p.flags)
		p.next()
	}
}

// setContent gives a node the text of a string token: a range of the source where that says the same.
func (p *pyParser) setContent(id int32, body, tail int, flags uint8) {
	s := p.text[body:tail]
	verbatim := flags&pyDoubled == 0 && (flags&pyEscaped == 0 || flags&pyRaw != 0) && !p.opaque
	if verbatim && p.hasCR {
		for _, c := range s {
			verbatim = verbatim && c != '\r'
		}
	}
	if verbatim {
		p.setText(id, body, tail)
	} else {
		p.buffer = p.decode(p.buffer[:0], s, flags)
		p.setString(id, string(p.buffer))
	}
	if flags&pyBytes != 0 {
		p.nodes[id].op = 1
	}
}

// fstrings reads f-strings and the strings between and behind them into an FString.
func (p *pyParser) fstrings(id int32) int32 {
	for {
		switch p.kind {
		case pyString:
			start := p.start
			p.buffer = p.buffer[:0]
			p.plainStrings()
			part := p.node(String, start, p.before)
			p.setString(part, string(p.buffer))
			p.attach(id, part)
		case pyFStart:
			if p.flags&pyTemplate != 0 {
				p.nodes[id].op = 1
			}
			p.next()
			p.pieces(id)
			p.expect(pyFEnd, "the end of the f-string")
		default:
			return p.finish(id)
		}
	}
}

// pieces reads literal text and fields, of an f-string or of a format specification (whose fields only are kept).
func (p *pyParser) pieces(id int32) {
	for {
		switch p.kind {
		case pyFMiddle:
			if p.nodes[id].kind == FString {
				part := p.node(String, p.start, p.end)
				p.setContent(part, p.content, p.end, p.flags)
				p.attach(id, part)
			}
			p.next()
		case pyOpenBrace:
			p.field(id)
		default:
			return
		}
	}
}

// field reads "{expression = !r :specification}" as an Interp. The "=" form shows its own text first.
func (p *pyParser) field(parent int32) {
	p.level++
	if p.level > MaxDepth {
		p.tooDeep()
	}
	start := p.start
	id := p.node(Interp, start, 0)
	p.next()
	p.attach(id, p.listOrYield())
	if p.kind == pyAssign {
		p.next()
		if p.nodes[parent].kind == FString {
			text := p.node(String, start+1, p.start)
			p.setContent(text, start+1, p.start, 0)
			p.attach(parent, text)
		}
	}
	if p.kind == pyBang {
		p.next()
		p.expect(pyName, "a conversion")
	}
	if p.kind == pyColon {
		p.next()
		p.pieces(id)
	}
	p.expect(pyCloseBrace, `"}"`)
	p.attach(parent, p.finish(id))
	p.level--
}
