package syntax

import (
	"bufio"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"fermata/internal/source"
)

// pythonFile is what testdata/python/calls.py prints of one file; see there.
type pythonFile struct {
	Path     string
	Error    string
	Encoding string
	Calls    [][]any
	Inside   []string
	Exact    bool
	Counts   map[string]int
	Places   map[string]int
	Strings  *int64
}

// TestPythonAgreesWithCPython reads the machine's Python standard library with CPython's own parser and with ours:
// every call at the same place with the same callee and arguments, the same number of nodes of each type, the same
// decoded strings. Files that CPython itself rejects are counted and left out.
func TestPythonAgreesWithCPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 on this machine: there is nothing to compare with")
	}
	out, err := exec.Command(python, "-c", "import os; print(os.path.dirname(os.__file__))").Output()
	if err != nil {
		t.Fatalf("ask python3 for its library: %v", err)
	}
	library := strings.TrimSpace(string(out))
	var (
		wait                             sync.WaitGroup
		mu                               sync.Mutex
		files, calls, rejected, mistakes int
	)
	const shares = 2
	for share := range shares {
		wait.Add(1)
		go func() {
			defer wait.Done()
			command := exec.Command(python, filepath.Join("testdata", "python", "calls.py"),
				fmt.Sprint(share), fmt.Sprint(shares), library)
			command.Stderr = os.Stderr
			pipe, err := command.StdoutPipe()
			if err != nil {
				t.Error(err)
				return
			}
			if err := command.Start(); err != nil {
				t.Error(err)
				return
			}
			lines := bufio.NewScanner(pipe)
			lines.Buffer(nil, 1<<28)
			for lines.Scan() {
				var want pythonFile
				if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
					t.Errorf("read what python3 printed: %v", err)
					continue
				}
				troubles := []string(nil)
				if want.Error == "" {
					troubles = comparePython(t, want)
				}
				mu.Lock()
				if want.Error != "" {
					rejected++
				} else {
					files++
					calls += len(want.Calls) + len(want.Inside)
				}
				for _, trouble := range troubles {
					if mistakes++; mistakes <= 40 {
						t.Errorf("%s: %s", strings.TrimPrefix(want.Path, library+"/"), trouble)
					}
				}
				mu.Unlock()
			}
			if err := command.Wait(); err != nil {
				t.Errorf("python3: %v", err)
			}
		}()
	}
	wait.Wait()
	t.Logf("%d files, %d calls, %d differences; %d files that CPython rejects left out", files, calls, mistakes, rejected)
	if files < 100 || calls < 10000 {
		t.Errorf("compared only %d files and %d calls: that shows nothing", files, calls)
	}
}

