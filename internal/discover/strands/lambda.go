package strands

import (
	"path"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
)

// lambdaCalls is how a program asks a function that is deployed on its own.
var lambdaCalls = []string{"boto3.client.invoke", "boto3.**.client.invoke"}

// handlerFiles are what the file is called in which such a function begins.
var handlerFiles = map[string]bool{
	"lambda_handler.py": true, "lambda_function.py": true, "handler.py": true, "app.py": true, "main.py": true, "index.py": true, "agent.py": true,
}

// deployed gives the agents of the function that a call asks by its name. Functions are deployed under the name of their
// folder, with the stack's name before it or not; where two folders fit, none does.
func (x *pass) deployed(run *code.Value) []discover.Started {
	if !run.Ref.Is(lambdaCalls...) || run.Base.Root().Arg("service_name", 0).Str() != "lambda" {
		return nil
	}
	name, ok := run.Arg("FunctionName", -1).Constant()
	if !ok {
		return nil
	}
	if _, function, arn := strings.Cut(name, ":function:"); arn {
		name = function
	}
	name, _, _ = strings.Cut(name, ":") // an alias or version
	name = dashed(name)
	found, folder := "", ""
	for _, file := range x.Paths("") {
		dir := path.Dir(file)
		if !handlerFiles[path.Base(file)] || dir == path.Dir(x.Path()) {
			continue
		}
		if base := dashed(path.Base(dir)); base != name && !strings.HasSuffix(name, "-"+base) {
			continue
		}
		if folder != "" && folder != dir {
			return nil
		}
		if folder == "" || path.Base(file) < path.Base(found) {
			found, folder = file, dir
		}
	}
	if found == "" {
		return nil
	}
	there := x.CodeOf(found)
	if there == nil {
		return nil
	}
	var all []discover.Started
	for _, v := range there.Instances(agentNames...) {
		if ref, kind := x.actor(v); !ref.IsZero() {
			all = append(all, discover.Started{Ref: ref, Kind: kind})
		}
	}
	return all
}

// dashed is a name as AWS writes it.
func dashed(s string) string { return strings.ReplaceAll(strings.ToLower(s), "_", "-") }
