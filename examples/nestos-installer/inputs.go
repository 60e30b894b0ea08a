package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/nestos-dev/nestos/installer/config"
)

// maxInputs bounds what a command reads of files that it embeds, in bytes, all of them together. They are held
// in memory, and an ISO image has room for 256 KiB of them, compressed.
const maxInputs = 64 << 20

// read reads a file that will be embedded.
func (p *program) read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	defer f.Close()
	data, err := readAll(f, maxInputs-p.inputs)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	p.inputs += int64(len(data))
	return data, nil
}

// readInput reads a file, or standard input if there is no path: until its end, or until ctx ends.
func (p *program) readInput(ctx context.Context, path string) ([]byte, error) {
	if path != "" {
		return p.read(path)
	}
	type result struct {
		data []byte
		err  error
	}
	read := make(chan result, 1)
	go func(left int64) {
		data, err := readAll(p.Stdin, left)
		read <- result{data, err}
	}(maxInputs - p.inputs)
	select {
	case r := <-read:
		if r.err != nil {
			return nil, fmt.Errorf("reading stdin: %w", r.err)
		}
		p.inputs += int64(len(r.data))
		return r.data, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("reading stdin: %w", ctx.Err())
	}
}

// readAll reads to the end, unless there is too much: the size of a file tells that at once.
func readAll(r io.Reader, left int64) ([]byte, error) {
	var b bytes.Buffer
	if f, ok := r.(*os.File); ok {
		if st, err := f.Stat(); err == nil && st.Mode().IsRegular() {
			if st.Size() > left {
				return nil, tooLarge()
			}
			b.Grow(int(st.Size()) + bytes.MinRead)
		}
	}
	if _, err := b.ReadFrom(io.LimitReader(r, left+1)); err != nil {
		return nil, err
	}
	if int64(b.Len()) > left {
		return nil, tooLarge()
	}
	return b.Bytes(), nil
}

func tooLarge() error {
	return fmt.Errorf("too large: files to embed may have %d MiB in all", maxInputs>>20)
}

// readConfig reads a config file of the installer, and of one that is too large as much as package config needs
// to refuse it.
func readConfig(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, config.MaxSize+1))
}
