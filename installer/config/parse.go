package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// MaxSize bounds a config file in bytes.
const MaxSize = 1 << 20

// Parse reads a config file of at most MaxSize bytes. Errors name the key, and line and column from 1; they are
// what the reference implementation says, but for those of broken YAML.
func Parse(data []byte) (*Config, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("more than %d bytes", MaxSize)
	}
	c := new(Config)
	root, err := document(data)
	if err != nil || root == nil {
		return c, err
	}
	root = resolve(root)
	if root.Kind == yaml.ScalarNode && root.Value == "" && plain(root) {
		return c, nil // a document that has nothing but its marks
	}
	if root.Kind != yaml.MappingNode {
		return nil, located("", root, fmt.Errorf("invalid type: %s, expected struct InstallConfig", describe(root)))
	}
	fields := make(map[string]*field)
	for _, f := range c.fields() {
		fields[f.key] = &f
	}
	seen := make(map[string]bool)
	for i := 0; i < len(root.Content); i += 2 {
		key, value := resolve(root.Content[i]), resolve(root.Content[i+1])
		if key.Kind != yaml.ScalarNode {
			return nil, located("", key, fmt.Errorf("invalid type: %s, expected field identifier", describe(key)))
		}
		f := fields[key.Value]
		if f == nil {
			return nil, located("", key, fmt.Errorf("unknown field `%.100s`, expected one of `%s`", key.Value, strings.Join(Keys(), "`, `")))
		}
		if seen[f.key] {
			return nil, located("", root, fmt.Errorf("duplicate field `%s`", f.key))
		}
		seen[f.key] = true
		if err := c.set(f, value); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// document returns the root of the one document, nil if there is none.
func document(data []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(versionOneOne(data)))
	var doc, second yaml.Node
	switch err := decoder.Decode(&doc); {
	case err == io.EOF:
		return nil, nil
	case err != nil:
		return nil, yamlError(err)
	}
	if err := decoder.Decode(&second); err == nil {
		return nil, errors.New("deserializing from YAML containing more than one document is not supported")
	} else if err != io.EOF {
		return nil, yamlError(err)
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	return doc.Content[0], nil
}

// versionOneOne declares a document of YAML 1.2 to be one of 1.1, the only version that the
// decoder lets a document name. It reads both alike.
func versionOneOne(data []byte) []byte {
	const directive = "%YAML 1.2"
	rest, found := bytes.CutPrefix(data, []byte(directive))
	if !found || len(rest) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) < 0 {
		return data
	}
	return append([]byte("%YAML 1.1"), rest...)
}

func yamlError(err error) error {
	return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
}

// resolve returns what an alias refers to.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias // an anchor cannot stand at an alias
	}
	return n
}

func (c *Config) set(f *field, value *yaml.Node) error {
	switch {
	case f.flag != nil:
		b, ok := boolean(value)
		if !ok {
			return located(f.key, value, fmt.Errorf("invalid type: %s, expected a boolean", describe(value)))
		}
		*f.flag = b
		return nil
	case f.list != nil:
		return f.setList(value)
	case f.nullable && null(value):
		return nil
	}
	text, err := f.scalar(f.key, value)
	if err != nil {
		return err
	}
	if f.text == nil {
		*f.retries, err = ParseRetries(text)
		return located(f.key, value, err)
	}
	*f.text = text
	if text == "" {
		if c.given == nil {
			c.given = make(map[string]bool)
		}
		c.given[f.key] = true
	}
	return nil
}

func (f *field) setList(value *yaml.Node) error {
	if value.Kind == yaml.ScalarNode && value.Value == "" && plain(value) {
		return nil // "append-karg:" is an empty list
	}
	if value.Kind != yaml.SequenceNode {
		return located(f.key, value, fmt.Errorf("invalid type: %s, expected a sequence", describe(value)))
	}
	for i, item := range value.Content {
		text, err := f.scalar(fmt.Sprintf("%s[%d]", f.key, i), resolve(item))
		if err != nil {
			return err
		}
		*f.list = append(*f.list, text)
	}
	return nil
}

// scalar returns a text as it is written, checked.
func (f *field) scalar(path string, value *yaml.Node) (string, error) {
	if value.Kind != yaml.ScalarNode {
		return "", located(path, value, fmt.Errorf("invalid type: %s, expected a string", describe(value)))
	}
	if f.check == nil {
		return value.Value, nil
	}
	text, err := f.check(value.Value)
	return text, located(path, value, err)
}

// located adds the path of keys and the position to an error, except the position of the
// very first character.
func located(path string, n *yaml.Node, err error) error {
	if err == nil {
		return nil
	}
	text := outermost(err)
	if path != "" {
		text = path + ": " + text
	}
	if n.Line > 1 || n.Column > 1 {
		text = fmt.Sprintf("%s at line %d column %d", text, n.Line, n.Column)
	}
	return errors.New(text)
}

// outermost returns the text of an error without that of its cause.
func outermost(err error) string {
	if cause := errors.Unwrap(err); cause != nil {
		return strings.TrimSuffix(err.Error(), ": "+cause.Error())
	}
	return err.Error()
}
