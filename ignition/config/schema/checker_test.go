package schema_test

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// checker applies the part of JSON Schema that the documents use. An unknown keyword is
// an error, so that no rule goes unnoticed.
type checker struct {
	root map[string]any
}

// check returns what is wrong with a value; nil if nothing is.
func (c checker) check(value any) error { return c.apply(c.root, value, "$") }

func (c checker) apply(schema map[string]any, value any, at string) error {
	for keyword, arg := range schema {
		if err := c.keyword(schema, keyword, arg, value, at); err != nil {
			return err
		}
	}
	return nil
}

func (c checker) keyword(schema map[string]any, keyword string, arg, value any, at string) error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%s: "+format, append([]any{at}, args...)...)
	}
	text, isText := value.(string)
	number, isNumber := value.(float64)
	list, isList := value.([]any)
	object, isObject := value.(map[string]any)
	switch keyword {
	case "$schema", "$id", "$defs", "$comment", "title", "description", "then", "else":
	case "$ref":
		name := strings.TrimPrefix(arg.(string), "#/$defs/")
		return c.apply(c.root["$defs"].(map[string]any)[name].(map[string]any), value, at)
	case "type":
		if !slices.ContainsFunc(many(arg), func(name any) bool { return isOf(name.(string), value) }) {
			return fail("%T is not of type %v", value, arg)
		}
	case "const":
		if !reflect.DeepEqual(arg, value) {
			return fail("not %v", arg)
		}
	case "enum":
		if !slices.ContainsFunc(arg.([]any), func(one any) bool { return reflect.DeepEqual(one, value) }) {
			return fail("%v is not among %v", value, arg)
		}
	case "pattern":
		if isText && !regexp.MustCompile(arg.(string)).MatchString(text) {
			return fail("%q does not match %s", text, arg)
		}
	case "minLength":
		if isText && utf8.RuneCountInString(text) < int(arg.(float64)) {
			return fail("%q is too short", text)
		}
	case "maxLength":
		if isText && utf8.RuneCountInString(text) > int(arg.(float64)) {
			return fail("%q is too long", text)
		}
	case "minimum":
		if isNumber && number < arg.(float64) {
			return fail("%v is too small", number)
		}
	case "maximum":
		if isNumber && number > arg.(float64) {
			return fail("%v is too large", number)
		}
	case "minItems":
		if isList && len(list) < int(arg.(float64)) {
			return fail("too few items")
		}
	case "uniqueItems":
		for i := range list {
			if slices.ContainsFunc(list[:i], func(one any) bool { return reflect.DeepEqual(one, list[i]) }) {
				return fail("repeated item %v", list[i])
			}
		}
	case "items":
		for i, item := range list {
			if err := c.apply(arg.(map[string]any), item, fmt.Sprintf("%s.%d", at, i)); err != nil {
				return err
			}
		}
	case "required":
		for _, name := range arg.([]any) {
			if _, ok := object[name.(string)]; isObject && !ok {
				return fail("no %s", name)
			}
		}
	case "properties":
		for name, sub := range arg.(map[string]any) {
			if field, ok := object[name]; ok {
				if err := c.apply(sub.(map[string]any), field, at+"."+name); err != nil {
					return err
				}
			}
		}
	case "allOf":
		for _, sub := range arg.([]any) {
			if err := c.apply(sub.(map[string]any), value, at); err != nil {
				return err
			}
		}
	case "anyOf":
		if !slices.ContainsFunc(arg.([]any), func(sub any) bool { return c.apply(sub.(map[string]any), value, at) == nil }) {
			return fail("none of the alternatives")
		}
	case "not":
		if c.apply(arg.(map[string]any), value, at) == nil {
			return fail("what must not be")
		}
	case "if":
		branch := "then"
		if c.apply(arg.(map[string]any), value, at) != nil {
			branch = "else"
		}
		if sub, ok := schema[branch]; ok {
			return c.apply(sub.(map[string]any), value, at)
		}
	default:
		return fail("unknown keyword %s", keyword)
	}
	return nil
}

// many is the list of what may be given alone.
func many(arg any) []any {
	if list, ok := arg.([]any); ok {
		return list
	}
	return []any{arg}
}

func isOf(name string, value any) bool {
	switch v := value.(type) {
	case nil:
		return name == "null"
	case bool:
		return name == "boolean"
	case string:
		return name == "string"
	case float64:
		return name == "number" || name == "integer" && v == float64(int64(v))
	case []any:
		return name == "array"
	case map[string]any:
		return name == "object"
	}
	return false
}
