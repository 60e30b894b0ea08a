package treefile

import (
	"fmt"
	"regexp"
	"strconv"
)

// includes is one name or a list of names.
type includes []string

func (i *includes) decodeNode(d *decoder, n *node) error {
	if n.kind == kindString {
		*i = includes{n.text}
		return d.visit(n)
	}
	if err := d.visit(n); err != nil {
		return err
	}
	if n.kind != kindList {
		return n.wrong("a string or a sequence")
	}
	*i = includes{}
	for k, item := range n.list {
		var s string
		if err := d.str(item, &s); err != nil {
			return at(fmt.Sprintf("[%d]", k), err)
		}
		*i = append(*i, s)
	}
	return nil
}

// conditionalInclude names files, or holds a treefile, that count if all conditions are true.
type conditionalInclude struct {
	conditions []condition
	files      includes
	inline     *Config
}

func (c *conditionalInclude) decodeNode(d *decoder, n *node) error {
	var raw struct {
		If      conditions `treefile:"if,required"`
		Include inclusion  `treefile:"include,required"`
	}
	if err := decodeStruct(d, n, &raw); err != nil {
		return err
	}
	*c = conditionalInclude{raw.If, raw.Include.files, raw.Include.inline}
	return nil
}

type inclusion struct {
	files  includes
	inline *Config
}

func (i *inclusion) decodeNode(d *decoder, n *node) error {
	if n.kind != kindMap {
		return i.files.decodeNode(d, n)
	}
	c, in, err := decodeConfig(d, n)
	if err != nil {
		return err
	}
	if key := in.forbiddenInline(c); key != "" {
		return n.errorf("%s is not supported in an inlined treefile", key)
	}
	i.inline = c
	return finishConfig(c, in, "")
}

// forbiddenInline returns a key that a treefile in a conditional include cannot have: it has no file
// that names could be relative to, and variables are settled when it is read.
func (in *input) forbiddenInline(c *Config) string {
	switch {
	case in.Include != nil:
		return "include"
	case in.ArchInclude != nil:
		return "arch-include"
	case in.ConditionalInclude != nil:
		return "conditional-include"
	case c.Variables != nil:
		return "variables"
	case c.PostprocessScript != nil:
		return "postprocess-script"
	case c.AddFiles != nil:
		return "add-files"
	case c.CheckPasswd != nil && c.CheckPasswd.Type == CheckFile:
		return "check-passwd of type file"
	case c.CheckGroups != nil && c.CheckGroups.Type == CheckFile:
		return "check-groups of type file"
	}
	return ""
}

// conditions is one condition or a list.
type conditions []condition

func (c *conditions) decodeNode(d *decoder, n *node) error {
	if n.kind == kindString {
		*c = conditions{{}}
		return (*c)[0].decodeNode(d, n)
	}
	if err := d.visit(n); err != nil {
		return err
	}
	if n.kind != kindList {
		return n.wrong("a condition or a sequence of conditions")
	}
	*c = make(conditions, len(n.list))
	for k, item := range n.list {
		if err := (*c)[k].decodeNode(d, item); err != nil {
			return at(fmt.Sprintf("[%d]", k), err)
		}
	}
	return nil
}

// condition compares a variable with a constant.
type condition struct {
	variable, op string
	value        Value
}

var conditionSyntax = regexp.MustCompile(`^\s*([[:alnum:]_]+)\s*(\S+)\s*(?:(true|false)|([[:digit:]]+)|"(.*)")\s*$`)

func (c *condition) decodeNode(d *decoder, n *node) error {
	var s string
	if err := d.str(n, &s); err != nil {
		return err
	}
	m := conditionSyntax.FindStringSubmatchIndex(s)
	if m == nil {
		return n.errorf("invalid condition: %s", clip(s))
	}
	c.variable, c.op = s[m[2]:m[3]], s[m[4]:m[5]]
	switch {
	case m[6] >= 0:
		c.value = BoolValue(s[m[6]:m[7]] == "true")
	case m[8] >= 0:
		u, err := strconv.ParseUint(s[m[8]:m[9]], 10, 64)
		if err != nil {
			return n.errorf("number too large to fit in target type")
		}
		c.value = NumberValue(u)
	default:
		c.value = StringValue(s[m[10]:m[11]])
	}
	switch c.op {
	case "==", "!=", ">", ">=", "<", "<=":
		return nil
	}
	return n.errorf("expected one of ==, !=, >, >=, <, <= but got %s", clip(c.op))
}

// holds evaluates the condition.
func (c *condition) holds(vars map[string]Value) (bool, error) {
	v, ok := vars[c.variable]
	if !ok {
		return false, fmt.Errorf("undefined variable '%s'", clip(c.variable))
	}
	if v.kind != c.value.kind {
		return false, fmt.Errorf("%s is not same type as %s", clip(c.variable), clip(c.value.text))
	}
	switch c.op {
	case "==":
		return v == c.value, nil
	case "!=":
		return v != c.value, nil
	}
	if v.kind != kindInt {
		return false, fmt.Errorf("invalid op for values '%s' and '%s'", clip(v.text), clip(c.value.text))
	}
	return compareNumbers(v.text, c.value.text, c.op), nil
}

func compareNumbers(a, b, op string) bool {
	x, _ := strconv.ParseUint(a, 10, 64)
	y, _ := strconv.ParseUint(b, 10, 64)
	switch op {
	case ">":
		return x > y
	case ">=":
		return x >= y
	case "<":
		return x < y
	}
	return x <= y
}

// all evaluates every condition, so that errors are found in any case.
func all(conditions []condition, vars map[string]Value) (bool, error) {
	result := true
	for _, c := range conditions {
		ok, err := c.holds(vars)
		if err != nil {
			return false, err
		}
		result = result && ok
	}
	return result, nil
}
