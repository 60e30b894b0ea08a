package iso

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
)

// region is a part of the image with new content.
type region struct {
	offset int64
	data   []byte
	// guard marks the one that tells, by being invalid, that a change in place was not
	// finished.
	guard bool
}

func (r region) end() int64 { return r.offset + int64(len(r.data)) }

// regions returns what the edits make of the image, by offset. It is where edits that must
// not be written are found.
func (i *Image) regions() ([]region, error) {
	a, err := i.load()
	if err != nil {
		return nil, err
	}
	switch interrupted := errors.Is(a.initrdErr, ErrInterrupted); {
	case i.edits.area == nil && a.initrdErr != nil:
		return nil, a.initrdErr
	case interrupted && a.kargs != nil && i.edits.kargs == nil:
		return nil, a.initrdErr // nobody knows which arguments were meant
	}
	var list []region
	if i.edits.area != nil {
		list = append(list, region{offset: a.initrd.Offset, data: i.edits.area, guard: true})
	}
	if a.kargs != nil {
		if i.edits.kargs == nil && a.kargs.err != nil {
			return nil, a.kargs.err
		}
		if i.edits.kargs != nil {
			list = append(list, a.kargs.regions(*i.edits.kargs)...)
		}
	}
	return ordered(list)
}

func (k *kargAreas) regions(text string) []region {
	var list []region
	for _, area := range k.list {
		list = append(list, region{offset: area.Offset, data: area.encode(text)})
	}
	return list
}

// ordered sorts regions, of which the same one may come twice, as files may be links.
func ordered(list []region) ([]region, error) {
	slices.SortStableFunc(list, func(a, b region) int { return cmp.Compare(a.offset, b.offset) })
	list = slices.CompactFunc(list, func(a, b region) bool {
		return a.offset == b.offset && bytes.Equal(a.data, b.data)
	})
	var cursor int64
	for _, r := range list {
		if r.offset < cursor {
			return nil, fmt.Errorf("region starting at %d precedes current offset %d", r.offset, cursor)
		}
		cursor = r.end()
	}
	return list, nil
}

// WriteTo writes the whole image with its changes to w, such as a pipe.
func (i *Image) WriteTo(w io.Writer) (int64, error) {
	list, err := i.regions()
	if err != nil {
		return 0, err
	}
	s := streamer{w: w, r: i.r, buf: make([]byte, bufferSize)}
	for _, r := range list {
		if err := s.copyTo(r.offset); err != nil {
			return s.done, at(err, "copying bytes to %d", r.offset)
		}
		if err := s.write(r.data); err != nil {
			return s.done, at(err, "writing region for %d at offset %d", len(r.data), r.offset)
		}
	}
	if err := s.copyTo(i.size); err != nil {
		return s.done, at(err, "copying file")
	}
	return s.done, nil
}

const bufferSize = 1 << 20

// streamer writes an image from its start to its end.
type streamer struct {
	w    io.Writer
	r    io.ReaderAt
	buf  []byte
	done int64
}

func (s *streamer) copyTo(end int64) error {
	for s.done < end {
		part := s.buf[:min(int64(len(s.buf)), end-s.done)]
		if n, err := s.r.ReadAt(part, s.done); n < len(part) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		if err := s.write(part); err != nil {
			return err
		}
	}
	return nil
}

func (s *streamer) write(b []byte) error {
	n, err := s.w.Write(b)
	s.done += int64(n)
	return err
}
