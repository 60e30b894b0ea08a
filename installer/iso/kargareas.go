package iso

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	kargsFile = "KARGS.JSO"

	// maxKargArea is the largest area for kernel arguments; those of images have 896 to 1139 bytes.
	maxKargArea = 2048
	// maxKargAreas is far more than the two that images have.
	maxKargAreas = 256

	// In the system area, images of 2021 have the places of areas: magic, length, offset of the
	// default, and up to six offsets, in 8 bytes each.
	legacyHeader     = 32672
	legacyHeaderSize = 72
	legacyMagic      = "coreKarg"
)

// KargArea is one of the areas of an image that hold the kernel arguments of the live
// system. All of them hold the same.
type KargArea struct {
	Area
	// Pad fills the area, and End ends the text before it; nil means '#' and '\n'.
	Pad, End *byte
}

// kargAreas are the areas of an image.
type kargAreas struct {
	size int
	def  string
	list []KargArea // by offset
	info *kargInfo  // nil if they were found by the legacy header
	// text is what they hold, unless err tells why there is no such text.
	text string
	err  error
}

// kargInfo is the content of kargs.json, with its members in the order in which they are written.
type kargInfo struct {
	Default *string    `json:"default"`
	Files   []kargFile `json:"files"`
	Size    *uint64    `json:"size"`
}

type kargFile struct {
	Path   *string `json:"path"`
	Offset *uint64 `json:"offset"`
	Pad    *string `json:"pad,omitempty"`
	End    *string `json:"end,omitempty"`
}

func parseKargInfo(data []byte) (*kargInfo, error) {
	info := new(kargInfo)
	if err := parseJSON(data, info); err != nil {
		return nil, err
	}
	switch {
	case info.Default == nil:
		return nil, errors.New("missing field `default`")
	case info.Size == nil:
		return nil, errors.New("missing field `size`")
	case info.Files == nil:
		return nil, errors.New("missing field `files`")
	}
	for _, file := range info.Files {
		switch {
		case file.Path == nil:
			return nil, errors.New("missing field `path`")
		case file.Offset == nil:
			return nil, errors.New("missing field `offset`")
		}
	}
	return info, nil
}

// encode returns kargs.json as the builders of images write it.
func (info *kargInfo) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(info)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// char returns the byte for a string of one character.
func char(name string, s *string) (*byte, error) {
	if s == nil {
		return nil, nil
	}
	if len(*s) != 1 || (*s)[0] >= utf8.RuneSelf {
		return nil, fmt.Errorf("%s %q is no ASCII character", name, *s)
	}
	return &[]byte(*s)[0], nil
}

// findKargAreas returns nil if the image has none.
func (i *Image) findKargAreas() (*kargAreas, error) {
	data, err := i.metadata(kargsFile)
	if err != nil {
		return nil, err
	}
	var k *kargAreas
	if data != nil {
		k, err = i.describedKargAreas(data)
	} else {
		k, err = i.legacyKargAreas()
	}
	if k == nil || err != nil {
		return nil, err
	}
	if len(k.list) == 0 {
		return nil, fmt.Errorf("No karg embed areas found; corrupted %s ISO image.", i.flavour.Product)
	}
	slices.SortStableFunc(k.list, func(a, b KargArea) int { return cmp.Compare(a.Offset, b.Offset) })
	return k, i.readKargs(k)
}

// describedKargAreas finds the areas with kargs.json.
func (i *Image) describedKargAreas(data []byte) (*kargAreas, error) {
	info, err := parseKargInfo(data)
	if err != nil {
		return nil, fmt.Errorf("decoding kargs embed area info: %w", err)
	}
	switch {
	case *info.Size > maxKargArea:
		return nil, fmt.Errorf("karg embed area size larger than %d (found %d)", maxKargArea, *info.Size)
	case uint64(len(*info.Default)) > *info.Size:
		return nil, fmt.Errorf("default kargs size %d larger than embed areas (%d)", len(*info.Default), *info.Size)
	case len(info.Files) > maxKargAreas:
		return nil, fmt.Errorf("more than %d karg embed areas", maxKargAreas)
	}
	k := &kargAreas{size: int(*info.Size), def: *info.Default, info: info}
	for _, file := range info.Files {
		area, err := i.describedKargArea(&file, *info.Size)
		if err != nil {
			return nil, err
		}
		k.list = append(k.list, area)
	}
	return k, nil
}

