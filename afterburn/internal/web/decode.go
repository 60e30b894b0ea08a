package web

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
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
	if err := dec.Decode(into); err != nil {
		return err
	}
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
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
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("trailing characters after byte %d", dec.InputOffset())
	}
	return nil
}
