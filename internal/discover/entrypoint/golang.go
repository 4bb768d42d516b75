package entrypoint

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// goRoutes are calls of Go that are given a path and a handler, with middlewares before or behind it.
var goRoutes = routesOf(map[string]string{
	"net/http":                            "HandleFunc Handle",
	"github.com/gorilla/mux":              "HandleFunc Handle HandlerFunc Handler",
	"github.com/gin-gonic/gin":            "GET POST PUT PATCH DELETE Any Handle",
	"github.com/go-chi/chi":               "Get Post Put Patch Delete HandleFunc Handle Method MethodFunc",
	"github.com/labstack/echo":            "GET POST PUT PATCH DELETE Any Add",
	"github.com/gofiber/fiber":            "Get Post Put Patch Delete All Add",
	"github.com/julienschmidt/httprouter": "GET POST PUT PATCH DELETE Handle Handler HandlerFunc",
})

func routesOf(verbs map[string]string) []string {
	var patterns []string
	for module, list := range verbs {
		for _, verb := range strings.Fields(list) {
			patterns = append(patterns, module+"."+verb, module+".**."+verb)
		}
	}
	return patterns
}

// goGuards are the methods by which routers of Go put something before all their routes.
var goGuards = []string{"net/http.**.Use", "github.com/gorilla/mux.**.Use", "github.com/gin-gonic/gin.**.Use", "github.com/go-chi/chi.**.Use", "github.com/labstack/echo.**.Use", "github.com/gofiber/fiber.**.Use"}

// goGiven are calls of Go that are given a function to start, other than routes.
var goGiven = []way{
	{[]string{"github.com/aws/aws-lambda-go/lambda.Start", "github.com/aws/aws-lambda-go/lambda.StartWithOptions"}, function},
	{[]string{"github.com/bwmarrin/discordgo.**.AddHandler"}, discord},
	{[]string{"gopkg.in/telebot.**.Handle", "github.com/go-telegram/bot.**.RegisterHandler"}, telegram},
	{[]string{"github.com/nats-io/nats.go.**.Subscribe", "github.com/nats-io/nats.go.**.QueueSubscribe", "cloud.google.com/go/pubsub.**.Receive"}, queue},
}

// goCommands are the structs of Go's command lines; the fields hold what runs.
var goCommands = []string{"github.com/spf13/cobra.Command", "github.com/urfave/cli.Command", "github.com/urfave/cli.App"}

// golang reads Go.
func (x *pass) golang() {
	guards := map[string]source.Span{} // router → what it puts before its routes and asks who calls
	for _, c := range x.Code().CallsTo(goGuards...) {
		for i := 1; ; i++ {
			arg := c.Node.Child(i)
			if arg.IsZero() {
				break
			}
			if checking(arg.Source()) {
				guards[x.receiver(c).Key()] = arg.Span()
			}
		}
	}
	for _, c := range x.Code().CallsTo(goRoutes...) {
		x.goRoute(c, guards)
	}
	for _, w := range goGiven {
		for _, c := range x.Code().CallsTo(w.patterns...) {
			x.started(w.party, c.Callee.Last(), c.Node, c.Node.Span())
		}
	}
	for _, v := range x.Code().Instances(goCommands...) {
		use, _ := v.Arg("Use", -1).Constant()
		for _, field := range []string{"Run", "RunE", "Action"} {
			if run := v.Arg(field, -1); run != nil {
				x.started(terminal, strings.TrimSpace("command "+use), run.Node, run.Node.Span())
			}
		}
	}
	for _, c := range x.Code().CallsTo("bufio.NewReader", "bufio.NewScanner", "fmt.Scan", "fmt.Scanln", "fmt.Scanf") {
		if strings.HasPrefix(c.Callee.Name, "bufio.") && !x.Code().Resolve(c.Node.Child(1)).Is("os.Stdin") {
			continue
		}
		around := c.Node
		for up := around.Parent(); !up.IsZero(); up = up.Parent() {
			if up.Is(syntax.FuncDef) {
				around = up
				break
			}
		}
		x.enter(terminal, c.Callee.Last(), around, c.Node.Span(), unread, "")
	}
}

