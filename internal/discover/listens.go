package discover

import (
	"path"
	"regexp"

	"fermata/internal/model"
	"fermata/internal/source"
)

// listen is a place at which a program begins to listen.
type listen struct {
	local bool // on an address that only its own machine reaches
	at    source.Span
}

// Listens records that the program listens there: on an address that only its own machine reaches, or on any other.
func (p *Pass) Listens(local bool, at source.Span) {
	p.fragment.listens = append(p.fragment.listens, listen{local: local && !p.forwarded(), at: at})
}

// fronts are the names of files that put something in front of a program, or start it in a way of their own: what its code
// listens on then says nothing of who reaches it.
var fronts = regexp.MustCompile(`(?i)^(?:.*dockerfile.*|containerfile.*|.*compose.*\.ya?ml|procfile.*|.*nginx.*|.*\.conf|caddyfile.*|.*traefik.*|.*ngrok.*|cloudflared.*|.*\.service|fly\.toml|render\.ya?ml|` +
	`railway\.\w+|vercel\.json|wrangler\.\w+|serverless\.ya?ml|app\.ya?ml|chart\.ya?ml|.*ingress.*\.ya?ml|.*deployment.*\.ya?ml|gunicorn.*|netlify\.toml|.*\.tf)$`)

// forwarded tells whether a file of the tree may put something in front of its programs.
func (p *Pass) forwarded() bool {
	for _, file := range p.Paths(".") {
		if fronts.MatchString(path.Base(file)) {
			return true
		}
	}
	return false
}

// local gives, by system, the place that shows that its programs listen for their own machine only: all do that were seen to
// listen.
func (l *linker) local(fragments []fragment) map[string]listen {
	out, open := map[string]listen{}, map[string]bool{}
	for i := range fragments {
		system := l.system[fragments[i].path]
		for _, one := range fragments[i].listens {
			if _, known := out[system]; !known {
				out[system] = one
			}
			open[system] = open[system] || !one.local
		}
	}
	for system := range open {
		if open[system] {
			delete(out, system)
		}
	}
	return out
}

// onlyHere says of what comes in over the network that it comes from the machine itself.
func onlyHere(at source.Span, flows ...*Flow) {
	for _, f := range flows {
		f.Fact("remote", model.No, at)
		f.because("remote", "it is listened for on the machine's own address only")
	}
}
