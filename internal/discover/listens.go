package discover

import (
	"path"
	"regexp"
	"slices"
	"sync"

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
	p.fragment.listens = append(p.fragment.listens, listen{local: local, at: at})
}

// fronts are the names of files that put something in front of a program, or start it in a way of their own: what its code
// listens on then says nothing of who reaches it.
var fronts = regexp.MustCompile(`(?i)^(?:.*dockerfile.*|containerfile.*|.*compose.*\.ya?ml|procfile.*|.*nginx.*|.*\.conf|caddyfile.*|.*traefik.*|.*ngrok.*|cloudflared.*|.*\.service|fly.*\.toml|render\.ya?ml|` +
	`railway\.\w+|vercel\.json|wrangler\.\w+|serverless\.\w+|app\.ya?ml|chart\.ya?ml|.*ingress.*\.ya?ml|.*deploy.*\.ya?ml|service\.ya?ml|gunicorn.*|netlify\.toml|.*\.tf|.*haproxy.*|envoy\.ya?ml|` +
	`\.htaccess|heroku\.yml|app\.json|devcontainer\.json|vagrantfile|nixpacks\.toml|skaffold\.ya?ml|kustomization\.ya?ml|cloudbuild\.ya?ml|apprunner\.ya?ml|koyeb\.ya?ml|ecosystem\.config\.\w+|template\.ya?ml)$`)

// opened are words of who listens on other addresses, starts a program on them, or lets others through to it.
var opened = sync.OnceValue(func() *source.Finder {
	return source.NewFinder("0.0.0.0", "--host", "--bind", "INADDR_ANY", "[::]", "\"::\"", "'::'", "-h ::", "=::", "LoadBalancer", "NodePort", "zrok", "devtunnel", "autossh", "bore ", "awsgi", "RUN_HOST", "UVICORN_HOST", "run_simple(", "WSGIServer(", "ngrok", "localtunnel", "cloudflared", "serveo.net", "localhost.run", "tailscale", "frpc", "share=True", "ProxyPass", "proxy_pass",
		"gunicorn", "hypercorn", "uwsgi", "daphne", "granian", "waitress-serve", "fastapi run", "ssh -R", "ssh -N", "ssh -f", "-R 0", "socat ", "port-forward", "Mangum", "asgi_app", "wsgi_app", ".host =", ".host=",
		"HTTPServer(", "make_server(", "start_server(", "create_server(", "TCPSite(", "http-proxy", "Bun.serve", "Deno.serve", "fastify", "hono/node-server", "nginx", "Caddyfile", "haproxy", "traefik")
})

// servers are words of who listens, in files that no extractor read: what they listen on was not looked at.
var servers = sync.OnceValue(func() *source.Finder {
	return source.NewFinder(".listen(", "createServer(", "uvicorn.run(", "uvicorn.Config(", ".run(host", "ListenAndServe", "streamlit run")
})

// mostSpoken is how large a file is that is searched for such words.
const mostSpoken = 1 << 20

// openListens takes back that programs listen for their own machine where the tree speaks of something that may let others in:
// a program's own files speak of it, and files of no program, such as scripts and instructions, of all.
func (r *run) openListens(fragments []fragment, system map[string]string) {
	local := map[string]bool{}
	read := map[string]bool{}
	for i := range fragments {
		read[fragments[i].path] = true
		for _, one := range fragments[i].listens {
			if one.local {
				local[system[fragments[i].path]] = true
			}
		}
	}
	if len(local) == 0 {
		return
	}
	open := map[string]bool{}
	all := slices.ContainsFunc(r.paths, func(name string) bool { return fronts.MatchString(path.Base(name)) })
	for _, name := range r.paths {
		of, known := system[name]
		if all || known && (!local[of] || open[of]) || source.Scope(name) == source.ScopeTest || !r.speaks(name, read[name]) {
			continue
		}
		if open[of] = true; !known {
			all = true
		}
	}
	for i := range fragments {
		for k := range fragments[i].listens {
			if all || open[system[fragments[i].path]] {
				fragments[i].listens[k].local = false
			}
		}
	}
}

// speaks tells whether a file may let others in. A script or a source file that is too large to be searched may.
func (r *run) speaks(name string, read bool) bool {
	if r.entries[name].Size > mostSpoken {
		return slices.Contains([]string{"", ".sh", ".bash", ".bat", ".ps1", ".mk", ".py", ".js", ".mjs", ".cjs", ".ts", ".go"}, path.Ext(name))
	}
	file, skip := r.root.Read(r.entries[name])
	return skip == nil && (opened().ContainsAny(file.Content()) || !read && servers().ContainsAny(file.Content()))
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
