package generate

import (
	"fmt"
	"strings"
)

// requiredFields are the fields without which an object of a type is not valid.
var requiredFields = map[string][]string{
	"CaReference": {"source"},
	"Config":      {"ignition"},
	"Directory":   {"path"},
	"Disk":        {"device"},
	"Dropin":      {"name"},
	"File":        {"path"},
	"Filesystem":  {"device"},
	"HTTPHeader":  {"name"},
	"Ignition":    {"version"},
	"Link":        {"path"},
	"Luks":        {"device"},
	"Raid":        {"level", "devices"},
	"Tang":        {"url", "thumbprint"},
	"Unit":        {"name"},
}

const (
	// absolutePath is an absolute path without empty, "." and ".." elements. It has
	// no look-ahead, so that it works in all dialects.
	absolutePath = `^/$|^(/([^/.][^/]*|\.[^/.][^/]*|\.\.[^/]+))+$`

	guid = `^$|^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`

	webURL = `^[hH][tT][tT][pP][sS]?:`
)

// fieldRules are what is known about the values of fields, by type and JSON name.
var fieldRules = map[string]func(*generator) schema{
	"Ignition.version":               func(g *generator) schema { return schema{"type": "string", "const": g.version} },
	"IgnitionConfig.merge":           references,
	"TLS.certificateAuthorities":     references,
	"CaReference.source":             func(g *generator) schema { return schema{"type": "string", "pattern": g.url()} },
	"ConfigReference.source":         optionalURL,
	"FileContents.source":            optionalURL,
	"Resource.source":                optionalURL,
	"FileContents.compression":       compression,
	"Resource.compression":           compression,
	"Verification.hash":              hash,
	"HTTPHeader.name":                always(schema{"type": "string", "minLength": 1}),
	"HTTPHeader.value":               always(schema{"minLength": 1}),
	"Proxy.httpProxy":                always(schema{"pattern": webURL}),
	"Proxy.httpsProxy":               always(schema{"pattern": webURL}),
	"Proxy.noProxy":                  distinct,
	"KernelArguments.shouldExist":    distinct,
	"KernelArguments.shouldNotExist": distinct,
	"Disk.device":                    always(schema{"type": "string", "pattern": absolutePath}),
	"Partition.guid":                 always(schema{"pattern": guid}),
	"Partition.typeGuid":             always(schema{"pattern": guid}),
	"Partition.label":                always(schema{"maxLength": 36, "pattern": "^[^:]*$"}),
	"Raid.level":                     always(schema{"type": "string", "enum": raidLevels}),
	"Raid.devices":                   always(schema{"type": "array", "minItems": 1, "uniqueItems": true, "items": schema{"type": "string", "pattern": absolutePath}}),
	"Luks.name":                      always(schema{"pattern": "^[^/]*$"}),
	"Luks.device":                    always(schema{"type": "string", "pattern": absolutePath}),
	"Luks.label":                     always(schema{"maxLength": 47}),
	"Luks.openOptions":               distinct,
	"Custom.pin":                     always(schema{"type": "string", "enum": append([]any{""}, pins...)}),
	"ClevisCustom.pin":               customPin,
	"Tang.url":                       always(schema{"type": "string", "pattern": webURL}),
	"Tang.thumbprint":                always(schema{"type": "string", "minLength": 1}),
	"Filesystem.device":              func(*generator) schema { return schema{"type": "string", "minLength": 1} },
	"Filesystem.format":              func(g *generator) schema { return schema{"enum": g.formats()} },
	"Filesystem.path":                always(schema{"pattern": "^$|" + absolutePath}),
	"Node.path":                      always(schema{"type": "string", "pattern": absolutePath}),
	"DirectoryEmbedded1.mode":        mode,
	"FileEmbedded1.mode":             mode,
	"LinkEmbedded1.target":           linkTarget,
	"Unit.name":                      always(schema{"type": "string", "pattern": `\.(service|socket|device|mount|automount|swap|target|path|timer|snapshot|slice|scope)$`}),
	"Dropin.name":                    always(schema{"type": "string", "pattern": `\.conf$`}),
	"PasswdUser.groups":              distinct,
	"PasswdUser.sshAuthorizedKeys":   distinct,
}

func always(s schema) func(*generator) schema {
	return func(*generator) schema { return s }
}

var (
	distinct    = always(schema{"uniqueItems": true})
	compression = always(schema{"enum": []any{"", "gzip", nil}})
	raidLevels  = []any{"linear", "raid0", "0", "stripe", "raid1", "1", "mirror", "raid4", "4", "raid5", "5", "raid6", "6", "raid10", "10"}
	pins        = []any{"tpm2", "tang", "sss"}
)

// references are configs or certificates, which have to come from somewhere. In 3.0.0 a
// config without source passes, and certificates have a type of their own.
func references(g *generator) schema {
	if g.minor == 0 {
		return schema{}
	}
	return schema{"items": schema{"$ref": "#/$defs/Resource", "type": "object", "required": []string{"source"},
		"properties": schema{"source": schema{"type": "string", "minLength": 1}}}}
}

func optionalURL(g *generator) schema { return schema{"pattern": "^$|" + g.url()} }

