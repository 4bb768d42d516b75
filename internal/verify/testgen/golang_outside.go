package testgen

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// Nothing can be put in the place of os/exec or of a file's writing in Go, so a test would truly do what the code does. A
// test is written only for code that is known to reach nothing but HTTP by the common transport, which a test replaces.

// harmless are the packages that reach nothing outside. It lists what may be used, not what may not: a package that
// nobody thought of must not count as harmless.
var harmless = regexp.MustCompile(`^(archive/(tar|zip)|bufio|bytes|cmp|compress/\w+|container/\w+|context|crypto(/(aes|cipher|ecdsa|ed25519|hmac|md5|rand|rsa|sha1|sha256|sha512|subtle|x509))?` +
	`|embed|encoding(/\w+)?|errors|flag|fmt|hash(/\w+)?|html(/template)?|image(/\w+)?|io(/fs)?|iter|log(/slog)?|maps|math(/\w+)?|mime(/multipart)?|net/(mail|netip|url)` +
	`|path(/filepath)?|reflect|regexp(/syntax)?|runtime(/debug)?|slices|sort|strconv|strings|sync(/atomic)?|text/\w+|time|unicode(/\w+)?|unique` +
	`|golang\.org/x/(sync/\w+|text/.*|exp/(maps|slices))|github\.com/google/uuid)$`)

// clients ask a model over the common transport.
var clients = regexp.MustCompile(`^github\.com/(sashabaranov/go-openai|openai/openai-go|anthropics/anthropic-sdk-go|ollama/ollama/api)(/|$)`)

// harmlessNames are what may be used of packages of which other parts reach outside. A transport that the code names is
// none of them: a test replaces the common one only when the package is loaded already.
var harmlessNames = map[string]*regexp.Regexp{
	"os":        regexp.MustCompile(`^(Getenv|LookupEnv|Environ|ExpandEnv|Expand|ReadFile|ReadDir|Open|Stat|Lstat|Readlink|DirFS|Stdin|Stdout|Stderr|Args|Exit|Getwd|Getpid|Hostname|UserHomeDir|TempDir|File|FileInfo|FileMode|DirEntry|PathError|Err\w+|Is\w+|Mode\w+|O_\w+|PathSeparator)$`),
	"net":       regexp.MustCompile(`^(ParseIP|ParseCIDR|ParseMAC|SplitHostPort|JoinHostPort|IP|IPNet|IPMask|IPv4|CIDRMask|Error|OpError|Err\w+)$`),
	"net/http":  regexp.MustCompile(`^(Client|DefaultClient|Do|Get|Head|Post|PostForm|NewRequest|NewRequestWithContext|Request|Response|ResponseWriter|Header|Cookie|Error|NotFound|Redirect|StatusText|Handler|HandlerFunc|DetectContentType|CanonicalHeaderKey|MaxBytesReader|Err\w+|Status\w+|Method\w+)$`),
	"io/ioutil": regexp.MustCompile(`^(ReadAll|ReadFile|ReadDir|NopCloser|Discard)$`),
}

// outside tells what keeps a function of Go from being called by a test.
type outside struct {
	in       Input
	folders  map[string][]string // the files of a folder
	packages map[string]string   // the folder of an import path
	known    map[string]string   // by folder, what its package, or one that it imports, may do
}

// guardGo says of each function of Go why a test may not call it.
func (l *look) guardGo() {
	var o *outside
	for _, id := range slices.Sorted(maps.Keys(l.out.Functions)) {
		f := l.out.Functions[id]
		if f.Language != syntax.Go {
			continue
		}
		if o == nil {
			o = newOutside(l.in)
		}
		f.Outside = o.why(f)
	}
}

func newOutside(in Input) *outside {
	o := &outside{in: in, folders: map[string][]string{}, packages: map[string]string{}, known: map[string]string{}}
	for _, p := range in.Paths {
		if path.Ext(p) != ".go" || strings.HasSuffix(p, "_test.go") {
			continue
		}
		folder := path.Dir(p)
		o.folders[folder] = append(o.folders[folder], p)
		if m := in.Program.Module(p); m != nil && m.Name != "" {
			o.packages[m.Name] = folder
		}
	}
	return o
}

