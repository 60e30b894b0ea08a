package interop

import (
	"reflect"
	"slices"
	"strings"

	v30 "github.com/nestos-dev/nestos/ignition/config/v3_0/types"
	v31 "github.com/nestos-dev/nestos/ignition/config/v3_1/types"
	v32 "github.com/nestos-dev/nestos/ignition/config/v3_2/types"
	v33 "github.com/nestos-dev/nestos/ignition/config/v3_3/types"
	v34 "github.com/nestos-dev/nestos/ignition/config/v3_4/types"
	v35 "github.com/nestos-dev/nestos/ignition/config/v3_5/types"
	v36 "github.com/nestos-dev/nestos/ignition/config/v3_6/types"
	v37 "github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// version is a version of the format with its Go types, from which configs are made.
type version struct {
	name  string
	minor int
	types reflect.Type
}

var versions = []version{
	{"3.0.0", 0, reflect.TypeFor[v30.Config]()},
	{"3.1.0", 1, reflect.TypeFor[v31.Config]()},
	{"3.2.0", 2, reflect.TypeFor[v32.Config]()},
	{"3.3.0", 3, reflect.TypeFor[v33.Config]()},
	{"3.4.0", 4, reflect.TypeFor[v34.Config]()},
	{"3.5.0", 5, reflect.TypeFor[v35.Config]()},
	{"3.6.0", 6, reflect.TypeFor[v36.Config]()},
	{"3.7.0-experimental", 7, reflect.TypeFor[v37.Config]()},
}

// generator makes one config.
type generator struct {
	source
	version version
	density int    // chance that an optional field is there, in percent
	faults  int    // chance that a value is a bad one, in percent
	tidy    bool   // keys of one list do not repeat
	tag     string // of the names of fields: json or yaml
}

// newGenerator chooses what kind of config is made: sparse or dense, good or bad.
func newGenerator(s source) *generator {
	return &generator{
		source:  s,
		version: pick(s, versions...),
		density: pick(s, 5, 15, 30, 60),
		faults:  pick(s, 0, 0, 0, 1, 3, 10),
		tidy:    s.chance(70),
		tag:     "json",
	}
}

// config makes a config as a tree.
func (g *generator) config() object {
	cfg := g.object(g.version.types)
	name := g.version.name
	if g.chance(3) {
		name = pick(g.source, "0"+name, "v"+name, name+" ", name+"+x", name+"-experimental", strings.TrimSuffix(name, ".0"), strings.Replace(name, ".", ".0", 1), "", "x", "2.2.0", "3.8.0", "4.0.0", "3.7.0", "3.99999999999999999999.0")
	}
	for i := range cfg {
		if cfg[i].key == "ignition" {
			cfg[i].value = append(object{{"version", name}}, cfg[i].value.(object)...)
			return cfg
		}
	}
	return append(object{{"ignition", object{{"version", name}}}}, cfg...)
}

// required are the fields that are there more often than others, since without them
// little else of their object is looked at.
var required = map[string]bool{"path": true, "name": true, "device": true, "level": true, "devices": true, "target": true, "url": true, "thumbprint": true, "number": true, "format": true, "source": true, "pin": true, "local": true, "metadata": true, "labels": true}

func (g *generator) object(t reflect.Type) object {
	var o object
	for sf := range t.Fields() {
		if sf.Anonymous {
			o = append(o, g.object(sf.Type)...)
			continue
		}
		name, _, _ := strings.Cut(sf.Tag.Get(g.tag), ",")
		density := g.density
		if required[name] {
			density = 97
		} else if deref(sf.Type).Kind() == reflect.Struct {
			density = max(density, 75)
		}
		if name == "version" || !g.chance(density) {
			continue
		}
		o = append(o, member{name, g.value(t, name, sf.Type)})
	}
	if g.tidy {
		o = g.consistent(t.Name(), o)
	}
	if g.chance(20) {
		g.Shuffle(len(o), func(i, j int) { o[i], o[j] = o[j], o[i] })
	}
	return o
}

func deref(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

func (g *generator) value(owner reflect.Type, name string, t reflect.Type) any {
	switch t = deref(t); t.Kind() {
	case reflect.Struct:
		return g.object(t)
	case reflect.Slice:
		return g.list(owner, name, t.Elem())
	case reflect.Bool:
		return g.chance(50)
	case reflect.Map: // only the labels of MachineConfigs
		return object{{"machineconfiguration.openshift.io/role", g.scalar("", "labels", t)}}
	}
	return g.scalar(owner.Name(), name, t)
}

// scalar makes a number or a string.
func (g *generator) scalar(owner, name string, t reflect.Type) any {
	v, ok := valuesOf(owner, camel(name))
	switch {
	case ok && g.chance(g.faults):
		return v.bad(g.source, g.version.minor)
	case ok:
		return v.good(g.source, g.version.minor)
	case t.Kind() == reflect.Int:
		return g.IntN(2000)
	}
	return pick(g.source, "", "x", "some text", "é\u2028<&>")
}

// camel is the JSON name of a field with a name as in YAML.
func camel(name string) string {
	if strings.HasSuffix(name, "_mib") {
		return strings.TrimSuffix(name, "_mib") + "MiB"
	}
	var b strings.Builder
	for i, part := range strings.Split(name, "_") {
		if i > 0 && part != "" {
			part = strings.ToUpper(part[:1]) + part[1:]
		}
		b.WriteString(part)
	}
	return b.String()
}

func (g *generator) list(owner reflect.Type, name string, item reflect.Type) []any {
	seen := map[any]bool{}
	list := []any{}
	for range g.IntN(5) {
		v := g.value(owner, name, item)
		if key := keyOf(v); g.tidy && !g.chance(g.faults) {
			if seen[key] {
				continue
			}
			seen[key] = true
		}
		list = append(list, v)
	}
	return list
}

// keyOf is by what entries of a list are told apart, more or less.
func keyOf(v any) any {
	o, ok := v.(object)
	if !ok {
		return v
	}
	for _, name := range []string{"path", "number", "name", "device", "url", "source"} {
		if key, found := o.get(name); found && key != 0 {
			return key
		}
	}
	label, _ := o.get("label")
	return label
}

func (o object) get(key string) (any, bool) {
	for _, m := range o {
		if m.key == key {
			return m.value, true
		}
	}
	return nil, false
}

func (o object) without(keys ...string) object {
	var left object
	for _, m := range o {
		if !slices.Contains(keys, m.key) {
			left = append(left, m)
		}
	}
	return left
}

// consistent takes out fields that rarely go together, so that many configs are valid.
func (g *generator) consistent(name string, o object) object {
	if g.chance(g.faults) {
		return o
	}
	if g.tag == "yaml" {
		o = g.consistentButane(name, o)
	}
	has := func(key string, value any) bool { v, ok := o.get(key); return ok && v == value }
	url, _ := o.get("source")
	web, _ := url.(string)
	switch {
	case (name == "Resource" || name == "FileContents") && !strings.HasPrefix(strings.ToLower(web), "http"):
		o = o.without("httpHeaders")
		if web == "" {
			o = o.without("verification")
		}
	case name == "Partition" && has("shouldExist", false):
		o = o.without("label", "typeGuid", "guid", "sizeMiB", "startMiB")
	case name == "Clevis" && g.chance(50), name == "Clevis" && g.chance(50):
		o = o.without("custom")
	case name == "Clevis":
		o = o.without("tang", "tpm2", "threshold")
	case name == "Luks" && g.chance(50):
		o = o.without("cex")
	case name == "Luks":
		o = o.without("clevis", "keyFile")
	case name == "NodeUser" || name == "NodeGroup":
		o = o.without(pick(g.source, "id", "name"))
	}
	return o
}

// consistentButane is consistent for what Butane adds.
func (g *generator) consistentButane(name string, o object) object {
	keep := func(keys ...string) {
		g.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		for i, key := range keys {
			if _, found := o.get(key); found {
				o = o.without(keys[i+1:]...)
			}
		}
	}
	switch name {
	case "Resource":
		keep("source", "local", "inline")
	case "Unit", "Dropin", "Quadlet":
		keep("contents", "contents_local")
	case "BootDevice":
		keep("mirror", "luks", "layout")
	case "BootDeviceLuks":
		keep("cex", "tang", "tpm2")
	case "Config":
		if g.chance(60) {
			o = o.without("boot_device", "kernel_arguments")
		}
	}
	return o
}
