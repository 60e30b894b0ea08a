package initrd

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/nestos-dev/nestos/internal/cpio"
)

// maxPending is how many bytes of paths may wait for their content.
const maxPending = 64 << 20

// walkLinked calls f for the files that are wanted. Hard links of one archive to one file come together, with the content.
func walkLinked(r io.Reader, want func(path string) bool, f func(paths []string, size int64, content io.Reader) error) error {
	l := pending{f: f, owner: map[string]linkKey{}, groups: map[linkKey][]string{}}
	return walk(r, func(h *cpio.Header, content io.Reader) error {
		if want != nil && !want(h.Name) {
			return nil
		}
		return l.file(h, content)
	}, l.end)
}

// linkKey identifies a file within an archive.
type linkKey struct{ dev, inode uint64 }

// pending holds the names of files whose content has not come yet.
type pending struct {
	f      func(paths []string, size int64, content io.Reader) error
	owner  map[string]linkKey   // of a name that still waits
	groups map[linkKey][]string // names that waited at some time
	size   int
}

func (l *pending) file(h *cpio.Header, content io.Reader) error {
	delete(l.owner, h.Name) // a new file of that name
	key := linkKey{h.Dev, h.Inode}
	if h.Links < 2 {
		return l.f([]string{h.Name}, h.Size, content)
	}
	if h.Size > 0 {
		return l.f(append(l.take(key), h.Name), h.Size, content)
	}
	l.owner[h.Name] = key
	l.groups[key] = append(l.groups[key], h.Name)
	if l.size += len(h.Name) + overhead; l.size > maxPending {
		return fmt.Errorf("%w: more than %d bytes of hard links", ErrTooLarge, maxPending)
	}
	return nil
}

// take removes the names that wait for the content of a file.
func (l *pending) take(key linkKey) []string {
	var names []string
	for _, name := range l.groups[key] {
		l.size -= len(name) + overhead
		if owner, ok := l.owner[name]; ok && owner == key {
			delete(l.owner, name)
			names = append(names, name)
		}
	}
	delete(l.groups, key)
	return names
}

// end is called after an archive: files without content are empty.
func (l *pending) end() error {
	names := slices.Sorted(maps.Keys(l.owner))
	clear(l.owner)
	clear(l.groups)
	l.size = 0
	for _, name := range names {
		if err := l.f([]string{name}, 0, bytes.NewReader(nil)); err != nil {
			return err
		}
	}
	return nil
}
