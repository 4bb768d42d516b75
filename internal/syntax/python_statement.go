package syntax

// statements reads the statements of a block whose lines are indented to a column, up to a line further left.
func (p *pyParser) statements(parent int32, column int) {
	deeper := -1
	for p.kind != pyEOF {
		at := p.column
		if at < column {
			return
		}
		if at > column && at != deeper && !p.flattened {
			p.trouble("this line is indented deeper than the block it stands in", p.start, p.end)
		}
		deeper = at
		if at == column {
			p.flattened = false
		}
		p.statement(parent, at)
	}
}

// statement reads one compound statement, or one line of simple ones.
func (p *pyParser) statement(parent int32, column int) {
	p.clauseStart, p.clauseLast, p.clauseMark, p.kept = p.start, p.start, len(p.nodes), false
	var id int32
	switch p.kind {
	case pyIf:
		id = p.ifStatement(column)
	case pyFor:
		id = p.forStatement(p.start, column)
	case pyWhile:
		id = p.whileStatement(column)
	case pyTry:
		id = p.tryStatement(column)
	case pyWith:
		id = p.withStatement(p.start, column)
	case pyDef:
		id = p.function(p.node(FuncDef, p.start, 0), column)
	case pyClass:
		id = p.class(p.node(ClassDef, p.start, 0), column)
	case pyAt:
		id = p.decorated(column)
	case pyAsync:
		id = p.asyncStatement(column)
	case pyName:
		if p.word("match") && p.opensMatch() {
			id = p.matchStatement(column)
			break
		}
		p.simpleLine(parent, column)
		return
	default:
		p.simpleLine(parent, column)
		return
	}
	p.settle(parent, id, column)
}

// maxPythonBlocks is how deep blocks may be within blocks; it is CPython's bound.
const maxPythonBlocks = 100

// colon takes the colon at the end of a header.
func (p *pyParser) colon() bool { return p.expect(pyColon, `":"`) }

// suite reads the body of a compound statement, after its colon, as a Block.
func (p *pyParser) suite(parent int32, column int) {
	if p.failure.is {
		return
	}
	// The parent stands already: a Block is made whatever the number of nodes, and what is in it finds out.
	block := p.append(Block, p.start, 0)
	p.attach(parent, block)
	if p.kind != pyNewline && p.kind != pyEOF {
		p.simpleLine(block, column)
		p.finish(block)
		return
	}
	p.next()
	p.nodes[block].start, p.nodes[block].end = int32(p.before), int32(p.before)
	if p.kind == pyEOF || p.column <= column {
		p.trouble("expected an indented block here", p.start, p.end)
		return
	}
	p.level++
	if p.level > maxPythonBlocks {
		// Its lines are read as lines of the block around it.
		p.report(pyFailure{limit: true, message: "blocks are nested too deep here", start: p.start, end: p.end})
		p.flattened = true
	} else {
		p.nodes[block].start = int32(p.start)
		p.statements(block, p.column)
		p.finish(block)
	}
	p.level--
}

// body is a header's colon and the suite behind it.
func (p *pyParser) body(parent int32, column int) {
	if p.colon() {
		p.suite(parent, column)
	}
}

// continues tells whether the current line is a clause of the statement of that column.
func (p *pyParser) continues(kind pyToken, column int) bool {
	return p.kind == kind && p.column == column
}

func (p *pyParser) ifStatement(column int) int32 {
	id := p.node(If, p.start, 0)
	p.next()
	p.attach(id, p.named())
	p.body(id, column)
	// A long chain of elif is a deep tree, but not deep recursion. What is longer than trees may be deep goes on side by side.
	last := id
	for links := 0; p.continues(pyElif, column); links++ {
		if links == mostLinks {
			p.report(pyFailure{limit: true, message: "a chain of elif is too long here", start: p.start, end: p.end})
		}
		p.clause()
		otherwise, inner := p.node(Else, p.start, 0), p.node(If, p.start, 0)
		p.next()
		p.attach(inner, p.named())
		if !p.colon() {
			break
		}
		p.attach(last, otherwise)
		p.attach(otherwise, inner)
		p.suite(inner, column)
		if links < mostLinks {
			last = inner
		} else {
			p.finish(inner)
			p.finish(otherwise)
		}
	}
	p.elseClause(last, column)
	end := p.before
	if p.failure.is {
		end = p.keptEnd
	}
	for n := last; ; n = p.nodes[n].parent {
		p.nodes[n].end = int32(end)
		if n == id {
			return id
		}
	}
}