// comparePython tells how our reading of a file differs from CPython's.
func comparePython(t *testing.T, want pythonFile) (troubles []string) {
	text, err := os.ReadFile(want.Path)
	if err != nil {
		t.Error(err)
		return nil
	}
	tree := parsePython(source.NewFile("file.py", text), Python, text, nil)
	for i, d := range tree.Diagnostics {
		if i < 3 && d.Severity != source.Note {
			troubles = append(troubles, "diagnostic "+d.String())
		}
	}
	var lines []int
	for i := range text {
		if i == 0 || text[i-1] == '\n' || text[i-1] == '\r' && text[i] != '\n' {
			lines = append(lines, i)
		}
	}
	if len(text) >= 3 && string(text[:3]) == "\xef\xbb\xbf" {
		lines[0] = 3
	}
	place := func(offset int32) string {
		line := sort.Search(len(lines), func(i int) bool { return lines[i] > int(offset) }) - 1
		column := int(offset) - lines[line]
		switch want.Encoding {
		case "":
		case "iso-8859-1":
			for _, c := range text[lines[line]:offset] {
				if c >= utf8.RuneSelf {
					column++ // two bytes in UTF-8
				}
			}
		default:
			column = 0
		}
		return fmt.Sprintf("%d:%d", line+1, column)
	}

	position := func(offset int32) int {
		line := sort.Search(len(lines), func(i int) bool { return lines[i] > int(offset) }) - 1
		return (line+1)*8191 + int(offset) - lines[line]
	}

	got := map[string]int{}
	var inside []string
	counts, places := map[string]int{}, map[string]int{}
	sum := int64(0)
	var walk func(n Node, deep bool)
	walk = func(top Node, deep bool) {
		top.Walk(func(n Node) bool {
			if n.Kind() == Call {
				if deep && !want.Exact {
					inside = append(inside, dottedName(n.Child(0)))
				} else {
					span := n.Span()
					got[fmt.Sprint(place(span.Start), "-", place(span.End), " ", describeCall(n))]++
				}
			}
			if n.Kind() == FString && n != top {
				walk(n, true)
				return false
			}
			if !deep {
				if name := pythonType(n); name != "" {
					counts[name]++
					if want.Places != nil {
						start, end := position(n.Span().Start), position(n.Span().End)
						if name == "FunctionDef" || name == "AsyncFunctionDef" || name == "ClassDef" {
							start = 0
						}
						places[name] += (start*31 + end) * (end + 17) % 1000003
					}
				}
				if n.Kind() == String && n.Op() == 0 {
					sum += int64(crc32.ChecksumIEEE([]byte(n.Text())))
				}
			}
			return true
		})
	}
	walk(tree.Root(), false)

	for _, c := range want.Calls {
		key := fmt.Sprintf("%v:%v-%v:%v %s/%v/%v", c[0], c[1], c[2], c[3], c[4], c[5], c[6])
		if want.Encoding != "" && want.Encoding != "iso-8859-1" {
			key = fmt.Sprintf("%v:0-%v:0 %s/%v/%v", c[0], c[2], c[4], c[5], c[6])
		}
		if got[key]--; got[key] < 0 {
			troubles = append(troubles, "missed call "+key)
		}
	}
	for key, n := range got {
		if n > 0 {
			troubles = append(troubles, "invented call "+key)
		}
	}
	slices.Sort(inside)
	if !slices.Equal(inside, want.Inside) {
		troubles = append(troubles, fmt.Sprintf("calls in f-strings: got %v, want %v", inside, want.Inside))
	}
	for _, kind := range pythonCounted {
		if counts["Match"] > 0 && slices.Contains(pythonInPatterns, kind) {
			continue
		}
		if want.Places != nil && !slices.Contains(pythonPlacedElsewhere, kind) && places[kind] != want.Places[kind] {
			troubles = append(troubles, fmt.Sprintf("%s: of %d some begin or end at another place", kind, counts[kind]))
		}
		if counts[kind] != want.Counts[kind] {
			troubles = append(troubles, fmt.Sprintf("%s: got %d, want %d", kind, counts[kind], want.Counts[kind]))
		}
	}
	if want.Strings != nil && sum != *want.Strings {
		troubles = append(troubles, "strings are decoded differently")
	}
	return troubles
}

// pythonPlacedElsewhere are types whose nodes have no place in CPython's tree, or for a good reason another one: a
// parameter's default is part of it for us, and a generator that is a call's only argument has no brackets of its own.
var pythonPlacedElsewhere = []string{"withitem", "comprehension", "match_case", "arg", "GeneratorExp"}

// pythonCounted are the types of CPython's tree that are compared by number; those that patterns are made of too only
// where there are no patterns, since CPython has other types there.
var (
	pythonCounted = []string{
		"FunctionDef", "AsyncFunctionDef", "ClassDef", "Import", "ImportFrom", "alias", "Return", "Assign", "AnnAssign",
		"AugAssign", "Expr", "If", "For", "AsyncFor", "While", "With", "AsyncWith", "withitem", "Try", "TryStar",
		"ExceptHandler", "Raise", "Match", "match_case", "MatchClass", "Pass", "Break", "Continue", "Global", "Nonlocal",
		"Delete", "Assert", "Call", "Attribute", "Subscript", "Slice", "Lambda", "IfExp", "Compare", "BoolOp", "BinOp",
		"UnaryOp", "Await", "Yield", "YieldFrom", "ListComp", "SetComp", "DictComp", "GeneratorExp", "comprehension",
		"NamedExpr", "Starred", "List", "Tuple", "Set", "Dict", "Name", "arg", "keyword", "str", "bytes", "bool",
		"NoneType", "ellipsis", "number",
	}
	pythonInPatterns = []string{
		"BinOp", "List", "Tuple", "Set", "Dict", "Name", "Starred", "NamedExpr", "keyword", "UnaryOp", "number",
		"bool", "NoneType",
	}
)