// receiver is the object that a method is called on.
func (x *pass) receiver(c code.Call) *code.Value {
	if callee := c.Node.Child(0); callee.Is(syntax.Attr) {
		return x.Code().Eval(callee.Child(0))
	}
	return &code.Value{}
}

// goRoute reads one route: a path, perhaps behind a method, then handlers and what stands before them.
func (x *pass) goRoute(c code.Call, guards map[string]source.Span) {
	verb, label := verbOf(strings.ToUpper(c.Callee.Last())), ""
	var checked source.Span
	var handlers []syntax.Node
	for i := 1; ; i++ {
		arg := c.Node.Child(i)
		if arg.IsZero() {
			break
		}
		if text, ok := x.Code().Eval(arg).Constant(); ok && label == "" {
			if verb == "" && strings.ToUpper(text) == text && !strings.Contains(text, "/") {
				verb = verbOf(text)
				continue
			}
			label = text
			continue
		}
		switch {
		case arg.Is(syntax.Attr) && strings.HasPrefix(arg.Text(), "Method"): // http.MethodPost
			verb = verbOf(strings.ToUpper(strings.TrimPrefix(arg.Text(), "Method")))
		case !arg.Is(syntax.Lambda) && checking(outermost(arg)):
			checked = arg.Span()
			if arg.Is(syntax.Call) {
				handlers = append(handlers, arg) // requireAuth(handler)
			}
		default:
			handlers = append(handlers, arg)
		}
	}
	router := x.receiver(c)
	for ; checked.IsZero() && router.Is(code.Instance); router = router.Base {
		checked = guards[router.Key()]
		for _, arg := range router.Args() { // r.Group("/api", auth()), r.With(auth)
			if n := arg.Value.Node; checked.IsZero() && !n.Is(syntax.String) && checking(n.Source()) {
				checked = n.Span()
			}
		}
	}
	who := web
	if hook(label) {
		who = webhook
	}
	label = strings.TrimSpace(verb + " " + label)
	if len(handlers) == 0 {
		handlers = append(handlers, c.Node)
	}
	for _, h := range handlers {
		found := x.functionsIn(h)
		if len(found) == 0 {
			found = append(found, h) // an object that answers
		}
		for _, f := range found {
			at := checked
			if at.IsZero() && who == webhook {
				at = signed(f)
			}
			x.enter(who, label, f, c.Node.Span(), seen(at), "")
		}
	}
}

// started enters all functions that an expression holds.
func (x *pass) started(who party, label string, n syntax.Node, at source.Span) {
	for _, f := range x.functionsIn(n) {
		x.enter(who, label, f, at, unread, "")
	}
}

// functionsIn lists the functions that an expression names, holds or wraps: chat, s.chat, func(…) {…},
// http.HandlerFunc(s.chat), chatWith(agent).
func (x *pass) functionsIn(n syntax.Node) []syntax.Node {
	var found []syntax.Node
	n.Walk(func(c syntax.Node) bool {
		switch {
		case c.Is(syntax.Lambda):
			found = append(found, c)
			return false
		case c.Is(syntax.Call):
			if d := x.Code().Resolve(c.Child(0)).Def; d != nil && d.Kind == code.FuncDef {
				found = append(found, c) // what it makes is made by its own code, of what it is given
			}
		case c.Is(syntax.Name, syntax.Attr) && c.Parent().Child(0) != c:
			if f := x.handlerOf(c); !f.IsZero() {
				found = append(found, f)
			}
			return false
		}
		return true
	})
	if n.Is(syntax.Name, syntax.Attr) && len(found) == 0 {
		if f := x.handlerOf(n); !f.IsZero() {
			found = append(found, f)
		}
	}
	return found
}

// outermost is the name that an argument goes by: of a call, what is called.
func outermost(n syntax.Node) string {
	if n.Is(syntax.Call) {
		n = n.Child(0)
	}
	return n.Text()
}
