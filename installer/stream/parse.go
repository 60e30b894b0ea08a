package stream

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// MaxSize bounds a document in bytes. The largest there are, indices of years of releases,
// have a few hundred kilobytes.
const MaxSize = 16 << 20

// maxDepth bounds the nesting of a document; the schema's own is 9.
const maxDepth = 64

// Parse reads the document of a stream. Errors begin with "decoding stream metadata"; what is
// no stream metadata although it is JSON is an error as well.
func Parse(data []byte) (*Stream, error) {
	s := &Stream{}
	if err := decode("stream metadata", data, s); err != nil {
		return nil, err
	}
	if s.Architectures == nil {
		return nil, errors.New("decoding stream metadata: missing field `architectures`")
	}
	return s, nil
}

func decode(what string, data []byte, to any) error {
	err := checkBounds(data)
	if err == nil {
		if err = json.Unmarshal(data, to); err != nil {
			err = locate(data, err)
		}
	}
	if err != nil {
		return fmt.Errorf("decoding %s: %w", what, err)
	}
	return nil
}

func checkBounds(data []byte) error {
	if len(data) > MaxSize {
		return fmt.Errorf("more than %d bytes", MaxSize)
	}
	depth, inString := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return fmt.Errorf("nested deeper than %d levels at %s", maxDepth, position(data, int64(i)))
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// locate tells line and column of an error of package json, in words without Go's types.
func locate(data []byte, err error) error {
	if se, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("%s at %s", se, position(data, max(se.Offset-1, 0)))
	}
	te, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return err
	}
	field := ""
	if te.Field != "" {
		field = fmt.Sprintf(" for %q", bounded(te.Field))
	}
	return fmt.Errorf("invalid type: %s%s, expected %s at %s", bounded(te.Value), field, expected(te), position(data, te.Offset))
}

func expected(te *json.UnmarshalTypeError) string {
	switch te.Type.Kind().String() {
	case "string":
		return "a string"
	case "slice":
		return "a list"
	}
	return "a map"
}

// position names a place in the document, counted from 1.
func position(data []byte, offset int64) string {
	before := data[:min(offset, int64(len(data)))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return fmt.Sprintf("line %d column %d", line, column)
}

// bounded shortens text of the document for messages.
func bounded(s string) string {
	const limit = 80
	if len(s) > limit {
		return s[:limit] + "…"
	}
	return s
}
