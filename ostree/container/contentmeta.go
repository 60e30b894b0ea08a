package container

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nestos-dev/nestos/ostree/object"
)

// maxContentMeta bounds a file of content metadata, in bytes.
const maxContentMeta = 256 << 20

// ContentFile is what build tools write about the content of a commit.
type ContentFile struct {
	// Contents has a layer for each component.
	Contents *ContentMeta
	// Created is the time to put into the image's configuration, or zero.
	Created time.Time
	// Labels are for the image.
	Labels map[string]string
}

// MaxLayers is how many layers give each component its own.
func (f *ContentFile) MaxLayers() int { return len(f.Contents.Components) + 1 }

// alwaysChangingID is the component of files that belong to no package.
const alwaysChangingID = "unpackaged"

// ReadContentFile reads content metadata in JSON. The document is an object:
//
//	version   1
//	created   "2024-01-31T12:00:00Z", optional
//	labels    {"KEY": "VALUE", …}, optional
//	layers    {"ID": "NAME", …}, in the order of the image's layers
//	mapping   {"CHECKSUM": "ID", …}, of content objects to components
//	ordered   false
func ReadContentFile(r io.Reader) (*ContentFile, error) {
	limited := &io.LimitedReader{R: r, N: maxContentMeta + 1}
	f := &ContentFile{Contents: &ContentMeta{Objects: map[object.Checksum]string{}}}
	d := contentDecoder{json.NewDecoder(limited), f, 0}
	err := d.object(d.field)
	switch {
	case limited.N <= 0:
		err = fmt.Errorf("larger than %d bytes", maxContentMeta)
	case err == nil && d.version != 1:
		err = fmt.Errorf("Unsupported metadata version: %d. Currently supported: 1", d.version)
	}
	if err != nil {
		return nil, fmt.Errorf("content metadata: %w", err)
	}
	return f, nil
}

type contentDecoder struct {
	*json.Decoder
	file    *ContentFile
	version int
}

// object calls member for each key, which has to decode the value.
func (d *contentDecoder) object(member func(key string) error) error {
	if t, err := d.Token(); err != nil {
		return noEOF(err)
	} else if t != json.Delim('{') {
		return fmt.Errorf("found %v instead of an object", t)
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return noEOF(err)
		}
		key, _ := t.(string) // what precedes a colon is a string
		if err := member(key); err != nil {
			return fmt.Errorf("%s: %w", limitText(key), err)
		}
	}
	_, err := d.Token()
	return noEOF(err)
}

func (d *contentDecoder) field(key string) error {
	switch key {
	case "version":
		return d.Decode(&d.version)
	case "created":
		return d.created()
	case "labels":
		return d.Decode(&d.file.Labels)
	case "layers":
		return d.object(d.component)
	case "mapping":
		return d.object(d.mapping)
	case "ordered":
		ordered := false
		if err := d.Decode(&ordered); err != nil || !ordered {
			return err
		}
		return errors.New("Ordered mapping not currently supported.")
	}
	var ignored json.RawMessage
	return d.Decode(&ignored)
}

func (d *contentDecoder) created() error {
	var text *string
	if err := d.Decode(&text); err != nil || text == nil {
		return err
	}
	var err error
	d.file.Created, err = time.Parse(time.RFC3339, *text)
	return err
}

func (d *contentDecoder) component(id string) error {
	c := Component{ID: id, ChangeFrequency: 1}
	if id == alwaysChangingID {
		c.ChangeFrequency = AlwaysChanges
	}
	err := d.Decode(&c.Name)
	d.file.Contents.Components = append(d.file.Contents.Components, c)
	return err
}

func (d *contentDecoder) mapping(key string) error {
	sum, err := object.ParseChecksum(key)
	if err != nil {
		return err
	}
	var id string
	err = d.Decode(&id)
	d.file.Contents.Objects[sum] = id
	return err
}
