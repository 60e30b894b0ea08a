package stream

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxSize bounds a document in bytes. The largest there are, indices of years of releases,
// have a few hundred kilobytes. In memory a document that consists of names takes up to
// 25 times its size, for the tables.
const MaxSize = 4 << 20

// Parse reads the document of a stream. What finding an image depends on, the keys
// "architectures", "artifacts", "formats", "location" and "signature" at their places, must be
// of the right type, and all but the last must be there. Anything else, be it known or not,
// cannot fail: what does not fit is left out. Keys are case-sensitive; the last counts of
// those that come again.
//
// Errors begin with "decoding stream metadata"; what is no stream metadata although it is JSON
// is an error as well.
func Parse(data []byte) (*Stream, error) {
	err := check(data)
	var s *Stream
	if err == nil {
		s, err = readStream(rootValue(string(data)))
	}
	if err != nil {
		return nil, fmt.Errorf("decoding stream metadata: %w", err)
	}
	return s, nil
}

func readStream(v value) (*Stream, error) {
	s := &Stream{}
	err := v.members("struct Stream", func(key string, m value) (err error) {
		switch key {
		case "architectures":
			s.Architectures, err = table(m, readArch)
		case "stream":
			m.keep(&s.Stream)
		case "metadata":
			m.keep(&s.Metadata)
		}
		return err
	})
	if err == nil && s.Architectures == nil {
		err = v.missing("architectures")
	}
	return s, err
}

func readArch(v value) (a Arch, err error) {
	err = v.members("struct Arch", func(key string, m value) (err error) {
		switch key {
		case "artifacts":
			a.Artifacts, err = table(m, readPlatform)
		case "images":
			m.keep(&a.Images)
		case "rhel-coreos-extensions":
			m.keep(&a.RHELCoreOSExtensions)
		}
		return err
	})
	if err == nil && a.Artifacts == nil {
		err = v.missing("artifacts")
	}
	return a, err
}

func readPlatform(v value) (p PlatformArtifacts, err error) {
	err = v.members("struct Platform", func(key string, m value) (err error) {
		switch key {
		case "formats":
			p.Formats, err = table(m, readFormat)
		case "release":
			m.keep(&p.Release)
		}
		return err
	})
	if err == nil && p.Formats == nil {
		err = v.missing("formats")
	}
	return p, err
}

func readFormat(v value) (f ImageFormat, err error) {
	err = v.members("a map", func(kind string, m value) error {
		a, err := readArtifact(m)
		if err == nil {
			a.Type = kind
			f.set(a)
		}
		return err
	})
	return f, err
}

func readArtifact(v value) (*Artifact, error) {
	a, located := &Artifact{}, false
	err := v.members("struct Artifact", func(key string, m value) (err error) {
		switch key {
		case "location":
			a.Location, err = m.str()
			located = true
		case "signature":
			a.Signature, err = m.str()
		case "sha256":
			m.keep(&a.SHA256)
		case "uncompressed-sha256":
			m.keep(&a.UncompressedSHA256)
		}
		return err
	})
	if err == nil && !located {
		err = v.missing("location")
	}
	return a, err
}

// decode reads other documents, all of which must fit.
func decode(what string, data []byte, to any) error {
	err := check(data)
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

// check refuses what is too large or no JSON. Package json bounds the depth, and would
// replace what is no UTF-8.
func check(data []byte) error {
	if len(data) > MaxSize {
		return fmt.Errorf("more than %d bytes", MaxSize)
	}
	if !utf8.Valid(data) {
		return fmt.Errorf("invalid unicode code point at %s", position(data, int64(validPrefix(data))))
	}
	err := json.Unmarshal(data, &struct{}{})
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return nil // JSON it is
	}
	return locate(data, err)
}

// validPrefix is the number of bytes before the first that is no UTF-8.
func validPrefix(data []byte) int {
	n := 0
	for n < len(data) {
		r, size := utf8.DecodeRune(data[n:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
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
		return strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}
