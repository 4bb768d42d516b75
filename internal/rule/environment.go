package rule

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// CEL's types of our values.
var celTypes = map[typ]*types.Type{
	elementT: types.NewObjectType("Element"), flowT: types.NewObjectType("Flow"), cycleT: types.NewObjectType("Cycle"),
	elementFactsT: types.NewObjectType("ElementFacts"), flowFactsT: types.NewObjectType("FlowFacts"),
	effectsT: types.NewObjectType("Effects"),
	callT:    types.NewObjectType("Call"), functionT: types.NewObjectType("Function"), classT: types.NewObjectType("Class"),
	literalT: types.NewObjectType("Literal"), fileT: types.NewObjectType("File"), argumentT: types.NewObjectType("Argument"),
	boolT: types.BoolType, stringT: types.StringType, intT: types.IntType, noType: types.DynType,
}

func init() {
	celTypes[elementListT] = types.NewListType(celTypes[elementT])
	celTypes[flowListT] = types.NewListType(celTypes[flowT])
}

// newEnvironment makes the CEL environment with the names of all rules.
func newEnvironment(all names) (*cel.Env, error) {
	registry := types.NewEmptyRegistry()
	provider := &provider{Registry: registry, fields: map[string]map[string]*types.FieldType{}}
	for t, name := range celNames {
		table := map[string]*types.FieldType{}
		for _, f := range fieldsOf[t].byName {
			table[f.name] = &types.FieldType{Type: celTypes[f.typ], IsSet: alwaysSet, GetFrom: getter(t, f)}
		}
		provider.fields[name] = table
	}
	options := []cel.EnvOption{
		cel.CustomTypeProvider(provider), cel.CustomTypeAdapter(provider),
		cel.ClearMacros(), cel.Macros(cel.ExistsMacro, cel.AllMacro),
		cel.Function("crosses", cel.Overload("crosses_flow", []*cel.Type{celTypes[flowT]}, cel.BoolType,
			cel.UnaryBinding(func(v ref.Val) ref.Val {
				f, ok := v.(*flow)
				return types.Bool(ok && f.from.boundaries != f.to.boundaries)
			}))),
		cel.Function("stays", cel.Overload("stays_element", []*cel.Type{celTypes[elementT]}, cel.BoolType,
			cel.UnaryBinding(func(v ref.Val) ref.Val {
				e, ok := v.(*element)
				return types.Bool(ok && e.twin != nil)
			}))),
		cel.Function("same_system", cel.Overload("same_system_elements", []*cel.Type{celTypes[elementT], celTypes[elementT]}, cel.BoolType,
			cel.BinaryBinding(func(a, b ref.Val) ref.Val {
				one, ok := a.(*element)
				other, ok2 := b.(*element)
				return types.Bool(ok && ok2 && one.m.System == other.m.System)
			}))),
	}
	options = append(options, codeOptions()...)
	for _, name := range all.sorted() {
		options = append(options, cel.Variable(name, celTypes[all[name]]))
	}
	return cel.NewEnv(options...)
}

func alwaysSet(any) bool { return true }

// provider tells CEL which fields our types have and how to read them.
type provider struct {
	*types.Registry
	fields map[string]map[string]*types.FieldType
}

// FindStructType is asked by CEL for a type's name.
func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if _, ok := p.fields[name]; ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Registry.FindStructType(name)
}

// FindStructFieldNames lists a type's fields.
func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	for t, own := range celNames {
		if own == name {
			return fieldsOf[t].names, true
		}
	}
	return p.Registry.FindStructFieldNames(name)
}

// FindStructFieldType gives a field's type and how it is read.
func (p *provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if table, ok := p.fields[name]; ok {
		f, ok := table[field]
		return f, ok
	}
	return p.Registry.FindStructFieldType(name, field)
}

// NativeToValue gives back our own values as they are.
func (p *provider) NativeToValue(value any) ref.Val {
	switch v := value.(type) {
	case ref.Val:
		return v
	case string:
		return types.String(v)
	}
	return p.Registry.NativeToValue(value)
}
