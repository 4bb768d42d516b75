package reporttest

import (
	"encoding/json"
	"hash/fnv"
	"reflect"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
)

// payloads are what somebody might write into a name, a comment or a path to be obeyed by a terminal, a browser, a
// Markdown reader, a Mermaid reader or a SARIF viewer.
var payloads = []string{
	"\x1b[31m\x1b]0;owned\x07",
	"<script>alert(1)</script>",
	"\"><img src=x onerror=alert(1)>",
	"' onclick='alert(1)' <b onclick=alert(1)>",
	"| a | b |\n|---|---|",
	"\n\n# heading\n- item\n```\nfence\n```",
	"`code` **bold** _em_ [text](javascript:alert(1)) ![i](http://x.example/i.png)",
	"\u202egnirts\u2066 \u200bzero\u200f width",
	"\u009b2J\u0085next\u2028line",
	"\"]; click n1 href \"javascript:alert(1)\" %% --> end",
	"{0} [here](0) {{braces}}",
	"</pre></style></title>--><iframe src=x>",
	"&lt;b&gt; &#60;script&#62; &amp;amp;",
	"@everyone #1 ~~gone~~ $x^2$ <https://x.example>",
	strings.Repeat("avery", 80) + "longword",
	"名前 שלום ｗｉｄｅ",
}

// closed are fields whose words come from tables of ours and not from a scanned tree.
var closed = map[string]bool{
	"schema": true, "kind": true, "layer": true, "layers": true, "scope": true, "origin": true, "status": true,
	"severity": true, "effect": true, "state": true, "as_of": true, "layer_scheme": true, "trust": true, "loss": true,
	"attacker": true, "capability": true, "value": true, "atlas": true,
}

// Hostile gives a copy of a result in which every text that a scanned tree could shape is hostile. The same text
// becomes the same hostile text, so ids still find what they name.
func Hostile(r *result.Result) *result.Result {
	return twist(r, closed)
}

// Alien gives a copy in which even the words of our own tables are hostile, as in a result that somebody wrote by hand.
func Alien(r *result.Result) *result.Result {
	return twist(r, map[string]bool{"schema": true})
}

func twist(r *result.Result, keep map[string]bool) *result.Result {
	content, err := json.Marshal(r)
	if err != nil {
		panic(err) // a result is data; it always marshals
	}
	out := &result.Result{}
	if err := json.Unmarshal(content, out); err != nil {
		panic(err)
	}
	walk(reflect.ValueOf(out).Elem(), keep)
	return out
}

func walk(v reflect.Value, keep map[string]bool) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			walk(v.Elem(), keep)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if !keep[name] {
				walk(v.Field(i), keep)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), keep)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(key))
			walk(value, keep)
			v.SetMapIndex(key, value)
		}
	case reflect.String:
		v.SetString(hostile(v.String()))
	}
}

// hostile appends a payload that depends on the text. A power keeps its form: its element becomes hostile.
func hostile(text string) string {
	if text == "" {
		return ""
	}
	if p, err := model.ParsePower(text); err == nil {
		p.On = hostile(p.On)
		return p.String()
	}
	h := fnv.New32a()
	h.Write([]byte(text))
	return text + " " + payloads[int(h.Sum32()%uint32(len(payloads)))]
}
