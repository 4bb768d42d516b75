package discover

import (
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
	seen := map[string]bool{}
	at := v.Call.Span()
	for _, key := range []string{"apps", "toolkits", "actions", "tools", "app", "toolkit", "action"} {
		for _, one := range v.Arg(key, -1).Members() {
			product := productThrough(one)
			if product == "" || seen[product] {
				continue
			}
			seen[product] = true
			ref := Local(p.Path(), strings.ToLower(service), product)
			e := p.Element(model.Tool, ref, product, at).Technology(strings.ToLower(service))
			if info, ok := ProductNamed("gateway." + product); ok {
				e.Detail("through "+service+": "+info.Doc).Product(info, at)
			} else {
				e.Detail("through "+service).Fact("third-party", model.Yes, at)
			}
			refs = append(refs, ref)
		}
	}
	return refs, len(refs) > 0
}

// productThrough is the product that a gateway's name of an app or an action says: App.GMAIL, "GMAIL_SEND_EMAIL",
// "Gmail.ListEmails"; "" where it is not known.
func productThrough(v *code.Value) string {
	name, ok := v.Constant()
	if !ok {
		if !v.Is(code.External) {
			return ""
		}
		name = v.Ref.Last()
	}
	if info := strings.ToLower(strings.ReplaceAll(name, "_", "")); info != "" {
		if _, known := ProductNamed("gateway." + info); known {
			return info // GOOGLE_CALENDAR
		}
	}
	name, _, _ = strings.Cut(strings.ToLower(name), ".")
	name, _, _ = strings.Cut(name, "_")
	return name
}
