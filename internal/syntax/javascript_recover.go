package syntax

import (
	"bytes"
	"slices"

	"fermata/internal/source"
)

// parse reads the text, and again without what could not be read. It is false when nothing could be.
func (r *jsReader) parse(text []byte) bool {
	types := jsIsTyped(r.tree.File.Path())
	tree, trouble := r.attempt(text, types)
	if trouble != nil && !types && !trouble.fatal {
		// Flow, or TypeScript under another name.
		if again, still := r.attempt(text, true); still == nil {
			tree, trouble, types = again, nil, true
		}
	}
	budget := rereadBudget(len(text))
	for trouble != nil {
		r.diagnose(source.Error, "syntax-error", trouble.message, trouble.offset, min(trouble.offset+max(trouble.length, 1), len(text)))
		if trouble.fatal || budget < 0 || len(r.broken) >= maxTroubles {
			return false
		}
		accepted := false
		for _, region := range suspectRegions(text, trouble.offset) {
			if budget -= len(text); budget < 0 {
				break
			}
			try := blank(text, region.from, region.to)
			again, still := r.attempt(try, types)
			// A region is good when reading comes past it and past the error.
			if still == nil || !still.fatal && still.offset > max(trouble.offset, region.past-1) {
				text, tree, trouble, accepted = try, again, still, true
				r.broken = append(r.broken, [2]int{region.from, region.to})
				break
			}
		}
		if !accepted {
			return false
		}
	}
	r.parsed = tree
	return true
}

// region is a range to try without; without it reading must come past an offset.
type region struct{ from, to, past int }

// suspectRegions are the ranges to try without, in a language with braces: the statement whose bracket is never
// closed, when there is one; the line of the error; the line before (an error is seen at the token after it); the
// statement at the left margin around it; everything from there. A line whose brackets do not match is only good when
// the whole statement can then be read.
func suspectRegions(text []byte, offset int) []region {
	var found []region
	add := func(from, to, past int) {
		// White space is not part of what is broken.
		for from < to && jsWhite(text[from]) {
			from++
		}
		for to > from && jsWhite(text[to-1]) {
			to--
		}
		one := region{from, to, max(past, to)}
		if from < to && !slices.Contains(found, one) {
			found = append(found, one)
		}
	}
	offset = min(offset, len(text))
	starts := jsMargins(text)
	find := func(offset int) int {
		i, exact := slices.BinarySearch(starts, offset)
		if !exact {
			i--
		}
		return i
	}
	stop := func(i int) int {
		if i+1 < len(starts) {
			return starts[i+1]
		}
		return len(text)
	}
	i := find(offset)
	statementEnd := stop(i)
	// A bracket or template that is never closed shows itself far below, often at the end.
	if open := jsFirstUnclosed(text); open >= 0 && stop(find(open)) <= offset {
		add(starts[find(open)], stop(find(open)), offset)
	}
	line := bytes.LastIndexByte(text[:offset], '\n') + 1
	addLine := func(from, to int) {
		past := to
		if !jsBalanced(text[from:to]) {
			past = statementEnd
		}
		add(from, to, past)
	}
	addLine(line, lineEnd(text, line))
	if line > 0 {
		addLine(bytes.LastIndexByte(text[:line-1], '\n')+1, line-1)
	}
	add(starts[i], stop(i), 0)
	if i > 0 {
		add(starts[i-1], starts[i], 0)
		add(starts[i-1], stop(i), 0)
	}
	add(starts[i], len(text), 0)
	return found
}

func jsWhite(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// jsMargins are the offsets of lines that begin a statement at the left margin. It goes by habit, not by grammar:
// after a syntax error there is no grammar to go by.
func jsMargins(text []byte) []int {
	starts := []int{0}
	for i := 0; i < len(text); i = lineEnd(text, i) + 1 {
		c := text[i]
		if i > 0 && (isJSWord(c) && (c < '0' || c > '9') || c == '@' || c == '/' || c == '(' || c == '[' || c == '"' || c == '\'') {
			starts = append(starts, i)
		}
	}
	return starts
}

// jsBalanced tells whether a line opens as many brackets as it closes, and none the wrong way round.
func jsBalanced(line []byte) bool {
	balance := 0
	for _, c := range line {
		switch c {
		case '(', '[', '{':
			balance++
		case ')', ']', '}':
			if balance--; balance < 0 {
				return false
			}
		case '`':
			return false
		}
	}
	return balance == 0
}

// jsFirstUnclosed is the offset of the outermost bracket that is still open at the end, or -1.
func jsFirstUnclosed(text []byte) int {
	s := jsScan{text: text}
	for s.next() {
	}
	if len(s.open) == 0 {
		return -1
	}
	return s.open[0].at
}
