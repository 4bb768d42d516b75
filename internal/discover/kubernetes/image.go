package kubernetes

import (
	"path"
	"regexp"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Which image a container is started from, and which Dockerfile of the tree that is built from.

// image is the image of a container; a chart's comes from its values.
func (r *reader) image(c syntax.Node) discover.Image {
	i := discover.ParseImage(c.Argument("image").Text())
	if strings.Contains(i.Name, "xxxx") {
		if text := r.named(c.Argument("image")); text != "" {
			return discover.ParseImage(text)
		}
		values := r.values.Argument("image")
		if n := values.Argument("repository"); n.Text() != "" {
			text := n.Text()
			if tag := values.Argument("tag").Text(); tag != "" {
				text += ":" + tag
			}
			return discover.ParseImage(text)
		}
		i.Hole = true
	}
	return i
}

var (
	fromValues = regexp.MustCompile(`\.Values((?:\.\w+)+)`)
	included   = regexp.MustCompile(`include\s+"([^"]+)"`)
)

// named puts an image's name together from the values that a template takes it from, itself or through what it
// includes: "{{ .Values.worker.image.repository }}:{{ .Values.worker.image.tag }}".
func (r *reader) named(image syntax.Node) string {
	chart := discover.ChartOf(r.p, r.p.Path())
	span := r.at(image)
	if chart == "" || span.IsZero() || span.File.Path() != r.p.Path() {
		return ""
	}
	text := r.p.File().Text(int(span.Start), int(span.End))
	if m := included.FindStringSubmatch(text); m != nil {
		text += "\n" + r.definition(chart, m[1])
	}
	name, tag := "", ""
	for _, m := range fromValues.FindAllStringSubmatch(text, 20) {
		keys := strings.Split(strings.TrimPrefix(m[1], "."), ".")
		value := discover.TextAt(r.values, keys...)
		if value == "" {
			continue
		}
		switch last := strings.ToLower(keys[len(keys)-1]); {
		case strings.Contains(last, "tag") || strings.Contains(last, "digest"):
			tag = value
		case strings.Contains(last, "registry"), strings.Contains(last, "policy"):
		case strings.Contains(last, "image"), strings.Contains(last, "repository"), last == "name":
			if name == "" {
				name = value
			}
		}
	}
	if name == "" || tag == "" || strings.Contains(path.Base(name), ":") {
		return name
	}
	return name + ":" + tag
}

// definition is the text of a template that a chart's helpers define.
func (r *reader) definition(chart, name string) string {
	tree := r.p.Read(path.Join(chart, "templates/_helpers.tpl"))
	if tree == nil || tree.File == nil {
		return ""
	}
	_, rest, ok := strings.Cut(string(tree.File.Content()), `define "`+name+`"`)
	if !ok {
		return ""
	}
	text, _, _ := strings.Cut(rest, "{{- define ")
	return text
}

// beside are images that stand beside a program's own.
var beside = regexp.MustCompile(`^(docker\.io/)?(library/)?(nginx|busybox|alpine|traefik|envoy|python|node|debian|ubuntu|httpd|caddy|memcached|bitnami/.*|grafana/.*|prom/.*|envoyproxy/.*|curlimages/.*|istio/.*|jaegertracing/.*|otel/.*|quay\.io/oauth2-proxy/.*|bitnami/kubectl|gcr\.io/cloudsql-docker/.*)$`)

// general are folders whose names say nothing of the image that is built in them.
var general = map[string]bool{".": true, "docker": true, "deploy": true, "build": true, "deployment": true, ".docker": true}

// dockerfileOf finds the Dockerfile of the tree that an image is built from.
func dockerfileOf(p *discover.Pass, i discover.Image, only bool) string {
	name := strings.ToLower(path.Base(i.Name))
	var all, fitting []string
	for _, file := range p.Paths("") {
		base := strings.ToLower(path.Base(file))
		plain := base == "dockerfile" || base == "containerfile"
		if !plain && !strings.HasPrefix(base, "dockerfile.") && !strings.HasSuffix(base, ".dockerfile") || source.Scope(file) != source.Scope(p.Path()) {
			continue
		}
		all = append(all, file)
		told := strings.TrimSuffix(strings.TrimPrefix(base, "dockerfile."), ".dockerfile")
		if plain {
			told = strings.ToLower(path.Base(path.Dir(file)))
		}
		if told != "." && !i.Hole && (told == name || strings.HasSuffix(name, "-"+told) || strings.HasPrefix(name, told+"-")) {
			fitting = append(fitting, file)
		}
	}
	switch {
	case len(fitting) == 1:
		return fitting[0]
	case len(fitting) > 1:
		for _, file := range fitting {
			if strings.EqualFold(path.Base(path.Dir(file)), name) {
				return file
			}
		}
		return ""
	case len(all) == 1 && only && general[path.Dir(all[0])] && !beside.MatchString(i.Name):
		return all[0]
	}
	return ""
}
