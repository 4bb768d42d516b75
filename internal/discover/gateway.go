package discover

import (
	"regexp"
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
)

// gateways are services that give an agent the tools of products by their names, and hold the users' accounts there: by
// the first part of the package's name.
var gateways = map[string]string{
	"composio": "Composio", "@composio": "Composio", "arcadepy": "Arcade", "agents_arcade": "Arcade", "langchain_arcade": "Arcade", "crewai_arcade": "Arcade",
}

// gatewayGives are the calls by which a gateway gives tools.
var gatewayGives = map[string]bool{"get_tools": true, "getTools": true, "get": true, "get_arcade_tools": true, "get_actions": true, "getActions": true, "init_tools": true, "tools": true}

// GatewayTools describes the tools that a gateway gives, one for each product that is named, and names them; false for
// other values, and where the code names no product.
func (p *Pass) GatewayTools(v *code.Value) ([]Ref, bool) {
	if !v.Is(code.Instance) || v.Ref.Def != nil || !gatewayGives[v.Ref.Last()] {
		return nil, false
	}
	package_, _, _ := strings.Cut(v.Ref.Name, ".")
	service := gateways[package_]
	if base, _, scoped := strings.Cut(package_, "/"); service == "" && scoped {
		service = gateways[base]
	}
	if service == "" && strings.HasPrefix(package_, "composio_") {
		service = gateways["composio"]
	}
	if service == "" {
		return nil, false
	}
	var refs []Ref
	at := v.Call.Span()
	products, changes := []string{}, map[string]bool{} // in the order of the code; whether more than reading is given of each
	open := false                                      // actions are named that are not known
	for _, key := range []string{"apps", "toolkits", "actions", "tools", "app", "toolkit", "action"} {
		for _, one := range v.Arg(key, -1).Members() {
			product, reads := productThrough(one)
			if product != "" && !slices.Contains(products, product) {
				products = append(products, product)
			}
			changes[product] = changes[product] || !reads
			open = open || one.Is(code.Unknown)
		}
	}
	for _, product := range products {
		ref := Local(p.Path(), strings.ToLower(service), product)
		e := p.Element(model.Tool, ref, product, at).Technology(strings.ToLower(service))
		if info, ok := ProductNamed("gateway." + product); ok {
			e.Detail("through " + service + ": " + info.Doc)
			if !open && !changes[product] && info.Effects["net-read"] == model.Yes {
				info = onlyReading(info)
			}
			e.Product(info, at)
		} else {
			e.Detail("through "+service).Fact("third-party", model.Yes, at)
		}
		refs = append(refs, ref)
	}
	return refs, len(refs) > 0
}

// onlyReading is a product of which an agent is given nothing but actions that read.
func onlyReading(info ProductInfo) ProductInfo {
	effects := map[string]string{}
	for name := range info.Effects {
		effects[name] = model.No
	}
	effects["net-read"] = model.Yes
	info.Effects, info.Doc = effects, "each action that is named only reads, by its name"
	return info
}

// Words in the names of actions: those with which one begins that reads, and those that say that it does more.
var (
	readingAction  = regexp.MustCompile(`^(?:list|get|fetch|find|search|read|view|retrieve|describe|count|check)(?:[^a-z]|$)`)
	changingAction = regexp.MustCompile(`(?:^|[^a-z])(?:create|update|delete|add|remove|send|reply|post|set|write|merge|close|move|modify|mark|upload|or)(?:[^a-z]|$)`)
	wordStart      = regexp.MustCompile(`([a-z])([A-Z])`)
)

// productThrough is the product that a gateway's name of an app or an action says: App.GMAIL, "GMAIL_SEND_EMAIL",
// "Gmail.ListEmails"; "" where it is not known. Reads tells that it names an action that only reads.
func productThrough(v *code.Value) (product string, reads bool) {
	name, ok := v.Constant()
	if !ok {
		if !v.Is(code.External) {
			return "", false
		}
		name = v.Ref.Last()
	}
	if info := strings.ToLower(strings.ReplaceAll(name, "_", "")); info != "" {
		if _, known := ProductNamed("gateway." + info); known {
			return info, false // GOOGLE_CALENDAR
		}
	}
	name, action, _ := strings.Cut(strings.Replace(name, ".", "_", 1), "_")
	action = strings.ToLower(wordStart.ReplaceAllString(action, "${1}_$2"))
	return strings.ToLower(name), readingAction.MatchString(action) && !changingAction.MatchString(action)
}
