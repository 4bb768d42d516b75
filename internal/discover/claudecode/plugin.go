package claudecode

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// pluginName is what a plugin calls itself, else its folder.
func pluginName(p *discover.Pass, home string) string {
	if file := path.Join(home, ".claude-plugin/plugin.json"); p.Exists(file) {
		if name := p.Read(file).Root().Argument("name"); name.Is(syntax.String) && name.Text() != "" {
			return name.Text()
		}
	}
	if home == "." {
		return "plugin"
	}
	return path.Base(home)
}

// plugin reads a plugin's own file. Its servers are read by package mcpclient.
func (x *pass) plugin() {
	root := x.root()
	name := root.Argument("name")
	if !name.Is(syntax.String) {
		return
	}
	x.Element(model.Plugin, x.owner.ref, name.Text(), name.Span()).Technology(technology).Detail(root.Argument("description").Text()).
		FactBecause("at-desk", model.Yes, "who installs it runs it on their own machine", name.Span())
	x.hooks(x.owner.ref, root.Argument("hooks"))
}

// marketplace reads a list of plugins. One that is fetched from elsewhere is another party's, and pinned only by a
// commit or an exact version.
func (x *pass) marketplace() {
	home := path.Dir(path.Dir(x.Path()))
	root := x.root()
	list := root.Argument("plugins")
	for entry := range list.Children() {
		name := entry.Argument("name")
		if !name.Is(syntax.String) {
			continue
		}
		from := entry.Argument("source")
		if from.Is(syntax.String) {
			ref := localPlugin(x.Pass, x.Path(), home, name.Text(), from.Text())
			x.Element(model.Plugin, ref, name.Text(), name.Span()).Technology(technology).Detail(entry.Argument("description").Text())
			x.hooks(ref, entry.Argument("hooks"))
			continue
		}
		ref := discover.Local(x.Path(), name.Text())
		e := x.Element(model.Plugin, ref, name.Text(), name.Span()).Technology(technology).Detail(entry.Argument("description").Text())
		x.supplied(e, from)
	}
}

var (
	commit  = regexp.MustCompile(`^[0-9a-f]{40}$`)
	version = regexp.MustCompile(`^v?\d+\.\d+\.\d+$`)
)

// supplied describes where a plugin comes from.
func (x *pass) supplied(e *discover.Element, from syntax.Node) {
	where := ""
	for _, key := range []string{"repo", "url", "package"} {
		if v := from.Argument(key); v.Is(syntax.String) && where == "" {
			where = strings.TrimSuffix(v.Text(), ".git")
		}
	}
	if !from.Is(syntax.Map) || where == "" {
		x.Unresolved("a plugin's source", "it names no place", from.Span())
		return
	}
	at := from.Span()
	e.FactBecause("third-party", model.Yes, "it is fetched from "+where, at)
	pinned := model.No
	if commit.MatchString(from.Argument("sha").Text()) || commit.MatchString(from.Argument("ref").Text()) || version.MatchString(from.Argument("version").Text()) {
		pinned = model.Yes
	}
	e.Fact("pinned", pinned, at)
	ref := discover.Named(model.External, where)
	x.Element(model.External, ref, where, at).Fact("role", "package", at).Fact("third-party", model.Yes, at)
	x.Flow(model.Supply, ref, e.Ref, at).Fact("pinned", pinned, at)
}

// localPlugin names a plugin that stands in the tree. Several may share one folder; then only the list tells them apart.
func localPlugin(p *discover.Pass, market, home, name, from string) discover.Ref {
	dir := path.Join(home, from)
	if dir == home && !p.Exists(path.Join(dir, ".claude-plugin/plugin.json")) {
		return discover.Local(market, name)
	}
	return discover.Local(dir, "plugin")
}

// listedPlugin finds the plugin of a marketplace that a file is of.
func listedPlugin(p *discover.Pass, market, file string) (owner, bool) {
	home := path.Dir(path.Dir(market))
	best, found := owner{}, false
	root := p.Read(market).Root()
	list := root.Argument("plugins")
	for entry := range list.Children() {
		from := entry.Argument("source")
		if !from.Is(syntax.String) {
			continue
		}
		dir := path.Join(home, from.Text())
		rest, inside := strings.CutPrefix(file, dir+"/")
		if dir == "." {
			rest, inside = file, true
		}
		if !inside || found && len(dir) <= len(best.home) || !lists(entry, rest) {
			continue
		}
		best = owner{home: dir, folder: dir, ref: localPlugin(p, market, home, entry.Argument("name").Text(), from.Text()), plugin: true}
		found = true
	}
	return best, found
}

// lists tells whether a plugin's entry names a file, or names none at all.
func lists(entry syntax.Node, file string) bool {
	some := false
	for _, key := range []string{"skills", "agents", "commands"} {
		paths := entry.Argument(key)
		if !paths.Is(syntax.List) {
			continue
		}
		some = true
		for item := range paths.Children() {
			if name := path.Clean(item.Text()); file == name || strings.HasPrefix(file, name+"/") {
				return true
			}
		}
	}
	return !some && slices.Contains([]string{"agents", "commands", "skills", "hooks", ".claude-plugin"}, firstFolder(file))
}

func firstFolder(file string) string {
	folder, _, _ := strings.Cut(file, "/")
	return folder
}

// installed describes the plugins that a project's settings switch on, and the marketplaces that they come from.
func (x *pass) installed(root syntax.Node) {
	markets := root.Argument("extraKnownMarketplaces")
	for key, value := range root.Argument("enabledPlugins").Pairs() {
		if value.Is(syntax.Bool) && !value.TextIs("true") {
			continue
		}
		name, market, _ := strings.Cut(key.Text(), "@")
		at := key.Span()
		ref := discover.Local(x.owner.home, technology, "plugins", key.Text())
		e := x.Element(model.Plugin, ref, name, at).Technology(technology).Detail("installed from " + market)
		x.Flow(model.ToolCall, x.owner.ref, ref, at)
		if market == "" {
			continue
		}
		place := markets.Argument(market)
		if kind := place.Argument("source").Argument("source"); kind.TextIs("directory") || kind.TextIs("file") {
			continue // of this machine
		}
		e.FactBecause("third-party", model.Yes, "it comes from the marketplace "+market, at)
		from := discover.Named(model.External, "marketplace "+market)
		x.Element(model.External, from, market, at, place.Span()).Fact("role", "marketplace", at).Fact("third-party", model.Yes, at)
		supply := x.Flow(model.Supply, from, ref, at).Fact("pinned", model.No, at)
		if auto := place.Argument("autoUpdate"); auto.Is(syntax.Bool) {
			supply.Fact("auto-update", discover.YesNo(auto.TextIs("true")), auto.Span())
		}
	}
}
