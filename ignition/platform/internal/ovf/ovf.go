// Package ovf reads the properties of an OVF environment, and removes some.
//
// A VMware host describes a machine that was deployed from a template by an XML
// document, in which the person who deployed it has set properties:
//
//	<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:oe="(the same)">
//	  <PropertySection>
//	    <Property oe:key="guestinfo.ignition.config.data" oe:value="…"/>
//
// Elements and attributes are those of this name space or of none; others, which
// a vendor may have added under the same names, are neither read nor removed.
package ovf

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Namespace is the name space of the documents.
const Namespace = "http://schemas.dmtf.org/ovf/environment/1"

// MaxSize is the size of the largest document that is read.
const MaxSize = 64 << 20

// ErrTooLarge reports a document larger than MaxSize.
var ErrTooLarge = errors.New("OVF environment is too large")

// property is a property and where its element is in the document.
type property struct {
	key, value string
	start, end int
}

// Properties returns the properties of a document. The last of several with one
// key counts. What follows the root element is not looked at.
func Properties(doc []byte) (map[string]string, error) {
	found, err := scan(doc)
	if err != nil {
		return nil, err
	}
	m := make(map[string]string, len(found))
	for _, p := range found {
		m[p.key] = p.value
	}
	return m, nil
}

// Remove returns the document without the elements of the properties that have
// one of the keys, and whether there were any. All other bytes stay.
func Remove(doc []byte, keys ...string) ([]byte, bool, error) {
	found, err := scan(doc)
	if err != nil {
		return nil, false, fmt.Errorf("parsing OVF environment: %w", err)
	}
	rest := make([]byte, 0, len(doc))
	at := 0
	for _, p := range found {
		if slices.Contains(keys, p.key) {
			rest = append(rest, doc[at:p.start]...)
			at = p.end
		}
	}
	if at == 0 {
		return doc, false, nil
	}
	return append(rest, doc[at:]...), true, nil
}

// scan returns the properties in the order of the document.
func scan(doc []byte) ([]property, error) {
	if len(doc) > MaxSize {
		return nil, ErrTooLarge
	}
	var (
		found  []property
		dec    = xml.NewDecoder(bytes.NewReader(doc))
		path   = [...]string{"Environment", "PropertySection", "Property"}
		depth  int // open elements
		inside int // of them, how many are those of path, from the root on
	)
	for {
		start := int(dec.InputOffset())
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil, errors.New("no root element")
		} else if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if inside == depth && depth < len(path) && token.Name.Local == path[depth] && known(token.Name.Space) {
				inside++
				if inside == len(path) {
					found = append(found, newProperty(token, start))
				}
			}
			depth++
		case xml.EndElement:
			if inside == len(path) && depth == len(path) {
				found[len(found)-1].end = int(dec.InputOffset())
			}
			depth--
			inside = min(inside, depth)
			if depth == 0 {
				return keyed(found), nil
			}
		}
	}
}

func known(space string) bool { return space == Namespace || space == "" }

func newProperty(e xml.StartElement, start int) property {
	p := property{start: start}
	for _, a := range e.Attr {
		switch {
		case !known(a.Name.Space):
		case a.Name.Local == "key":
			p.key = a.Value
		case a.Name.Local == "value":
			p.value = a.Value
		}
	}
	return p
}

// keyed leaves out elements without a key.
func keyed(found []property) []property {
	return slices.DeleteFunc(found, func(p property) bool { return p.key == "" })
}
