package kernel

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
)

// AppendNodes adds the two random devices to the initramfs: dracut in a sandbox cannot make device
// nodes, and programs that run before /dev is there need them.
func (k *Kernel) AppendNodes(ctx context.Context, t *rootfs.Tree) error {
	f, i, err := t.Open(k.Initramfs())
	if err != nil {
		return err
	}
	defer f.Close()
	nodes, err := deviceArchive()
	if err != nil {
		return err
	}
	// The kernel looks for the next archive behind zeros, at a multiple of four.
	pad := make([]byte, 4+(4-i.Size%4)%4)
	size := i.Size + int64(len(pad)+len(nodes))
	content := io.MultiReader(f, bytes.NewReader(pad), bytes.NewReader(nodes))
	return t.Create(ctx, k.Initramfs(), rootfs.Attr{Mode: 0o644}, size, content)
}

// deviceArchive is a compressed archive with dev, dev/random and dev/urandom.
func deviceArchive() ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := newcWriter{w: z}
	w.node("dev", 0o040755, 0, 0)
	w.node("dev/random", 0o020666, 1, 8)
	w.node("dev/urandom", 0o020666, 1, 9)
	w.node("TRAILER!!!", 0, 0, 0)
	if w.err != nil {
		return nil, w.err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// newcWriter writes members without content.
type newcWriter struct {
	w   io.Writer
	ino int
	err error
}

func (w *newcWriter) node(name string, mode, major, minor int) {
	w.ino++
	if w.err != nil {
		return
	}
	links := 1
	if mode&0o170000 == 0o040000 {
		links = 2
	}
	header := fmt.Sprintf("070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		w.ino, mode, 0, 0, links, 0, 0, 0, 0, major, minor, len(name)+1, 0)
	record := header + name + "\x00"
	for len(record)%4 != 0 {
		record += "\x00"
	}
	_, w.err = io.WriteString(w.w, record)
}