// pythonType is the name of a node's type in CPython's tree, or "".
func pythonType(n Node) (name string) {
	async := func(plain string) string {
		if n.Op() == 1 {
			return "Async" + plain
		}
		return plain
	}
	switch n.Kind() {
	case FuncDef:
		name = async("FunctionDef")
	case For:
		name = async("For")
	case With:
		name = async("With")
	case WithItem:
		name = "withitem"
	case Alias:
		name = "alias"
	case ExprStmt:
		name = "Expr"
	case Try:
		name = "Try"
		for c := range n.All(Except) {
			if c.Op() == 1 {
				name = "TryStar"
			}
		}
	case Except:
		name = "ExceptHandler"
	case Case:
		name = "match_case"
	case ClassPattern:
		name = "MatchClass"
	case Simple:
		name = map[string]string{
			"pass": "Pass", "break": "Break", "continue": "Continue", "global": "Global", "nonlocal": "Nonlocal",
			"del": "Delete", "assert": "Assert",
		}[n.Text()]
	case Attr:
		name = "Attribute"
	case Cond:
		name = "IfExp"
	case Logic:
		name = "BoolOp"
	case Binary:
		name = "BinOp"
	case Unary:
		name = "UnaryOp"
	case Yield:
		name = "Yield"
		if n.Op() == 1 {
			name = "YieldFrom"
		}
	case Comp:
		name = map[string]string{
			"list": "ListComp", "set": "SetComp", "map": "DictComp", "generator": "GeneratorExp",
		}[n.Text()]
	case CompFor:
		name = "comprehension"
	case Walrus:
		name = "NamedExpr"
	case Spread:
		switch {
		case n.Op() == 1:
			name = "Starred"
		case n.Parent().Is(Call, ClassDef):
			name = "keyword"
		}
	case Map:
		name = "Dict"
	case Name:
		if p := n.Parent(); p.Kind() != Alias && !(p.Kind() == Simple && (p.TextIs("global") || p.TextIs("nonlocal"))) {
			name = "Name"
		}
	case Param:
		if !n.TextIs("") {
			name = "arg"
		}
	case Keyword:
		name = "keyword"
	case String:
		name = "str"
		if n.Op() == 1 {
			name = "bytes"
		}
	case Bool:
		name = "bool"
	case Null:
		if n.Parent().Kind() != Slice || n.Source() != "" {
			name = "NoneType"
		}
	case Number:
		name = "number"
	case Ellipsis:
		name = "ellipsis"
	case ClassDef, Import, ImportFrom, Return, Assign, AnnAssign, AugAssign, If, While, Raise, Match, Call, Subscript, Slice,
		Lambda, Compare, Await, List, Tuple, Set:
		name = pythonKindNames[n.Kind()]
	}
	return name
}

var pythonKindNames = map[Kind]string{
	ClassDef: "ClassDef", Import: "Import", ImportFrom: "ImportFrom", Return: "Return", Assign: "Assign",
	AnnAssign: "AnnAssign", AugAssign: "AugAssign", If: "If", While: "While", Raise: "Raise", Match: "Match", Call: "Call",
	Subscript: "Subscript", Slice: "Slice", Lambda: "Lambda", Compare: "Compare", Await: "Await", List: "List",
	Tuple: "Tuple", Set: "Set",
}

// dottedName is a callee's dotted name, or "" when it is more than one.
func dottedName(n Node) string {
	switch n.Kind() {
	case Name:
		return n.Text()
	case Attr:
		if object := dottedName(n.Child(0)); object != "" {
			return object + "." + n.Text()
		}
	}
	return ""
}

// describeCall is a call's callee, number of positional arguments and keywords, as comparePython writes them.
func describeCall(n Node) string {
	positional, keywords, first := 0, []string{}, true
	for c := range n.Children() {
		switch {
		case first:
			first = false
		case c.Kind() == Keyword:
			keywords = append(keywords, c.Text())
		case c.Kind() == Spread && c.Op() == 2:
			keywords = append(keywords, "**")
		default:
			positional++
		}
	}
	return fmt.Sprintf("%s/%d/%v", dottedName(n.Child(0)), positional, keywords)
}
