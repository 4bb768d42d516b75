package codecheck

import (
	"strings"

	"fermata/internal/result"
	"fermata/internal/syntax"
)

// template reads the entrances of a template of CloudFormation or SAM: addresses of functions, methods and routes of an
// API, with whether anybody may call them. What a property leaves to a parameter or a condition is not told.
func (c *configLook) template() {
	content := string(c.file.Content())
	if !strings.Contains(content, "AWS::Lambda::Url") && !strings.Contains(content, "AWS::ApiGateway") && !strings.Contains(content, "AWS::Serverless::Function") {
		return
	}
	root := syntax.Parse(c.file).Root()
	for root.Is(syntax.Module, syntax.Document) {
		root = root.Child(0)
	}
	resources := root.Argument("Resources")
	for key, one := range resources.Pairs() {
		props := one.Argument("Properties")
		switch one.Argument("Type").Text() {
		case "AWS::Lambda::Url":
			c.entrance(key, "the address of a function", props.Argument("AuthType"), false)
		case "AWS::ApiGateway::Method":
			if !props.Argument("HttpMethod").TextIs("OPTIONS") && !props.Argument("ApiKeyRequired").TextIs("true") && !guarded(resources, props.Argument("RestApiId")) {
				c.entrance(key, "a method of an API", props.Argument("AuthorizationType"), false)
			}
		case "AWS::ApiGatewayV2::Route":
			// What follows on the first message of a web socket is let in with it.
			if way := props.Argument("RouteKey").Text(); way == "$connect" || strings.HasPrefix(way, "ANY ") || strings.HasPrefix(way, "POST ") || strings.HasPrefix(way, "PUT ") {
				c.entrance(key, "the route "+way+" of an API", props.Argument("AuthorizationType"), true)
			}
		case "AWS::Serverless::Function":
			c.entrance(key, "the address of a function", props.Argument("FunctionUrlConfig").Argument("AuthType"), false)
		}
	}
}

// entrance makes a subject of one way in. Where nothing is said, some kinds let anybody in.
func (c *configLook) entrance(key syntax.Node, what string, auth syntax.Node, byDefault bool) {
	open, at := auth.TextIs("NONE"), auth.Span()
	if auth.IsZero() {
		if !byDefault {
			return
		}
		open, at = true, key.Span()
	} else if !auth.Is(syntax.String, syntax.Name) && !auth.TextIs("NONE") {
		return // a parameter says it
	}
	s := c.subject("cloud-entrance", key.Text(), key.Span())
	s.Texts["detail"] = what
	s.Flags["asks_nobody"] = result.No
	if open {
		spot(s, "asks_nobody", true, at)
	}
}

// guarded tells whether an API of the template lets in only who its policy or its network lets in.
func guarded(resources, id syntax.Node) bool {
	name := id.Text()
	if inner := id.Argument("Ref"); !inner.IsZero() {
		name = inner.Text()
	}
	for key, one := range resources.Pairs() {
		if key.Text() != name && !strings.Contains(id.Source(), key.Text()) {
			continue
		}
		props := one.Argument("Properties")
		if !props.Argument("Policy").IsZero() || strings.Contains(props.Argument("EndpointConfiguration").Source(), "PRIVATE") {
			return true
		}
	}
	return false
}
