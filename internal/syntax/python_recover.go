package syntax

import (
	"bytes"

	"fermata/internal/source"
)

// clause marks the current token as the first of a part of a statement that may be lost alone.
func (p *pyParser) clause() {
	p.clauseStart, p.clauseLast, p.clauseMark = p.start, p.start, len(p.nodes)
	p.kept, p.keptEnd = true, p.before
}

// settle attaches a compound statement, or after a failure as much of it as stands, and recovers.
func (p *pyParser) settle(parent, id int32, column int) {
	if !p.failure.is {
		p.attach(parent, p.finish(id))
		return
	}
	start, last := p.clauseStart, p.clauseLast
	p.nodes = p.nodes[:p.clauseMark]
	if p.kept {
		p.nodes[id].end = int32(p.keptEnd)
		p.attach(parent, id)
	}
	p.recover(parent, start, last, column)
}

// recover makes an Error of the text from start up to the next statement, and goes there. The nodes of the broken
// statement are gone already. The search for the next statement begins at from.
func (p *pyParser) recover(parent int32, start, from, column int) {
	failure := p.failure
	p.failure = pyFailure{}
	if p.notebook && (failure.char == '%' || failure.char == '!' || failure.char == '?') && !failure.limit {
		// An IPython magic or shell line: no Python, and no mistake either.
		p.resume(p.afterMagic(failure.start), start)
		return
	}
	resume := p.nextStatement(from, column)
	if p.full {
		resume = len(p.text)
	}
	end := len(bytes.TrimRight(p.text[start:resume], " \t\r\n\f")) + start
	p.attach(parent, p.append(Error, start, end))
	p.report(failure)
	p.flattened = true
	p.resume(resume, end)
}

// report makes a diagnostic of a failure, up to a number of them.
func (p *pyParser) report(failure pyFailure) {
	p.errors++
	if p.errors > maxPythonErrors {
		return
	}
	code := "syntax-error"
	if failure.limit {
		code = TooDeep
	}
	p.tree.diagnose(source.Error, code, failure.message, failure.start, failure.end)
}

// trouble is a failure that costs no statement.
func (p *pyParser) trouble(message string, start, end int) {
	p.report(pyFailure{message: message, start: start, end: end})
}

// resume goes to the first token of the line at offset at; end is where the text before ended.
func (p *pyParser) resume(at, end int) {
	p.pos, p.end, p.depth, p.fresh = at, end, 0, true
	p.modes = p.modes[:0]
	p.kind = pyNewline
	p.next()
}

// afterMagic is the line after an IPython magic: a backslash before the line break goes on.
func (p *pyParser) afterMagic(i int) int {
	for {
		end := p.lineEnd(i)
		if end >= len(p.text) {
			return end
		}
		i = p.afterNewline(end)
		if end == 0 || p.text[end-1] != '\\' {
			return i
		}
	}
}

// nextStatement is where reading goes on after a broken statement that began at start in a line of this column.
//
// Were all brackets and strings closed, that would be the next line outside of them. But a bracket that was never
// closed is the commonest mistake, and must not swallow the rest of the file: so a line that begins with "def",
// "return" and the like, which no bracket can hold, ends the search; as does the end of the file. Then the first line
// is taken that begins with a name and is not deeper than the broken statement.
//
// To go back costs reading again what was read. What that costs in all is bounded: after eight times the file,
// reading goes on behind all that was read.
func (p *pyParser) nextStatement(start, column int) int {
	reached := max(p.reached, p.pos)
	if p.spent > 8*len(p.text)+1<<16 {
		end := p.lineEnd(max(start, min(reached, len(p.text))))
		if end < len(p.text) {
			end = p.afterNewline(end)
		}
		return end
	}
	resume, looked := p.search(start, column)
	p.spent += max(reached, looked) - resume
	p.reached = resume
	return resume
}

// search is nextStatement without the account; looked is how far it had to look.
func (p *pyParser) search(i, column int) (resume, looked int) {
	text, depth, candidate := p.text, 0, -1
	unclosed := 0
	for i < len(text) {
		switch c := text[i]; c {
		case '\n', '\r':
			i = p.afterNewline(i)
			if depth == 0 {
				return i, max(i, looked)
			}
			at, indent := i, 0
			for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\f') {
				if text[i] == '\t' {
					indent = indent&^7 + 8
				} else {
					indent++
				}
				i++
			}
			end := i
			for end < len(text) && pyPart[text[end]] && end-i < 10 {
				end++
			}
			level := indent <= column && i < len(text)
			if level && candidate < 0 && (text[i] == '@' || end > i && text[i] > '9') {
				candidate = at
			}
			if level && text[i] == '@' || pyKeyword(text[i:end]).startsStatement() {
				if candidate < 0 {
					candidate = at
				}
				return candidate, max(i, looked)
			}
		case '#':
			i = p.lineEnd(i)
		case '\\':
			i++
			if i < len(text) && (text[i] == '\n' || text[i] == '\r') {
				i = p.afterNewline(i)
			} else {
				i++
			}
		case '"', '\'':
			if i+2 < len(text) && text[i+1] == c && text[i+2] == c {
				i += 3
				// A quote that has no partner is passed over like any other character.
				if unclosed < 4 {
					if end := tripleEnd(text, i, c); end >= 0 {
						i = end
					} else {
						unclosed++
						looked = len(text)
					}
				}
				continue
			}
			for i++; i < len(text) && text[i] != c && text[i] != '\n' && text[i] != '\r'; i++ {
				if text[i] == '\\' && i+1 < len(text) {
					i++
				}
			}
			if i < len(text) && text[i] == c {
				i++
			}
		case '(', '[', '{':
			depth++
			i++
		case ')', ']', '}':
			depth = max(0, depth-1)
			i++
		default:
			i++
		}
	}
	if depth > 0 && candidate >= 0 {
		return candidate, len(text)
	}
	return len(text), len(text)
}

// tripleEnd is the offset behind the closing quotes of a triple-quoted string with its content at i, or -1.
func tripleEnd(text []byte, i int, quote byte) int {
	for i < len(text) {
		switch {
		case text[i] == '\\':
			i++
		case text[i] == quote && i+2 < len(text) && text[i+1] == quote && text[i+2] == quote:
			return i + 3
		}
		i++
	}
	return -1
}
