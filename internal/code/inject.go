package code

import (
	"fermata/internal/syntax"
)

// A web framework gives a handler what its parameters depend on: service=Depends(make_service) is what that function gives,
// service: Service = Depends() an object of the class, and both may stand in the annotation.

// injectors are the calls by which a parameter says what it depends on.
var injectors = []string{"fastapi.Depends", "fastapi.Security", "fastapi.params.Depends", "fastapi.param_functions.Depends"}

// injected is what a framework gives a parameter; nil where nothing says so, or what is given could not be followed.
func (r *Resolver) injected(p syntax.Node, f *frame) *Value {
	annotation := p.First(syntax.Annotation).Child(0)
	if v := r.wired(p.First(syntax.Default).Child(0)); v != nil {
		return v
	}
	call := r.injector(p.First(syntax.Default).Child(0))
	if call.IsZero() {
		call = r.injectorIn(annotation)
	}
	if call.IsZero() {
		return nil
	}
	given := call.Child(1)
	if given.Is(syntax.Keyword) {
		if given = call.Argument("dependency"); given.IsZero() {
			return r.typed(annotation, p)
		}
	}
	if !given.IsZero() {
		switch v := r.eval(given, nil); v.Kind {
		case Function:
			fn := *v
			fn.more = &more{extra: v.extras(), whole: true}
			if got := fn.called(r, call, f); got.Kind != Unknown && got.Kind != Null {
				return got
			}
		case Class:
			return &Value{Kind: Instance, Node: p, Ref: v.Ref, in: r}
		}
	}
	return r.typed(annotation, p)
}

// injector is the expression where it is a call of an injector; the zero Node for others.
func (r *Resolver) injector(n syntax.Node) syntax.Node {
	if n.Is(syntax.Call) && n.Child(0).Is(syntax.Name, syntax.Attr) && (n.Child(0).TextIs("Depends") || n.Child(0).TextIs("Security")) && r.refIn(n.Child(0)).Is(injectors...) {
		return n
	}
	return syntax.Node{}
}

// injectorIn is the call of an injector in Annotated[…], which may stand at the top of the file under a name of its own.
func (r *Resolver) injectorIn(annotation syntax.Node) syntax.Node {
	if annotation.Is(syntax.Name) {
		if all := r.at(annotation).top.names[annotation.Text()]; len(all) == 1 && all[0].kind == bindAssign {
			annotation = all[0].value
		}
	}
	if !annotation.Is(syntax.Subscript) || !annotation.Child(0).TextIs("Annotated") {
		return syntax.Node{}
	}
	for item := range annotation.Child(1).Children() {
		if call := r.injector(item); !call.IsZero() {
			return call
		}
	}
	return syntax.Node{}
}
