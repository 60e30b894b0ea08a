//go:build unix

package kernel

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
)

// Size returns the bytes that the files of a layout will take in a directory of
// their own, in a file system with the given block size (0 is 1): every file and
// directory takes whole blocks, a directory at least one.
func (l *Layout) Size(ctx context.Context, tree *os.File, blockSize int64) (int64, error) {
	root, err := confine.FromFile(tree)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	m := meter{ctx: ctx, root: root, block: max(blockSize, 1)}
	m.add(1)
	for _, f := range l.Files() {
		info, err := root.Stat(f.Source)
		if err != nil {
			return 0, errno.New("fstatat", f.Source, err)
		}
		m.add(info.Size())
	}
	if l.DevicetreeDir != nil {
		if err := m.dir(l.DevicetreeDir.Source, 0); err != nil {
			return 0, err
		}
	}
	return m.total, nil
}

// DirSize returns the bytes that an existing directory and all below it take,
// counted as [Layout.Size] does. The name is relative to the open directory
// parent; links are not followed.
func DirSize(ctx context.Context, parent *os.File, name string, blockSize int64) (int64, error) {
	root, err := confine.FromFile(parent)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	m := meter{ctx: ctx, root: root, block: max(blockSize, 1)}
	if err := m.dir(name, 0); err != nil {
		return 0, err
	}
	return m.total, nil
}

type meter struct {
	ctx   context.Context
	root  *confine.Root
	block int64
	total int64
}

func (m *meter) add(size int64) { m.total += (size + m.block - 1) / m.block * m.block }

func (m *meter) dir(name string, depth int) error {
	if err := m.ctx.Err(); err != nil {
		return err
	}
	entries, err := readDir(m.root, name, depth)
	if err != nil {
		return err
	}
	m.add(1)
	for _, e := range entries {
		if e.IsDir() {
			if err := m.dir(path.Join(name, e.Name()), depth+1); err != nil {
				return err
			}
			continue
		}
		info, err := e.Info()
		if err != nil {
			return fmt.Errorf("measuring %s: %w", name, err)
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			m.add(info.Size())
		}
	}
	return nil
}