// url is a pattern for URLs of the schemes that a version knows.
func (g *generator) url() string {
	schemes := []string{"https?", "tftp", "s3"}
	if g.minor >= 2 {
		schemes = append(schemes, "gs")
	}
	if g.minor >= 4 {
		schemes = append(schemes, "arn")
	}
	return "^(" + anyCase(strings.Join(schemes, "|")) + "):|^data:[^,]*,"
}

// anyCase makes a pattern match letters of either case, without a flag for it.
func anyCase(pattern string) string {
	var b strings.Builder
	for _, r := range pattern {
		if r >= 'a' && r <= 'z' {
			fmt.Fprintf(&b, "[%c%c]", r, r-'a'+'A')
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func hash(g *generator) schema {
	if g.minor == 0 {
		return schema{"pattern": "^sha512-.{128}$"}
	}
	return schema{"pattern": "^sha512-.{128}$|^sha256-.{64}$"}
}

func mode(g *generator) schema {
	s := schema{"minimum": 0, "maximum": 0o7777}
	if g.minor < 6 {
		s["$comment"] = "setuid, setgid and sticky bits (512 and above) have no effect before 3.6.0"
	}
	return s
}

func linkTarget(g *generator) schema {
	if g.minor < 3 {
		return schema{}
	}
	return schema{"type": "string", "minLength": 1}
}

func customPin(g *generator) schema {
	if g.minor <= 5 {
		return schema{"enum": append(pins[:len(pins):len(pins)], nil, "")}
	}
	return schema{}
}

func (g *generator) formats() []any {
	formats := []any{nil, "", "ext4", "btrfs", "xfs", "vfat", "swap"}
	if g.minor >= 3 {
		formats = append(formats, "none")
	}
	if g.minor >= 7 {
		formats = append(formats, "virtiofs")
	}
	return formats
}

// objectRules are conditions on several fields of a type. A rule gives nil where it
// does not apply to the version.
var objectRules = map[string][]func(*generator) schema{
	"ClevisCustom": {
		always(wants("pin", nonEmpty, "config")), always(wants("config", nonEmpty, "pin")),
		always(wants("needsNetwork", schema{"const": true}, "pin")), always(wants("needsNetwork", schema{"const": true}, "config")),
	},
	"File":       {overwriteNeedsSource},
	"Filesystem": {formatNeeded, deviceOrTag, labelLength("ext4", 16), labelLength("btrfs", 256), labelLength("xfs", 12), labelLength("swap", 15), labelLength("vfat", 11)},
	"NodeGroup":  {always(notBoth())},
	"NodeUser":   {always(notBoth())},
	"Partition":  {numberOrLabel},
	"Raid":       {noSpares},
}

// is is the condition that a field is there and fits a schema.
func is(field string, s schema) schema {
	return schema{"type": "object", "required": []string{field}, "properties": schema{field: s}}
}

// set is a value that is not null.
var set = schema{"not": schema{"type": "null"}}

var nonEmpty = schema{"type": "string", "minLength": 1}

// wants says that with one field like that there has to be another that is not empty.
func wants(field string, like schema, needs string) schema {
	return schema{"if": is(field, like), "then": is(needs, nonEmpty)}
}

func overwriteNeedsSource(*generator) schema {
	return schema{"if": is("overwrite", schema{"const": true}), "then": is("contents", is("source", set))}
}

func formatNeeded(g *generator) schema {
	some := schema{"type": "array", "minItems": 1}
	with := []schema{
		is("path", nonEmpty), is("label", nonEmpty), is("uuid", nonEmpty),
		is("wipeFilesystem", schema{"const": true}), is("options", some),
	}
	if g.minor >= 1 {
		with = append(with, is("mountOptions", some))
	}
	return schema{"if": schema{"anyOf": with}, "then": is("format", nonEmpty)}
}

// deviceOrTag says what the device is: a path, except that of virtiofs.
func deviceOrTag(g *generator) schema {
	path := is("device", schema{"pattern": absolutePath})
	if g.minor < 7 {
		return path
	}
	return schema{"if": is("format", schema{"const": "virtiofs"}), "then": is("device", schema{"maxLength": 36}), "else": path}
}

// labelLength bounds a label; the rule itself counts bytes, of which there are no fewer.
func labelLength(format string, most int) func(*generator) schema {
	return always(schema{
		"if":   is("format", schema{"const": format}),
		"then": schema{"properties": schema{"label": schema{"maxLength": most}}},
	})
}

func notBoth() schema {
	return schema{"not": schema{"type": "object", "required": []string{"id", "name"},
		"properties": schema{"id": schema{"type": "integer"}, "name": nonEmpty}}}
}

func numberOrLabel(*generator) schema {
	return schema{"anyOf": []schema{
		is("number", schema{"type": "integer", "not": schema{"const": 0}}),
		is("label", schema{"type": "string"}),
	}}
}

func noSpares(*generator) schema {
	return schema{
		"if":   is("level", schema{"enum": []any{"linear", "raid0", "0", "stripe"}}),
		"then": schema{"properties": schema{"spares": schema{"enum": []any{0, nil}}}},
	}
}
