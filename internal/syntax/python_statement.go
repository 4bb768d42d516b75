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
	// A long chain of elif is a deep tree, but not deep recursion.
	last := id
	for p.continues(pyElif, column) {
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
		last = inner
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
