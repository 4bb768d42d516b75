package a2a

import (
	"strings"

	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// cardFile reads a card that stands as JSON. It is one only with a name, skills, and an address or capabilities.
func (x *pass) cardFile() {
	root := x.Tree().Root()
	name, skills := root.Argument("name"), root.Argument("skills")
	if !name.Is(syntax.String) || !skills.Is(syntax.List) {
		return
	}
	interfaces := root.Argument("supportedInterfaces")
	if root.Argument("url").IsZero() && interfaces.IsZero() && !root.Argument("capabilities").Is(syntax.Map) {
		return
	}
	c := card{name: name.Text(), description: root.Argument("description").Text(), at: name.Span()}
	for skill := range skills.Children() {
		if s := skill.Argument("name"); s.Is(syntax.String) && len(c.skills) < 8 {
			c.skills = append(c.skills, s.Text())
		}
	}
	if url := root.Argument("url"); url.Is(syntax.String) {
		c.addresses = append(c.addresses, url.Text())
	}
	for _, list := range []syntax.Node{interfaces, root.Argument("additionalInterfaces")} {
		for one := range list.Children() {
			if url := one.Argument("url"); url.Is(syntax.String) {
				c.addresses = append(c.addresses, url.Text())
			}
		}
	}
	for _, key := range []string{"securitySchemes", "security", "securityRequirements", "authentication"} {
		if said := root.Argument(key); said.Count() > 0 {
			c.protected, c.security = true, said
			break
		}
	}
	c.signed = root.Argument("signatures").Count() > 0
	ref := discover.Local(x.Path(), "card")
	x.service(ref, c.name, c, name.Span())
	var addresses []string
	for _, a := range c.addresses {
		if !strings.Contains(a, " ") {
			addresses = append(addresses, a)
		}
	}
	x.A2ASame(ref, c.name, addresses...)
}
