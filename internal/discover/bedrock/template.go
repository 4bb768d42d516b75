package bedrock

import (
	"regexp"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// template reads a template of CloudFormation or SAM.
func (x *pass) template() {
	root := x.Tree().Root()
	for root.Is(syntax.Module, syntax.Document) {
		root = root.Child(0)
	}
	byName := map[string]*resource{}
	var all []resource
	for key, one := range root.Argument("Resources").Pairs() {
		kind := strings.TrimPrefix(one.Argument("Type").Text(), "AWS::")
		if kind == "Serverless::Function" {
			kind = "Lambda::Function"
		}
		props := plain(one.Argument("Properties"), 0)
		all = append(all, resource{kind: kind, ref: discover.Local(x.Path(), key.Text()), id: key.Text(), props: props, at: key.Span()})
	}
	for i := range all {
		byName[all[i].id] = &all[i]
	}
	x.resources(all, func(v *code.Value) *resource { return byName[logical(v)] })
}

// logical is the name of the resource that a property points to: !Ref X, !GetAtt X.Arn, {"Ref": "X"}, "${X.Arn}".
func logical(v *code.Value) string {
	switch {
	case v.Is(code.String):
		name, _, _ := strings.Cut(strings.TrimPrefix(strings.Trim(v.Text, "{}$"), "{"), ".")
		return name
	case v.Is(code.Dict):
		for _, key := range []string{"ref", "fn::GetAtt", "Fn::GetAtt", "fn::Sub", "Fn::Sub"} {
			got := v.Get(key)
			if got.Is(code.List) && len(got.Items) > 0 {
				got = got.Items[0]
			}
			if got.Is(code.String) {
				return logical(got)
			}
		}
	}
	return ""
}

// constructs are the classes of the CDK, by the ends of their names.
var constructs = map[string]string{
	"CfnAgent": "Bedrock::Agent", "CfnKnowledgeBase": "Bedrock::KnowledgeBase", "CfnDataSource": "Bedrock::DataSource", "CfnAgentAlias": "Bedrock::AgentAlias",
	"Agent": "Bedrock::Agent", "VectorKnowledgeBase": "Bedrock::KnowledgeBase", "KnowledgeBase": "Bedrock::KnowledgeBase", "S3DataSource": "Bedrock::DataSource",
	"AgentActionGroup": "part", "Function": "Lambda::Function", "CfnFunction": "Lambda::Function", "PythonFunction": "Lambda::Function", "NodejsFunction": "Lambda::Function",
	"DockerImageFunction": "Lambda::Function", "Bucket": "S3::Bucket", "Index": "S3Vectors::Index",
}

// cdkPackages are the packages that hold such classes.
var cdkPackages = []string{
	"aws_cdk.aws_bedrock.*", "aws_cdk.aws_bedrock_alpha.*", "aws_cdk.aws_lambda.*", "aws_cdk.aws_lambda_python_alpha.*", "aws_cdk.aws_s3.*",
	"cdklabs.generative_ai_cdk_constructs.bedrock.*", "cdklabs.generative_ai_cdk_constructs.**.*",
	"aws-cdk-lib/aws-bedrock.*", "aws-cdk-lib.aws_bedrock.*", "@aws-cdk/aws-bedrock-alpha.*", "aws-cdk-lib/aws-lambda.*", "aws-cdk-lib.aws_lambda.*",
	"aws-cdk-lib/aws-lambda-nodejs.*", "@aws-cdk/aws-lambda-python-alpha.*", "aws-cdk-lib/aws-s3.*", "aws-cdk-lib.aws_s3.*",
	"@cdklabs/generative-ai-cdk-constructs.bedrock.*", "@cdklabs/generative-ai-cdk-constructs.*", "cdk-s3-vectors.*",
}

// customResource calls an operation of the SDK when a stack is put up.
var customResource = []string{"aws-cdk-lib/custom-resources.AwsCustomResource", "aws-cdk-lib.custom_resources.AwsCustomResource", "aws_cdk.custom_resources.AwsCustomResource"}

// cdk reads the constructs of a file.
func (x *pass) cdk() {
	var all []resource
	byKey := map[string]*resource{}
	take := func(v *code.Value, kind string, props *code.Value) {
		id := v.Arg("id", 1).Str()
		if id == "" {
			id = x.NameOf(v)
		}
		all = append(all, resource{kind: kind, ref: discover.Object(v), id: id, props: props, at: v.Call.Span()})
	}
	for _, v := range x.Code().Instances(cdkPackages...) {
		if kind := constructs[v.Ref.Last()]; kind != "" && v.Base == nil && v.Call.Is(syntax.Call) {
			take(v, kind, options(v, 0))
		}
	}
	for _, v := range x.Code().Instances(customResource...) {
		made := said(v.Arg("onCreate", -1), 0)
		if made == nil {
			made = said(v.Arg("on_create", -1), 0)
		}
		switch made.Get("action").Str() {
		case "createAgent", "CreateAgent":
			take(v, "Bedrock::Agent", made.Get("parameters"))
		case "createKnowledgeBase", "CreateKnowledgeBase":
			take(v, "Bedrock::KnowledgeBase", made.Get("parameters"))
		}
	}
	for i := range all {
		byKey[all[i].ref.Key()] = &all[i]
	}
	to := func(v *code.Value) *resource {
		for _, one := range v.Each() {
			root := one.Root()
			if one.Is(code.External) && one.Base != nil {
				root = one.Base.Root()
			}
			if !root.Is(code.Instance) || root.Call.IsZero() {
				continue
			}
			if r := byKey[discover.Object(root).Key()]; r != nil {
				return r
			}
			if kind := constructs[root.Ref.Last()]; kind != "" && root.Ref.Is(cdkPackages...) { // of another file
				id := root.Arg("id", 1).Str()
				if id == "" {
					id = x.NameOf(root)
				}
				return &resource{kind: kind, ref: discover.Object(root), id: id, props: options(root, 0), at: root.Call.Span()}
			}
		}
		return nil
	}
	x.resources(all, to)
	x.added(to)
}

// added reads what is given to an agent after it was made: agent.addActionGroup(group), agent.add_knowledge_base(base).
func (x *pass) added(to func(*code.Value) *resource) {
	for _, c := range x.Code().Calls() {
		callee := c.Node.Child(0)
		if !callee.Is(syntax.Attr) || !strings.HasPrefix(callee.Text(), "add") {
			continue
		}
		verb := spelt(callee.Text())
		if verb != "addActionGroup" && verb != "addActionGroups" && verb != "addKnowledgeBase" && verb != "addGuardrail" {
			continue
		}
		owner := to(x.Code().Eval(callee.Child(0)))
		if owner == nil || owner.kind != "Bedrock::Agent" {
			continue
		}
		given := x.Code().Eval(c.Node.Child(1))
		switch verb {
		case "addKnowledgeBase":
			if base := to(given); base != nil {
				x.Flow(model.Retrieval, base.ref, owner.ref, c.Node.Span())
			}
		case "addGuardrail":
			x.guard(owner.ref, given)
		default:
			for _, one := range given.Members() {
				if group := to(one); group != nil {
					x.group(owner.ref, owner.id, x.worded(group.props), one.Node.Span())
					x.behind(owner.ref, group.props, to)
				}
			}
		}
	}
}

// commands are the operations that the SDK for JavaScript has as classes.
var commands = map[string]string{
	"CreateAgentCommand": "create_agent", "InvokeInlineAgentCommand": "invoke_inline_agent", "InvokeAgentCommand": "invoke_agent",
	"CreateAgentActionGroupCommand": "create_agent_action_group", "AssociateAgentCollaboratorCommand": "associate_agent_collaborator",
	"AssociateAgentKnowledgeBaseCommand": "associate_agent_knowledge_base", "CreateKnowledgeBaseCommand": "create_knowledge_base",
}

// sdk reads the operations of the SDK for JavaScript.
func (x *pass) sdk() {
	for _, c := range x.Code().CallsTo("@aws-sdk/client-bedrock-agent.*", "@aws-sdk/client-bedrock-agent-runtime.*") {
		verb, ok := commands[c.Callee.Last()]
		if !ok {
			continue
		}
		for _, round := range x.CallAs(c.Node) {
			x.operation(verb, round, c.Node)
		}
	}
}

// Blocks and settings of Terraform, as its formatter writes them. What else it can say is not read.
var (
	block   = regexp.MustCompile(`(?ms)^resource\s+"aws_bedrockagent_([a-z_]+)"\s+"([A-Za-z0-9_-]+)"\s*\{\n(.*?)^\}`)
	setting = regexp.MustCompile(`(?m)^  ([a-z_]+)\s*=\s*"([^"$\n]*)"\s*$`)
	points  = regexp.MustCompile(`aws_bedrockagent_([a-z_]+)\.([A-Za-z0-9_-]+)`)
)

// terraform reads the agents, action groups and knowledge bases that Terraform names. Its language is not read: what
// stands as a plain text is known, and the rest is said to be unknown.
func (x *pass) terraform() {
	content := x.File().Content()
	ref := func(kind, name string) discover.Ref { return discover.Local(x.Path(), kind+"."+name) }
	for _, m := range block.FindAllSubmatchIndex(content, 64) {
		kind, name, body := string(content[m[2]:m[3]]), string(content[m[4]:m[5]]), content[m[6]:m[7]]
		at := x.File().Span(m[0], m[5]+1)
		said := map[string]string{}
		for _, s := range setting.FindAllSubmatch(body, 64) {
			said[string(s[1])] = string(s[2])
		}
		// of is the resource of a kind that the block points to
		of := func(kind string) discover.Ref {
			for _, p := range points.FindAllSubmatch(body, 16) {
				if string(p[1]) == kind {
					return ref(kind, string(p[2]))
				}
			}
			return discover.Ref{}
		}
		switch kind {
		case "agent":
			title := said["agent_name"]
			if title == "" {
				title = name
			}
			x.Element(model.Agent, ref(kind, name), title, at).Technology(technology).Alias(name).Detail(said["description"])
			if id := said["foundation_model"]; id != "" {
				x.UsesModel(ref(kind, name), x.ModelNamed(id, provider, at), at)
			} else {
				x.Unresolved("the model of "+title, "Terraform's variables are not followed", at)
			}
			if strings.Contains(string(body), "instruction") {
				x.Element(model.Prompt, discover.Of(ref(kind, name), "prompt"), title+" instructions", at).Detail(said["instruction"])
				x.Flow(model.PromptFlow, discover.Of(ref(kind, name), "prompt"), ref(kind, name), at)
			}
			if strings.Contains(string(body), "guardrail_configuration") {
				x.guarded(ref(kind, name), at)
			}
		case "agent_action_group":
			title := said["action_group_name"]
			if title == "" {
				title = name
			}
			if owner := of("agent"); !owner.IsZero() {
				x.Element(model.Tool, ref(kind, name), title, at).Technology(technology).Alias(name).Detail(said["description"])
				x.Flow(model.ToolCall, owner, ref(kind, name), at).IfDescribed()
			} else {
				x.UnresolvedTools("the action group "+title, "the agent that it is for could not be followed", at)
			}
		case "knowledge_base":
			title := said["name"]
			if title == "" {
				title = name
			}
			x.Element(model.Knowledge, ref(kind, name), title, at).Technology("aws-bedrock").Alias(name).Detail(said["description"]).
				FactBecause("third-party", model.Yes, "the provider keeps it", at)
		case "agent_knowledge_base_association":
			owner, base := of("agent"), of("knowledge_base")
			if owner.IsZero() || base.IsZero() {
				x.Unresolved("a knowledge base of an agent", "which ones they are could not be followed", at)
				continue
			}
			x.Flow(model.Retrieval, base, owner, at).IfDescribed()
		case "agent_collaborator":
			if owner := of("agent"); !owner.IsZero() {
				x.Unresolved("a collaborator of an agent", "Terraform's aliases are not followed", at)
			}
		}
	}
}
