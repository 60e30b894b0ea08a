package delta_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/nestos-dev/nestos/ostree/delta"
	"github.com/nestos-dev/nestos/ostree/object"
)

// memoryStore is a repository in memory.
type memoryStore struct {
	mu      sync.Mutex
	meta    map[object.Name][]byte
	headers map[object.Checksum]*object.FileHeader
	files   map[object.Checksum][]byte
}

func newStore() *memoryStore {
	return &memoryStore{meta: map[object.Name][]byte{}, headers: map[object.Checksum]*object.FileHeader{}, files: map[object.Checksum][]byte{}}
}

type memorySource struct{ *bytes.Reader }

func (memorySource) Close() error { return nil }

// add puts a file into the store and returns its checksum.
func (s *memoryStore) add(h *object.FileHeader, data []byte) object.Checksum {
	c := object.ContentChecksum(h, data)
	s.headers[c], s.files[c] = h, data
	return c
}

func (s *memoryStore) HasObject(n object.Name) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, file := s.files[n.Checksum]
	_, meta := s.meta[n]
	return meta || n.Type == object.TypeFile && file, nil
}

func (s *memoryStore) OpenSource(c object.Checksum) (delta.Source, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.files[c]
	if !ok {
		return nil, fmt.Errorf("no source %s", c)
	}
	return memorySource{bytes.NewReader(data)}, nil
}

func (s *memoryStore) WriteMeta(n object.Name, data []byte) error {
	if got := object.Sum(data); got != n.Checksum {
		return fmt.Errorf("%s has checksum %s", n, got)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meta[n] = data
	return nil
}

func (s *memoryStore) WriteFile(_ context.Context, want object.Checksum, h *object.FileHeader, size int64, payload io.Reader) error {
	if err := h.Validate(); err != nil {
		return err
	}
	var data []byte
	if payload != nil {
		var err error
		if data, err = io.ReadAll(payload); err != nil {
			return err
		}
	}
	if int64(len(data)) != size {
		return fmt.Errorf("%s has %d bytes instead of %d", want, len(data), size)
	}
	if got := object.ContentChecksum(h, data); got != want {
		return fmt.Errorf("%s.file has checksum %s", want, got)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.headers[want], s.files[want] = h, data
	return nil
}
