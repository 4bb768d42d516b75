package syntax

import (
	"bytes"
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/ije/esbuild-internal/ast"
	"github.com/ije/esbuild-internal/config"
	"github.com/ije/esbuild-internal/js_ast"
	"github.com/ije/esbuild-internal/js_parser"
	"github.com/ije/esbuild-internal/logger"

	"fermata/internal/source"
)

// TypeScript, TSX, JavaScript and JSX are read with esbuild's parser, set so that it keeps what was written: no
// lowering, no minifying, no removal of imports that only types use, JSX as it stands.
//
// # What that costs
//
// Types and comments are gone. esbuild joins string literals that are added ("a" + "b"), puts the value of an enum's
// member where it is used, drops what "false &&" and "true ||" keep from running, and turns "namespace" and
// "export =" into what TypeScript emits for them. Where nodes end is worked out here: exactly for literals, names, calls, brackets and blocks; for the rest the end is that
// of the last child, so that closing parentheses around an expression and the semicolon of a statement are outside.
//
// esbuild gives no tree after a syntax error. Then the line of the error is blanked out, or else the top-level
// statement around it, and the file is read again, a bounded number of times: see javascript_recover.go.
type jsReader struct {
	*builder
	text    []byte
	parsed  js_ast.AST
	symbols []ast.Symbol
	broken  [][2]int // ranges that were blanked out
	tooDeep bool
	depth   int
}

func parseJavaScript(file *source.File, text []byte, start int) *Tree {
	r := &jsReader{builder: newBuilder(file, TypeScript, text), text: text}
	root := r.add(0, Module, start, len(text))
	if at := jsTooDeep(text); at >= 0 {
		r.diagnose(source.Error, TooDeep, "expressions are nested too deep to be read", at, at+1)
		return r.tree
	}
	if start > 0 { // esbuild takes a byte order mark for a part of the text
		text = bytes.Clone(text)
		copy(text, "   ")
	}
	if !r.parse(text) {
		return r.tree
	}
	r.module(root, text)
	return r.tree
}

// jsOptions are esbuild's options for a file of this name. Types says whether TypeScript is to be understood.
func jsOptions(name string, types bool) js_parser.Options {
	defines := config.ProcessDefines(nil)
	options := config.Options{
		Mode:    config.ModePassThrough,
		Defines: &defines,
		JSX:     config.JSXOptions{Preserve: true, Parse: true},
		TS: config.TSOptions{Parse: types, Config: config.TSConfig{
			// Keep imports, whatever uses them, and class fields where they stand.
			VerbatimModuleSyntax: config.True, UseDefineForClassFields: config.True, Target: config.TSTargetAtOrAboveES2022,
		}},
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".ts":
		options.JSX.Parse = false // "<T>value" is a cast there
	case ".mts", ".cts":
		options.JSX.Parse, options.TS.NoAmbiguousLessThan = false, true
	case ".tsx":
		options.TS.NoAmbiguousLessThan = true
	}
	return js_parser.OptionsFromConfig(&options)
}

// jsIsTyped tells whether a file's name says TypeScript.
func jsIsTyped(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".js", ".jsx", ".mjs", ".cjs":
		return false
	}
	return true
}

// attempt reads the text once. Trouble is the first syntax error; nil when there is a tree. esbuild reports some
// errors that do not keep it from making a tree (a name declared twice, say): they cost nothing and are not told.
func (r *jsReader) attempt(text []byte, types bool) (result js_ast.AST, trouble *jsTrouble) {
	log := logger.NewDeferLog(logger.DeferLogNoVerboseOrDebug, nil)
	defer func() {
		// esbuild panics only on its own bugs; they must cost this file, not the run.
		if p := recover(); p != nil {
			trouble = &jsTrouble{message: "the reader of TypeScript and JavaScript failed on this file", offset: 0, fatal: true}
		}
	}()
	name := r.tree.File.Path()
	from := logger.Source{PrettyPath: name, IdentifierName: "file", Contents: string(text)}
	result, ok := js_parser.Parse(log, from, jsOptions(name, types))
	if ok {
		return result, nil
	}
	trouble = &jsTrouble{message: "this statement could not be read", offset: len(text)}
	for _, m := range log.Done() {
		if m.Kind != logger.Error || m.Data.Location == nil {
			continue
		}
		// The last error is the one that stopped the parser.
		trouble.message = jsMessage(m.Data.Text)
		trouble.offset = jsOffset(text, m.Data.Location.Line, m.Data.Location.Column)
		trouble.length = m.Data.Location.Length
	}
	return result, trouble
}

type jsTrouble struct {
	message        string
	offset, length int
	fatal          bool
}

// jsMessage makes esbuild's sentence one of ours: no capital, no full stop.
func jsMessage(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	text = strings.TrimSuffix(text, ".")
	if len(text) > 1 && text[0] >= 'A' && text[0] <= 'Z' && (text[1] < 'A' || text[1] > 'Z') {
		text = strings.ToLower(text[:1]) + text[1:]
	}
	return text
}

// jsOffset turns a line (from 1) and a column in bytes (from 0) into an offset. esbuild counts the line ends of
// JavaScript.
func jsOffset(text []byte, line, column int) int {
	at := 0
	for ; line > 1 && at < len(text); line-- {
		next := len(text)
		for i := at; i < len(text); i++ {
			if c := text[i]; c == '\n' || c == '\r' && (i+1 == len(text) || text[i+1] != '\n') ||
				c == 0xA8 || c == 0xA9 {
				if n := jsLineBreak(text, i); n {
					next = i + 1
					break
				}
			}
		}
		at = next
	}
	return min(at+column, len(text))
}

