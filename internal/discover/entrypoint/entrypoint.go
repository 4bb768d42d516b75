// Package entrypoint reads where work comes in: routes of web frameworks, handlers of chat channels, pages that ask for
// text, messages of queues and mail, and the command line.
//
// It only says which code somebody outside starts, and who; package discover follows that code's calls to the agents
// that they reach. Somebody who calls a route or writes in a channel is a person with the role "user", or "public" where
// a channel is open to everybody; what a webhook or a queue delivers is an outside party; who runs a program on a
// terminal is its owner: that person may do on the machine whatever the program does, and has nothing to gain by it. What
// the program reads for them, others may have written.
//
// # What it does not do
//
// A login that is asked for elsewhere (a gateway, a middleware) is not seen: that a route shows no check of its caller
// says nothing, and the fact stays unknown. Routes that are registered by names in configuration are not followed.
package entrypoint

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor reads the ways into a program.
var Extractor = &discover.Extractor{
	Name:    "entrypoint",
	Doc:     "Ways into a program (Python, TypeScript, Go): routes of web frameworks, chat channels, pages, queues, mail and the command line, with the agents that they reach.",
	Match:   func(path string) bool { return discover.PythonOrScript(path) || discover.GoCode(path) },
	Follows: true,
	Run:     run,
}

type pass struct {
	*discover.Pass
}

func run(p *discover.Pass) error {
	x := &pass{p}
	switch p.Tree().Language {
	case syntax.TypeScript:
		x.script()
		return nil
	case syntax.Go:
		x.golang()
		return nil
	}
	x.decorated()
	x.registered()
	x.methods()
	x.asked()
	return nil
}

// party is who comes in by a channel.
type party struct {
	channel string
	kind    model.Kind
	name    string
	role    string
}

// The parties that channels bring in.
var (
	web      = party{"http", model.Human, "HTTP caller", "user"}
	webhook  = party{"webhook", model.External, "webhook sender", "site"}
	queue    = party{"queue", model.External, "queue sender", "queue"}
	mail     = party{"mailbox", model.External, "mail sender", "mailbox"}
	slack    = party{"slack", model.Human, "Slack user", "user"}
	teams    = party{"teams", model.Human, "Teams user", "user"}
	discord  = party{"discord", model.Human, "Discord user", "public"}
	telegram = party{"telegram", model.Human, "Telegram user", "public"}
	whatsapp = party{"whatsapp", model.Human, "WhatsApp user", "public"}
	page     = party{"page", model.Human, "page visitor", "user"}
	voice    = party{"voice", model.Human, "voice caller", "user"}
	function = party{"function", model.Human, "function caller", "user"}
	terminal = party{"terminal", model.Human, "terminal user", "owner"}
)

// way is a name of a framework by which code becomes a way in.
type way struct {
	patterns []string
	party    party
}

// enter records one way in.
func (x *pass) enter(who party, label string, handler syntax.Node, at, checked source.Span) {
	if who == terminal {
		checked = at
	}
	x.Enters(discover.EntryPoint{
		Channel: who.channel, Kind: who.kind, Name: who.name, Role: who.role, Label: label, Handler: handler, At: at, Authenticated: checked,
	})
}

// handlerOf is the function that an expression names or is.
func (x *pass) handlerOf(n syntax.Node) (node syntax.Node) {
	if n.Is(syntax.Lambda) {
		return n
	}
	for _, v := range x.Code().Eval(n).Each() {
		if v.Is(code.Function) {
			if v.Ref.Def != nil {
				return v.Ref.Def.Node
			}
			return v.Node
		}
	}
	return syntax.Node{}
}
