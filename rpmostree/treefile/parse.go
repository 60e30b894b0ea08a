package treefile

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// UnknownFieldsError reports keys of a YAML treefile that do not exist.
type UnknownFieldsError struct {
	Fields []UnknownField // sorted by name
}

// UnknownField is a key that does not exist, with its place.
type UnknownField struct {
	Name         string
	Line, Column int
}

// Error lists the keys; the place is that of the first one in the file.
func (e *UnknownFieldsError) Error() string {
	names := make([]string, len(e.Fields))
	first := e.Fields[0]
	for i, f := range e.Fields {
		names[i] = clip(f.Name)
		if f.Line < first.Line {
			first = f
		}
	}
	return fmt.Sprintf("Unknown fields: %s at line %d column %d", strings.Join(names, ", "), first.Line, first.Column)
}

// decodeConfig reads the keys of a treefile.
func decodeConfig(d *decoder, n *node) (*Config, *input, error) {
	if err := d.visit(n); err != nil {
		return nil, nil, err
	}
	if n.kind != kindMap {
		return nil, nil, n.wrong("a map")
	}
	c, in := &Config{}, &input{}
	known := map[string]member{}
	members(known, reflect.ValueOf(c).Elem())
	members(known, reflect.ValueOf(in).Elem())
	others, err := d.fields(n, known)
	if err != nil {
		return nil, nil, err
	}
	return c, in, d.otherFields(c, in, others)
}

// otherFields takes the packages-ARCH lists out of the keys that are not fixed and keeps or refuses
// the rest.
func (d *decoder) otherFields(c *Config, in *input, others []field) error {
	var unknown []UnknownField
	for _, f := range others {
		arch, ok := strings.CutPrefix(f.name, "packages-")
		switch {
		case ok:
			list, err := d.archPackages(f)
			if err != nil {
				return err
			}
			if in.archPackages == nil {
				in.archPackages = map[string][]string{}
			}
			in.archPackages[arch] = list
		case d.format == YAML:
			unknown = append(unknown, UnknownField{f.name, f.line, f.column})
		default:
			v, err := d.any(f.value)
			if err != nil {
				return at(clip(f.name), err)
			}
			if c.Extra == nil {
				c.Extra = map[string]any{}
			}
			c.Extra[f.name] = v
		}
	}
	if unknown != nil {
		slices.SortFunc(unknown, func(a, b UnknownField) int { return strings.Compare(a.Name, b.Name) })
		return &UnknownFieldsError{unknown}
	}
	return nil
}

func (d *decoder) archPackages(f field) ([]string, error) {
	if err := d.visit(f.value); err != nil {
		return nil, err
	}
	bad := &SyntaxError{
		Text: fmt.Sprintf("Invalid field %s: expected array of strings", clip(f.name)),
		Line: f.value.line, Column: f.value.column,
	}
	if f.value.kind != kindList {
		return nil, bad
	}
	list := make([]string, 0, min(len(f.value.list), 64))
	for _, item := range f.value.list {
		if item.kind != kindString {
			return nil, bad
		}
		var s string
		if err := d.str(item, &s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// parseConfig reads one document and applies what concerns a single file: the architecture, the defaults
// that other keys imply, splitting of packages, former spellings.
func parseConfig(format Format, data []byte, arch string) (*Config, *input, error) {
	root, err := parseDocument(format, data)
	if err != nil {
		return nil, nil, err
	}
	c, in, err := decodeConfig(&decoder{format: format}, root)
	if err != nil {
		return nil, nil, err
	}
	if err := setArch(c, arch); err != nil {
		return nil, nil, err
	}
	if err := reserveVariables(c); err != nil {
		return nil, nil, err
	}
	return c, in, finishConfig(c, in, arch)
}

// setArch makes the given architecture that of the treefile.
func setArch(c *Config, arch string) error {
	if arch == "" {
		c.Basearch = nil
		return nil
	}
	if c.Basearch != nil && *c.Basearch != arch {
		return fmt.Errorf("Invalid basearch %s on %s: cross-composes are not supported", clip(*c.Basearch), arch)
	}
	c.Basearch = &arch
	return nil
}

// reserveVariables adds the variables that follow from other keys.
func reserveVariables(c *Config) error {
	for _, name := range []string{"releasever", "basearch"} {
		if _, ok := c.Variables[name]; ok {
			return fmt.Errorf("cannot define reserved variable '%s'", name)
		}
	}
	vars := map[string]Value{}
	maps.Copy(vars, c.Variables)
	if c.Basearch != nil {
		vars["basearch"] = StringValue(*c.Basearch)
	}
	if c.Releasever != nil {
		vars["releasever"] = c.Releasever.Value
	}
	if len(vars) > 0 {
		c.Variables = vars
	}
	return nil
}

func finishConfig(c *Config, in *input, arch string) error {
	implied(c)
	if err := splitAllPackages(c, in, arch); err != nil {
		return err
	}
	if err := useLegacy(c, in); err != nil {
		return err
	}
	if c.CheckGroups != nil {
		for name, e := range c.CheckGroups.Entries {
			if e.UID != e.GID {
				return fmt.Errorf("check-groups: %s has two ids", clip(name))
			}
		}
	}
	return nil
}

// implied sets what a container or an edition implies. It replaces what the same file says.
func implied(c *Config) {
	yes, no, modules := true, false, BootModules
	if c.Container != nil && *c.Container {
		c.BootLocation, c.TmpIsDir = &modules, &yes
		c.SELinux, c.PreservePasswd = &no, &no
		c.CheckPasswd, c.CheckGroups = &Check{Type: CheckNone}, &Check{Type: CheckNone}
	}
	if c.Edition != nil && *c.Edition >= Edition2024 {
		c.BootLocation, c.TmpIsDir = &modules, &yes
	}
}

// useLegacy moves values given by former spellings.
func useLegacy(c *Config, in *input) error {
	return firstError(
		moveLegacy(&c.GPGKey, in.GPGKey, "gpg_key"),
		moveLegacy(&c.BootLocation, in.BootLocation, "boot_location"),
		moveLegacy(&c.DefaultTarget, in.DefaultTarget, "default_target"),
		moveLegacy(&c.AutomaticVersionPrefix, in.VersionPrefix, "automatic_version_prefix"),
	)
}

func moveLegacy[T any](to **T, from *T, name string) error {
	if from == nil {
		return nil
	}
	if *to != nil {
		return fmt.Errorf("Cannot use new and legacy forms of %s", name)
	}
	*to = from
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