// jsLineBreak tells whether a line ends with the byte at i.
func jsLineBreak(text []byte, i int) bool {
	switch text[i] {
	case '\n', '\r':
		return true
	case 0xA8, 0xA9:
		return i >= 2 && text[i-1] == 0x80 && text[i-2] == 0xE2
	}
	return false
}

// module makes the nodes of the whole file.
func (r *jsReader) module(root int32, text []byte) {
	r.symbols = r.parsed.Symbols
	var statements []js_ast.Stmt
	for _, part := range r.parsed.Parts {
		statements = append(statements, part.Stmts...)
	}
	// The tree has directives apart and imports first; the order of the text is the order of our tree.
	slices.SortStableFunc(statements, func(a, b js_ast.Stmt) int { return cmp.Compare(a.Loc.Start, b.Loc.Start) })
	types := r.typeImports(text, statements)
	at := 0
	for _, directive := range r.parsed.Directives {
		if i := bytes.Index(text[at:], []byte(directive)); i > 0 {
			start := at + i - 1
			at = start + len(directive) + 2
			at = min(at, len(text))
			id := r.add(root, ExprStmt, start, at)
			r.setString(r.add(id, String, start, at), directive)
		}
	}
	broken := r.broken
	slices.SortFunc(broken, func(a, b [2]int) int { return a[0] - b[0] })
	for _, s := range statements {
		for len(broken) > 0 && broken[0][0] <= int(s.Loc.Start) {
			r.add(root, Error, broken[0][0], broken[0][1])
			broken = broken[1:]
		}
		for len(types) > 0 && types[0].start < int(s.Loc.Start) {
			r.typeImport(root, types[0])
			types = types[1:]
		}
		r.statement(root, s)
	}
	for _, b := range broken {
		r.add(root, Error, b[0], b[1])
	}
	for _, t := range types {
		r.typeImport(root, t)
	}
}

// jsTypeImport finds "import type" and "export type … from", which esbuild drops like all types. They say which module a file
// knows, so they are read by pattern.
var jsTypeImport = regexp.MustCompile(`(?m)^[ \t]*import[ \t]+type[ \t]+(?:(\w+)[ \t]+|\*[ \t]*as[ \t]+(\w+)[ \t]+|(\w+[ \t]*,[ \t]*)?\{([^{}]*)\}[ \t\r\n]*)from[ \t]*["']([^"'\n]+)["']`)

type jsTypes struct {
	start, end int
	match      []int
}

// typeImports are the type imports of a TypeScript file at its top level, outside of all statements.
func (r *jsReader) typeImports(text []byte, statements []js_ast.Stmt) []jsTypes {
	if !jsIsTyped(r.tree.File.Path()) || !bytes.Contains(text, []byte("type")) {
		return nil
	}
	var found []jsTypes
	for _, m := range jsTypeImport.FindAllSubmatchIndex(text, -1) {
		start := m[0]
		for text[start] == ' ' || text[start] == '\t' {
			start++
		}
		// A match inside a statement is inside a text or comment: at the top level there is none.
		i, _ := slices.BinarySearchFunc(statements, start, func(s js_ast.Stmt, at int) int { return cmp.Compare(int(s.Loc.Start), at+1) })
		if i > 0 && r.statementEnd(statements[i-1]) > start {
			continue
		}
		found = append(found, jsTypes{start: start, end: m[1], match: m})
	}
	return found
}

func (r *jsReader) typeImport(root int32, t jsTypes) {
	group := func(i int) (int, int, bool) { return t.match[2*i], t.match[2*i+1], t.match[2*i] >= 0 }
	id := r.add(root, ImportFrom, t.start, t.end)
	if from, to, ok := group(5); ok {
		r.setText(id, from, to)
	}
	local := func(text string, from, to int) {
		alias := r.add(id, Alias, from, to)
		r.setString(alias, text)
		r.setText(r.add(alias, Name, from, to), from, to)
	}
	if from, to, ok := group(1); ok {
		local("default", from, to)
	}
	if from, to, ok := group(2); ok {
		local("*", from, to)
	}
	from, to, ok := group(4)
	if !ok {
		return
	}
	for item := range strings.SplitSeq(string(r.text[from:to]), ",") {
		itemStart := from + strings.IndexFunc(item, func(c rune) bool { return !strings.ContainsRune(" \t\r\n", c) })
		words := strings.Fields(item)
		if len(words) > 0 && isJSName(words[0]) {
			alias := r.add(id, Alias, itemStart, itemStart+len(strings.TrimSpace(item)))
			r.setText(alias, itemStart, itemStart+len(words[0]))
			if len(words) == 3 && words[1] == "as" && isJSName(words[2]) {
				end := itemStart + len(strings.TrimSpace(item))
				r.setText(r.add(alias, Name, end-len(words[2]), end), end-len(words[2]), end)
			}
		}
		from += len(item) + 1
	}
}

func isJSName(s string) bool {
	for i := range len(s) {
		if !isJSWord(s[i]) {
			return false
		}
	}
	return s != ""
}

// isJSWord tells bytes of names and numbers.
func isJSWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
}
