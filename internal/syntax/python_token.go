package syntax

// pyToken is what a piece of Python text is.
type pyToken uint8

// The tokens. Keywords come last so that one comparison tells them.
const (
	pyEOF     pyToken = iota
	pyFail            // every token after a syntax error, until the reader has recovered
	pyBroken          // what is no token at all, such as a string that is not closed
	pyNewline         // the end of a logical line
	pyName
	pyNumber
	pyString
	pyFStart  // an f-string's prefix and quote; pieces follow
	pyFMiddle // literal text of an f-string or of a format specification
	pyFEnd    // an f-string's closing quote
	pyOpenParen
	pyCloseParen
	pyOpenBracket
	pyCloseBracket
	pyOpenBrace
	pyCloseBrace
	pyComma
	pyColon
	pySemicolon
	pyDot
	pyEllipsis
	pyArrow
	pyAssign
	pyWalrus
	pyAug // any operator with "="
	pyAt
	pyPlus
	pyMinus
	pyStar
	pyStarStar
	pySlash // also "//"
	pyPercent
	pyAmpersand
	pyPipe
	pyCaret
	pyTilde
	pyShift
	pyRelation // < > <= >= == != <>
	pyBang
	pyUnknown // a character that no Python text holds outside of strings

	pyFalse
	pyNone
	pyTrue
	pyAnd
	pyAs
	pyAssert
	pyAsync
	pyAwait
	pyBreak
	pyClass
	pyContinue
	pyDef
	pyDel
	pyElif
	pyElse
	pyExcept
	pyFinally
	pyFor
	pyFrom
	pyGlobal
	pyIf
	pyImport
	pyIn
	pyIs
	pyLambda
	pyNonlocal
	pyNot
	pyOr
	pyPass
	pyRaise
	pyReturn
	pyTry
	pyWhile
	pyWith
	pyYield
)

// Strengths of operators, weak to strong; 0 is "not a binary operator".
const (
	pyOrStrength uint8 = iota + 1
	pyAndStrength
	pyNotStrength
	pyCompareStrength
	pyBitOrStrength
	pyBitXorStrength
	pyBitAndStrength
	pyShiftStrength
	pySumStrength
	pyProductStrength
)

// pyStrength is a binary operator's strength by token. "not" stands for "not in".
var pyStrength = [256]uint8{
	pyOr: pyOrStrength, pyAnd: pyAndStrength,
	pyRelation: pyCompareStrength, pyIn: pyCompareStrength, pyIs: pyCompareStrength, pyNot: pyCompareStrength,
	pyPipe: pyBitOrStrength, pyCaret: pyBitXorStrength, pyAmpersand: pyBitAndStrength, pyShift: pyShiftStrength,
	pyPlus: pySumStrength, pyMinus: pySumStrength,
	pyStar: pyProductStrength, pySlash: pyProductStrength, pyPercent: pyProductStrength, pyAt: pyProductStrength,
}

// pyKeyword tells which keyword a word is, or pyName.
func pyKeyword(word []byte) pyToken {
	if len(word) < 2 || len(word) > 8 {
		return pyName
	}
	switch string(word) {
	case "False":
		return pyFalse
	case "None":
		return pyNone
	case "True":
		return pyTrue
	case "and":
		return pyAnd
	case "as":
		return pyAs
	case "assert":
		return pyAssert
	case "async":
		return pyAsync
	case "await":
		return pyAwait
	case "break":
		return pyBreak
	case "class":
		return pyClass
	case "continue":
		return pyContinue
	case "def":
		return pyDef
	case "del":
		return pyDel
	case "elif":
		return pyElif
	case "else":
		return pyElse
	case "except":
		return pyExcept
	case "finally":
		return pyFinally
	case "for":
		return pyFor
	case "from":
		return pyFrom
	case "global":
		return pyGlobal
	case "if":
		return pyIf
	case "import":
		return pyImport
	case "in":
		return pyIn
	case "is":
		return pyIs
	case "lambda":
		return pyLambda
	case "nonlocal":
		return pyNonlocal
	case "not":
		return pyNot
	case "or":
		return pyOr
	case "pass":
		return pyPass
	case "raise":
		return pyRaise
	case "return":
		return pyReturn
	case "try":
		return pyTry
	case "while":
		return pyWhile
	case "with":
		return pyWith
	case "yield":
		return pyYield
	}
	return pyName
}

// startsStatement tells whether a token can only begin a statement, never go on with an expression: where such a
// token begins a line, a bracket that is still open was forgotten.
func (t pyToken) startsStatement() bool {
	switch t {
	case pyAssert, pyBreak, pyClass, pyContinue, pyDef, pyDel, pyExcept, pyFinally, pyGlobal, pyImport, pyNonlocal,
		pyPass, pyRaise, pyReturn, pyTry, pyWhile, pyWith:
		return true
	}
	return false
}
