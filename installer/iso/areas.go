package iso

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/installer/initrd"
)

const (
	defaultInitrdFile = "IMAGES/IGNITION.IMG"

	// maxInitrdArea is far more than the 256 KiB that images have.
	maxInitrdArea = 64 << 20
	// maxInitrd bounds what such an area decompresses to.
	maxInitrd = 64 << 20
)

// Area is a part of an image, in bytes from its start.
type Area struct {
	Offset int64 `json:"offset"`
	Length int64 `json:"length"`
}

// areas are the parts of an image that are made to be changed.
type areas struct {
	initrd Area
	// archive is the content of that area; nil if initrdErr tells what is wrong with it.
	archive   *initrd.Archive
	initrdErr error
	// used is where the zeros begin that fill the area.
	used  int64
	kargs *kargAreas // nil if the image has none
}

func (i *Image) findAreas() (*areas, error) {
	a := new(areas)
	var err error
	if a.initrd, err = i.findInitrdArea(); err != nil {
		return nil, i.unrecognized(err)
	}
	if err := i.readInitrdArea(a); err != nil {
		return nil, i.unrecognized(err)
	}
	if a.kargs, err = i.findKargAreas(); err != nil {
		return nil, err
	}
	return a, nil
}

func (i *Image) unrecognized(err error) error {
	return fmt.Errorf("Unrecognized %s ISO image.: %w", i.flavour.Product, err)
}

// initrdInfo is the content of igninfo.json.
type initrdInfo struct {
	File   *string `json:"file"`
	Offset *uint64 `json:"offset"`
	Length *uint64 `json:"length"`
}

func parseInitrdInfo(data []byte) (*initrdInfo, error) {
	info := new(initrdInfo)
	if err := parseJSON(data, info); err != nil {
		return nil, err
	}
	if info.File == nil {
		return nil, errors.New("missing field `file`")
	}
	return info, nil
}

func (i *Image) findInitrdArea() (Area, error) {
	file := defaultInitrdFile
	info := &initrdInfo{File: &file}
	data, err := i.metadata("IGNINFO.JSO")
	if err != nil {
		return Area{}, err
	}
	if data != nil {
		if info, err = parseInitrdInfo(data); err != nil {
			return Area{}, fmt.Errorf("decoding igninfo: %w", err)
		}
	}
	entry, err := i.fsys.Lookup(strings.ToUpper(*info.File))
	if err != nil {
		return Area{}, fmt.Errorf("finding initrd embed area: %w", err)
	}
	content, err := i.fsys.Open(entry)
	if err != nil {
		return Area{}, fmt.Errorf("reading initrd embed area: %w", err)
	}
	area, err := info.within(uint64(content.Size()))
	if err != nil {
		return Area{}, fmt.Errorf("reading initrd embed area: %w", err)
	}
	area.Offset += entry.Offset()
	return area, nil
}

// within returns the area in a file of size bytes.
func (info *initrdInfo) within(size uint64) (Area, error) {
	var offset uint64
	if info.Offset != nil {
		offset = *info.Offset
	}
	if offset > size {
		return Area{}, fmt.Errorf("offset %d is behind the end of %s", offset, *info.File)
	}
	length := size - offset
	if info.Length != nil {
		length = *info.Length
	}
	switch {
	case length > size-offset:
		return Area{}, fmt.Errorf("%d bytes at %d end behind the end of %s", length, offset, *info.File)
	case length > maxInitrdArea:
		return Area{}, fmt.Errorf("area of %d bytes is larger than %d", length, maxInitrdArea)
	}
	return Area{Offset: int64(offset), Length: int64(length)}, nil
}

// readInitrdArea decodes the content. That it cannot be decoded is kept for those who ask
// for it: the area can still be reset.
func (i *Image) readInitrdArea(a *areas) error {
	data, err := readArea(i.r, a.initrd.Offset, int(a.initrd.Length))
	if err != nil {
		return fmt.Errorf("reading initrd embed area: %w", err)
	}
	a.used = usedBytes(data)
	switch {
	case a.used == 0:
		a.archive = initrd.New()
	case bytes.HasPrefix(data, []byte(changeMark)):
		a.initrdErr = fmt.Errorf("%w; reset it with `%s iso reset`", ErrInterrupted, i.flavour.Program)
	default:
		// The zeros tell that the last archive is complete.
		a.archive, err = initrd.ReadLimit(bytes.NewReader(data), nil, maxInitrd)
		if err != nil {
			a.archive = nil
			a.initrdErr = i.unrecognized(fmt.Errorf("decoding initrd embed area: %w", err))
		}
	}
	return nil
}

// usedBytes returns where the zeros begin that fill an area.
func usedBytes(data []byte) int64 { return int64(len(bytes.TrimRight(data, "\x00"))) }

// Initrd returns what is embedded in the area for an initrd, with changes that were not saved. The
// archive is the caller's; [Image.SetInitrd] puts it back.
func (i *Image) Initrd() (*initrd.Archive, error) {
	if i.edits.archive != nil {
		return i.edits.archive.Clone(), nil
	}
	a, err := i.load()
	if err != nil {
		return nil, err
	}
	if a.initrdErr != nil {
		return nil, a.initrdErr
	}
	return a.archive.Clone(), nil
}

// SetInitrd embeds an archive in the place of what is embedded. An empty one clears the
// area. One that is too large for the area is an error and changes nothing.
func (i *Image) SetInitrd(archive *initrd.Archive) error {
	a, err := i.load()
	if err != nil {
		return err
	}
	area := make([]byte, a.initrd.Length)
	if archive.Len() > 0 {
		data, err := archive.Encode()
		if err != nil {
			return err
		}
		if len(data) > len(area) {
			return fmt.Errorf("Compressed initramfs is too large: %d > %d", len(data), len(area))
		}
		copy(area, data)
	}
	i.edits.archive, i.edits.area = archive.Clone(), area
	return nil
}

// InitrdArea returns where the area for an initrd is.
func (i *Image) InitrdArea() (Area, error) {
	a, err := i.load()
	if err != nil {
		return Area{}, err
	}
	return a.initrd, nil
}

func isNotFound(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// parseJSON refuses what is not UTF-8, for which encoding/json would put something else.
func parseJSON(data []byte, v any) error {
	if !utf8.Valid(data) {
		return errors.New("invalid unicode code point")
	}
	return json.Unmarshal(data, v)
}