// why is the reason, "" for none. A package that can reach nothing, with all that it imports, is harmless whatever is
// called in it. In another, a function is harmless of which each call was followed and is harmless itself; that says
// nothing of values that the package makes when it is loaded, so it must name no transport, and a method, whose object has
// such values, needs the first.
func (o *outside) why(f *Function) string {
	may := o.reach(path.Dir(f.Path))
	if may == "" {
		return ""
	}
	for _, name := range f.Reaches {
		if name != "" && !harmlessCall(name) {
			return fmt.Sprintf("it calls %s, which a test in Go cannot keep from happening", name)
		}
	}
	switch {
	case !f.Whole || f.Nameless:
		return fmt.Sprintf("not all of its calls are known, and %s, which a test in Go cannot keep from happening", may)
	case f.Class != nil || strings.Contains(may, transport):
		return may + ", which a test in Go cannot keep from happening"
	}
	return ""
}

// transport is how a reason speaks of a transport that a test does not replace.
const transport = "net/http.Transport"

// harmlessCall tells whether a call, by its full name, reaches nothing outside that a test does not replace.
func harmlessCall(name string) bool {
	slash := strings.LastIndexByte(name, '/') + 1
	dot := strings.IndexByte(name[slash:], '.')
	if dot < 0 {
		return false
	}
	pkg, called := name[:slash+dot], name[slash+dot+1:]
	first, _, _ := strings.Cut(called, ".")
	if names := harmlessNames[pkg]; names != nil {
		return names.MatchString(first)
	}
	return pkg == "builtins" || harmless.MatchString(pkg) || clients.MatchString(pkg)
}

// reach says what the packages of a folder, or one that they import, may do outside; "" for nothing.
func (o *outside) reach(folder string) string {
	if may, done := o.known[folder]; done {
		return may
	}
	o.known[folder] = "" // a package that imports itself cannot be built
	may := ""
	seen := map[string]bool{}
	var imports []string
	for _, p := range o.folders[folder] {
		found, used := o.file(p)
		if found != "" && (may == "" || strings.Contains(found, transport)) { // see why, which asks for this one
			may = found
		}
		for _, at := range used {
			if !seen[at] {
				seen[at] = true
				imports = append(imports, at)
			}
		}
	}
	sort.Strings(imports)
	for _, at := range imports {
		if found := o.reach(at); found != "" && (may == "" || strings.Contains(found, transport)) {
			may = found
		}
	}
	o.known[folder] = may
	return may
}

// file says what a file may do outside, and the folders of the project that it imports.
func (o *outside) file(p string) (may string, folders []string) {
	m := o.in.Program.Module(p)
	content := contentOf(m)
	if content == nil {
		return p + " was not read", nil
	}
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, p, content, parser.SkipObjectResolution)
	if err != nil {
		return p + " is not understood", nil
	}
	say := func(text string) {
		if may == "" || strings.Contains(text, transport) {
			may = text
		}
	}
	partly := map[string]string{} // by the name in the file
	for _, i := range tree.Imports {
		at, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(at)
		if i.Name != nil {
			name = i.Name.Name
		}
		folder, own := o.packages[at]
		switch {
		case harmlessNames[at] != nil && name != ".":
			partly[name] = at
		case harmless.MatchString(at):
		case own:
			folders = append(folders, folder)
		case clients.MatchString(at):
		default:
			say("its package uses " + at)
		}
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if n.Sel.Name == "Transport" && partly["http"] != "" {
				say("its package uses " + transport)
			}
			if ok && partly[x.Name] != "" && !harmlessNames[partly[x.Name]].MatchString(n.Sel.Name) {
				full := partly[x.Name] + "." + n.Sel.Name
				if strings.Contains(full, "Transport") || n.Sel.Name == "RoundTripper" {
					full = transport
				}
				say("its package uses " + full)
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Transport" {
				say("its package uses " + transport)
			}
		case *ast.CommentGroup:
			return false
		}
		return true
	})
	for _, group := range tree.Comments {
		if slices.ContainsFunc(group.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:linkname") }) {
			say("its package uses go:linkname")
		}
	}
	return may, folders
}

func contentOf(m *code.Module) []byte {
	if m == nil {
		return nil
	}
	t := m.Tree()
	if t == nil || t.Language != syntax.Go {
		return nil
	}
	return t.File.Content()
}
