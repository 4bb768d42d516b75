package syntax

import "bytes"

// list reads one expression, or several with commas between them as a Tuple.
func (p *pyParser) list() int32 {
	start := p.start
	first := p.element()
	if p.kind != pyComma {
		return first
	}
	return p.tuple(start, first, p.element)
}

// tuple goes on after a first element, at the comma.
func (p *pyParser) tuple(start int, first int32, element func() int32) int32 {
	id := p.wrap(Tuple, start, first)
	for p.kind == pyComma {
		p.next()
		if !p.startsOperand() {
			break
		}
		p.attach(id, element())
	}
	return p.finish(id)
}

// startsOperand tells whether an expression begins here: after a comma that may be the last.
func (p *pyParser) startsOperand() bool {
	switch p.kind {
	case pyNewline, pyEOF, pySemicolon, pyColon, pyAssign, pyAug, pyIn, pyBang, pyFail,
		pyCloseParen, pyCloseBracket, pyCloseBrace:
		return false
	}
	return true
}

// listOrYield is list, where "yield" may stand too.
func (p *pyParser) listOrYield() int32 {
	if p.kind == pyYield {
		return p.yieldExpression()
	}
	return p.list()
}

func (p *pyParser) yieldExpression() int32 {
	id := p.node(Yield, p.start, 0)
	p.next()
	switch {
	case p.kind == pyFrom:
		p.next()
		p.nodes[id].op = 1
		p.attach(id, p.test())
	case p.startsOperand():
		p.attach(id, p.list())
	}
	return p.finish(id)
}

// element reads one expression of a list: "*" and ":=" are allowed.
func (p *pyParser) element() int32 {
	if p.kind == pyStar {
		return p.spread(1)
	}
	return p.named()
}

// spread reads "*x" (op 1) or "**x" (op 2).
func (p *pyParser) spread(op uint8) int32 {
	id := p.node(Spread, p.start, 0)
	p.nodes[id].op = op
	p.next()
	p.attach(id, p.test())
	return p.finish(id)
}

// named reads an expression, or a name with ":=" and one.
func (p *pyParser) named() int32 {
	start := p.start
	left := p.test()
	if p.kind != pyWalrus || p.nodes[left].kind != Name {
		return left
	}
	id := p.wrap(Walrus, start, left)
	p.next()
	p.attach(id, p.test())
	return p.finish(id)
}

// test reads a whole expression without commas, "*" or ":=": a lambda, a conditional or an operation. Every nesting
// of brackets goes through here, so here it is counted.
func (p *pyParser) test() int32 {
	p.level++
	if p.level > MaxDepth {
		p.tooDeep()
	}
	start := p.start
	var id int32
	if p.kind == pyLambda {
		id = p.lambda()
	} else {
		id = p.operation(pyOrStrength)
		if p.kind == pyIf {
			id = p.conditional(start, id)
		}
	}
	p.level--
	return id
}

// tooDeep fails because rules are within rules further than MaxDepth.
func (p *pyParser) tooDeep() {
	if !p.failure.is {
		p.fail("this expression is nested too deep", p.start, p.end)
		p.failure.limit = true
	}
}

// mostLinks is how long a chain of calls, of operators, of conditions or of elif is read as a tree that is as deep. It is
// no recursion, but whoever asks what is around a part of it climbs all of it.
const mostLinks = 1000

// conditional reads "then if condition else …" from the "if". A chain of them is a deep tree, not deep recursion.
func (p *pyParser) conditional(start int, then int32) int32 {
	first, last := int32(0), int32(0)
	for links := 0; ; links++ {
		if links > mostLinks {
			p.tooDeep()
			break
		}
		id := p.node(Cond, start, 0)
		p.next()
		p.attach(id, p.operation(pyOrStrength))
		p.attach(id, then)
		if last != 0 {
			p.attach(last, id)
		} else {
			first = id
		}
		last = id
		p.expect(pyElse, `"else"`)
		start = p.start
		if p.kind == pyLambda {
			then = p.lambda()
		} else {
			then = p.operation(pyOrStrength)
		}
		if p.kind != pyIf {
			break
		}
	}
	p.attach(last, then)
	for n := last; ; n = p.nodes[n].parent {
		p.finish(n)
		if n == first {
			return first
		}
	}
}

func (p *pyParser) lambda() int32 {
	id := p.node(Lambda, p.start, 0)
	p.next()
	p.parameters(id, pyColon)
	p.expect(pyColon, `":"`)
	p.attach(id, p.test())
	return p.finish(id)
}

