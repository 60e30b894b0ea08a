package kernel

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"

	"github.com/nestos-dev/nestos/internal/cpio"
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
	w := cpio.NewWriter(z)
	w.Upper = true
	for i, h := range []cpio.Header{
		{Name: "dev", Mode: 0o040755, Links: 2},
		{Name: "dev/random", Mode: 0o020666, RDev: 1<<32 | 8},
		{Name: "dev/urandom", Mode: 0o020666, RDev: 1<<32 | 9},
	} {
		h.Inode = uint64(i + 1)
		if err := w.WriteHeader(&h); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