func (i *Image) describedKargArea(file *kargFile, size uint64) (area KargArea, err error) {
	entry, err := i.fsys.Lookup(strings.ToUpper(*file.Path))
	if err != nil {
		return area, fmt.Errorf("looking up '%s': %w", *file.Path, err)
	}
	if entry.Dir {
		return area, fmt.Errorf("entry %s is a directory", entry.Name)
	}
	if *file.Offset > uint64(entry.Size) || size > uint64(entry.Size)-*file.Offset {
		return area, fmt.Errorf("reading kargs embed area: %d bytes at %d end behind the end of %s",
			size, *file.Offset, *file.Path)
	}
	area.Area = Area{Offset: entry.Offset() + int64(*file.Offset), Length: int64(size)}
	if area.Pad, err = char("pad", file.Pad); err != nil {
		return area, fmt.Errorf("decoding kargs embed area info: %w", err)
	}
	if area.End, err = char("end", file.End); err != nil {
		return area, fmt.Errorf("decoding kargs embed area info: %w", err)
	}
	return area, nil
}

// legacyKargAreas finds the areas with the header in the system area; nil if there is none.
func (i *Image) legacyKargAreas() (*kargAreas, error) {
	header, err := readArea(i.r, legacyHeader, legacyHeaderSize)
	if err != nil {
		return nil, fmt.Errorf("reading karg embed header: %w", err)
	}
	if string(header[:8]) != legacyMagic {
		return nil, nil
	}
	length := binary.LittleEndian.Uint64(header[8:])
	if length > maxKargArea {
		return nil, fmt.Errorf("karg embed area length larger than %d (found %d)", maxKargArea, length)
	}
	k := &kargAreas{size: int(length)}
	area := func(at int) KargArea {
		// An offset that does not fit is negative, and cannot be read.
		return KargArea{Area: Area{Offset: int64(binary.LittleEndian.Uint64(header[at:])), Length: int64(length)}}
	}
	def := area(16)
	if k.def, err = i.readKargArea(&def); err != nil {
		return nil, fmt.Errorf("reading default kargs: %w", err)
	}
	for at := 24; at < legacyHeaderSize; at += 8 {
		a := area(at)
		if a.Offset == 0 {
			break
		}
		k.list = append(k.list, a)
	}
	return k, nil
}

// readKargs reads all areas. That they differ is kept for those who want the text: they can
// still be reset.
func (i *Image) readKargs(k *kargAreas) error {
	for n := range k.list {
		text, err := i.readKargArea(&k.list[n])
		switch {
		case errors.Is(err, errNotUTF8):
			k.err = cmp.Or(k.err, err)
		case err != nil:
			return fmt.Errorf("reading kargs embed area: %w", err)
		case n == 0:
			k.text = text
		case text != k.text && k.err == nil:
			k.err = fmt.Errorf("kargs don't match at all offsets! (expected '%s', but offset %d has: '%s')",
				k.text, k.list[n].Offset, text)
		}
	}
	return nil
}

var errNotUTF8 = errors.New("invalid UTF-8 in karg area")

func (i *Image) readKargArea(a *KargArea) (string, error) {
	if a.Offset < 0 || a.Offset > i.size {
		return "", fmt.Errorf("reading %d bytes at %d: %w", a.Length, uint64(a.Offset), shortError{})
	}
	data, err := readArea(i.r, a.Offset, int(a.Length))
	if err != nil {
		return "", err
	}
	return a.decode(data)
}

func (a *KargArea) pad() byte {
	if a.Pad == nil {
		return '#'
	}
	return *a.Pad
}

func (a *KargArea) end() byte {
	if a.End == nil {
		return '\n'
	}
	return *a.End
}

// decode returns the text in the content of an area.
func (a *KargArea) decode(data []byte) (string, error) {
	if !utf8.Valid(data) {
		return "", errNotUTF8
	}
	data = bytes.TrimRight(data, string(rune(a.pad())))
	data = bytes.TrimRight(data, string(rune(a.end())))
	return string(bytes.TrimSpace(data)), nil
}

// encode returns the content of an area for a text, which must be shorter than the area.
func (a *KargArea) encode(text string) []byte {
	data := bytes.Repeat([]byte{a.pad()}, int(a.Length))
	data[copy(data, text)] = a.end()
	return data
}
