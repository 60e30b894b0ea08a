package web

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"unicode/utf8"
)

// Text returns a document as it is, which must be UTF-8. ok is false if there is none.
func (c *Client) Text(ctx context.Context, d Doc) (text string, ok bool, err error) {
	body, ok, err := c.Get(ctx, d)
	if err != nil || !ok {
		return "", false, err
	}
	text, err = decodeText(body)
	return text, err == nil, err
}

// JSON reads a document of one value; what follows it is an error.
func (c *Client) JSON(ctx context.Context, d Doc, into any) (ok bool, err error) {
	return c.decode(ctx, d, "json", func(body []byte) error { return DecodeJSON(body, into) })
}

// XML reads a document of one element; what follows it, other than comments, is an error.
func (c *Client) XML(ctx context.Context, d Doc, into any) (ok bool, err error) {
	return c.decode(ctx, d, "xml", func(body []byte) error { return decodeXML(body, into) })
}

func (c *Client) decode(ctx context.Context, d Doc, format string, decode func([]byte) error) (bool, error) {
	body, ok, err := c.Get(ctx, d)
	if err != nil || !ok {
		return false, err
	}
	if err := decode(body); err != nil {
		return false, undecodable(format, err)
	}
	return true, nil
}

func decodeText(body []byte) (string, error) {
	if !utf8.Valid(body) {
		return "", undecodable("raw", errors.New("stream did not contain valid UTF-8"))
	}
	return string(body), nil
}

func undecodable(format string, err error) error {
	return fmt.Errorf("failed to deserialize data: %w", fmt.Errorf("failed %s deserialization: %w", format, err))
}

func decodeXML(data []byte, into any) error {
	dec := xml.NewDecoder(bytes.NewReader(data))
	var foreign error
	dec.CharsetReader = func(name string, _ io.Reader) (io.Reader, error) {
		foreign = fmt.Errorf("encoding %.40q: not supported", name)
		return nil, foreign
	}
	switch err := dec.Decode(into); {
	case foreign != nil:
		return foreign
	case errors.Is(err, io.EOF):
		return errors.New("the document has no element")
	case err != nil:
		return err
	}
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if foreign != nil {
			return foreign
		}
		if err != nil {
			return err
		}
		text, isText := token.(xml.CharData)
		_, isElement := token.(xml.StartElement)
		if isElement || isText && len(bytes.TrimSpace(text)) > 0 {
			return fmt.Errorf("the document goes on after its element, at byte %d", dec.InputOffset())
		}
	}
}

// DecodeJSON reads exactly one JSON value.
func DecodeJSON(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(into); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("the document ends after %d bytes", len(data))
		}
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return mistyped(wrong)
		}
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("trailing characters after byte %d", dec.InputOffset())
	}
	return nil
}

// mistyped tells of a value of the wrong type in the words of JSON: who reads it knows
// nothing of the types of Go.
func mistyped(e *json.UnmarshalTypeError) error {
	found := e.Value
	switch found {
	case "object":
		found = "map"
	case "array":
		found = "sequence"
	case "bool":
		found = "boolean"
	}
	where := ""
	if e.Field != "" {
		where = fmt.Sprintf(" (field %s)", e.Field)
	}
	return fmt.Errorf("invalid type: %.60s, expected %s at byte %d%s", found, wanted(e.Type), e.Offset, where)
}

func wanted(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return "a sequence"
	case reflect.Struct, reflect.Map:
		return "a map"
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "a boolean"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "an integer"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "an unsigned integer"
	}
	return "another type"
}