// operation reads operators of at least a strength and their operands. Operators of one strength are a loop, so that
// a sum of ten thousand parts takes no stack.
func (p *pyParser) operation(weakest uint8) int32 {
	start := p.start
	var left int32
	if p.kind == pyNot {
		left = p.not(weakest)
	} else {
		left = p.unary()
	}
	for links := 0; ; links++ {
		strength := pyStrength[p.kind]
		if strength < weakest {
			return left
		}
		if links > mostLinks && !p.goesOn(left) {
			p.tooDeep()
			return left
		}
		switch strength {
		case pyOrStrength, pyAndStrength:
			id, kind := p.wrap(Logic, start, left), p.kind
			p.setText(id, p.start, p.end)
			for p.kind == kind {
				p.next()
				p.attach(id, p.operation(strength+1))
			}
			left = p.finish(id)
		case pyCompareStrength:
			left = p.compare(start, left)
		default:
			id := left
			if links <= mostLinks {
				id = p.wrap(Binary, start, left)
				p.setText(id, p.start, p.end)
			}
			p.next()
			p.attach(id, p.operation(strength+1))
			left = p.finish(id)
		}
	}
}

// goesOn tells whether the current token is the operator of the Binary node before it: a sum that is longer than trees
// may be deep goes on as one node, since it leans to the left as deep as it is long.
func (p *pyParser) goesOn(left int32) bool {
	n := &p.nodes[left]
	return n.kind == Binary && bytes.Equal(p.text[n.textStart:n.textEnd], p.text[p.start:p.end])
}

func (p *pyParser) not(weakest uint8) int32 {
	if weakest > pyNotStrength {
		p.unexpected("expected an operand")
	}
	p.level++
	if p.level > MaxDepth {
		p.tooDeep()
	}
	id := p.take(Unary)
	p.attach(id, p.operation(pyNotStrength))
	p.level--
	return p.finish(id)
}

// compare reads a chain of comparisons, from its first operator.
func (p *pyParser) compare(start int, left int32) int32 {
	id := p.wrap(Compare, start, left)
	var all []byte // the operators, when there are several
	for count := 0; pyStrength[p.kind] == pyCompareStrength; count++ {
		from, to, shared := p.start, p.end, int32(-1)
		kind := p.kind
		p.next()
		switch {
		case kind == pyNot:
			to = p.end
			if p.kind != pyIn {
				p.unexpected(`expected "in"`)
				return id
			}
			p.next()
			shared = pyTextNotIn
		case kind == pyIs && p.kind == pyNot:
			to = p.end
			p.next()
			shared = pyTextIsNot
		}
		if count == 0 {
			if shared >= 0 && to-from != 6 {
				p.setShared(id, shared)
			} else {
				p.setText(id, from, to)
			}
		} else {
			if count == 1 {
				all = append(all, p.textOf(id)...)
			}
			all = append(all, ' ')
			if shared >= 0 {
				all = append(all, p.tree.tree.strings[shared]...)
			} else {
				all = append(all, p.text[from:to]...)
			}
		}
		p.attach(id, p.operation(pyBitOrStrength))
	}
	if all != nil {
		p.setString(id, string(all))
	}
	return p.finish(id)
}

// textOf is the Text of a node that is being made.
func (p *pyParser) textOf(id int32) string {
	n := &p.nodes[id]
	if n.textEnd < 0 {
		return p.tree.tree.strings[n.textStart]
	}
	return string(p.text[n.textStart:n.textEnd])
}

// unary reads "-x", "x ** y", "await x" and what binds closer.
func (p *pyParser) unary() int32 {
	switch p.kind {
	case pyMinus, pyPlus, pyTilde:
		p.level++
		if p.level > MaxDepth {
			p.tooDeep()
		}
		id := p.take(Unary)
		p.attach(id, p.unary())
		p.level--
		return p.finish(id)
	}
	start := p.start
	var left int32
	if p.kind == pyAwait {
		left = p.node(Await, start, 0)
		p.next()
		p.attach(left, p.primary())
		p.finish(left)
	} else {
		left = p.primary()
	}
	if p.kind != pyStarStar {
		return left
	}
	id := p.wrap(Binary, start, left)
	p.setText(id, p.start, p.end)
	p.level++
	if p.level > MaxDepth {
		p.tooDeep()
	}
	p.next()
	p.attach(id, p.unary())
	p.level--
	return p.finish(id)
}

// targets reads what "for" binds.
func (p *pyParser) targets() int32 {
	start := p.start
	first := p.target()
	if p.kind != pyComma {
		return first
	}
	return p.tuple(start, first, p.target)
}

// target reads one thing that is bound or deleted: nothing as weak as a comparison, for "in" follows.
func (p *pyParser) target() int32 {
	if p.kind != pyStar {
		return p.operation(pyBitOrStrength)
	}
	id := p.node(Spread, p.start, 0)
	p.nodes[id].op = 1
	p.next()
	p.attach(id, p.operation(pyBitOrStrength))
	return p.finish(id)
}