// elseClause reads the "else:" of any statement that has one.
func (p *pyParser) elseClause(parent int32, column int) {
	if p.continues(pyElse, column) {
		p.simpleClause(parent, Else, column)
	}
}

// simpleClause reads a clause that is only a word and a body.
func (p *pyParser) simpleClause(parent int32, kind Kind, column int) {
	p.clause()
	id := p.node(kind, p.start, 0)
	p.next()
	if p.colon() {
		p.attach(parent, id)
		p.suite(id, column)
		p.finish(id)
	}
}

func (p *pyParser) forStatement(start, column int) int32 {
	id := p.node(For, start, 0)
	p.next()
	p.attach(id, p.targets())
	p.expect(pyIn, `"in"`)
	p.attach(id, p.list())
	p.body(id, column)
	p.elseClause(id, column)
	return id
}

func (p *pyParser) whileStatement(column int) int32 {
	id := p.node(While, p.start, 0)
	p.next()
	p.attach(id, p.named())
	p.body(id, column)
	p.elseClause(id, column)
	return id
}

func (p *pyParser) tryStatement(column int) int32 {
	id := p.node(Try, p.start, 0)
	start, end := p.start, p.end
	p.next()
	p.body(id, column)
	handled := false
	for p.continues(pyExcept, column) {
		handled = true
		p.clause()
		clause := p.node(Except, p.start, 0)
		p.next()
		if p.kind == pyStar {
			p.nodes[clause].op = 1
			p.next()
		}
		if p.kind != pyColon {
			p.attach(clause, p.list())
			if p.kind == pyAs {
				p.next()
				p.setToken(clause)
				p.expect(pyName, "a name")
			}
		}
		if !p.colon() {
			return id
		}
		p.attach(id, clause)
		p.suite(clause, column)
		p.finish(clause)
	}
	p.elseClause(id, column)
	if p.continues(pyFinally, column) {
		handled = true
		p.simpleClause(id, Finally, column)
	}
	if !handled && !p.failure.is {
		p.trouble(`this "try" has neither "except" nor "finally"`, start, end)
	}
	return id
}

func (p *pyParser) withStatement(start, column int) int32 {
	id := p.node(With, start, 0)
	p.next()
	closing := pyColon
	if p.kind == pyOpenParen && p.groupsItems() {
		closing = pyCloseParen
		p.next()
	}
	for {
		item := p.node(WithItem, p.start, 0)
		p.attach(item, p.test())
		if p.kind == pyAs {
			p.next()
			p.attach(item, p.target())
		}
		p.attach(id, p.finish(item))
		if p.kind != pyComma {
			break
		}
		p.next()
		if p.kind == closing {
			break
		}
	}
	if closing == pyCloseParen {
		p.expect(pyCloseParen, `")"`)
	}
	p.body(id, column)
	return id
}

// groupsItems looks ahead whether the bracket after "with" holds several items, rather than being part of the first.
func (p *pyParser) groupsItems() bool {
	saved := p.pyLexer
	defer p.lookedAhead(saved)
	inner, depth := p.depth, p.depth-1
	several, expression := false, false
	for p.next(); p.kind != pyEOF && p.kind != pyBroken && p.depth > depth; p.next() {
		if p.depth != inner {
			continue
		}
		switch p.kind {
		case pyAs:
			several, expression = true, false
		case pyComma:
			several = true
		case pyFor, pyYield, pyWalrus, pyStar:
			expression = expression || !several
		}
	}
	p.next()
	return several && !expression && p.kind == pyColon
}

// opensMatch looks ahead whether the name "match" is the keyword: a line that goes on like an operand and ends with
// a colon.
func (p *pyParser) opensMatch() bool {
	saved := p.pyLexer
	defer p.lookedAhead(saved)
	p.next()
	switch p.kind {
	case pyName, pyNumber, pyString, pyFStart, pyOpenBrace, pyNone, pyTrue, pyFalse, pyLambda, pyAwait, pyTilde, pyEllipsis:
	case pyOpenParen, pyOpenBracket, pyMinus, pyPlus, pyStar, pyNot:
	default:
		return false
	}
	last := p.kind
	for p.kind != pyNewline && p.kind != pyEOF && p.kind != pyBroken {
		last = p.kind
		p.next()
	}
	return last == pyColon && p.kind != pyBroken
}

// lookedAhead goes back to where looking ahead began. Modes are empty there: only statements look ahead.
func (p *pyParser) lookedAhead(saved pyLexer) {
	p.reached = max(p.reached, p.pos)
	modes := p.modes[:0]
	p.pyLexer = saved
	p.modes = modes
}
