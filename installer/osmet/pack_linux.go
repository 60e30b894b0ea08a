package osmet

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/blockdev"
	"github.com/nestos-dev/nestos/internal/xz"
)

// Pack makes an osmet file of a disk with a GPT, whose file systems labelled boot and root hold the operating system and,
// in /ostree/repo, its repository. It mounts both read-only where nobody else sees it, for which it must be root.
//
// The disk must not change meanwhile. Before the file appears under its name it is unpacked again, and the result compared
// with the checksum. Without Fast that takes about 800 MiB of memory for a large disk.
//
// A root file system in an encrypted volume, or one in front of boot, is not supported.
func Pack(ctx context.Context, opts *PackOptions) error {
	var p packer
	if opts != nil {
		p.PackOptions = *opts
	}
	if p.Message == nil {
		p.Message = func(string) {}
	}
	if p.Architecture == "" {
		var u unix.Utsname
		if err := unix.Uname(&u); err != nil {
			return fmt.Errorf("uname: %w", err)
		}
		p.Architecture = unix.ByteSliceToString(u.Machine[:])
	}
	sum, err := hex.DecodeString(p.Checksum)
	if err != nil || len(sum) != len(p.layout.Checksum) {
		return fmt.Errorf("%q is not a SHA-256 checksum", p.Checksum)
	}
	p.layout.Checksum = [32]byte(sum)
	if p.disk, err = blockdev.Open(p.Device); err != nil {
		return opening(p.Device, err)
	}
	defer p.disk.Close()
	p.layout.Size = p.disk.Size
	return p.run(ctx)
}

type packer struct {
	PackOptions
	disk   *blockdev.Device
	layout Layout
}

func (p *packer) run(ctx context.Context) error {
	parts, err := findParts(p.disk, p.Device, "boot", "root")
	if err != nil {
		return err
	}
	return withMounts(filepath.Dir(p.Output), p.Device, parts, func(boot, root *os.Root) error {
		if err := p.scan(ctx, boot, root); err != nil {
			return err
		}
		p.layout.Partitions[0].Start, p.layout.Partitions[0].End = parts[0].offset, parts[0].offset+parts[0].size
		p.layout.Partitions[1].Start, p.layout.Partitions[1].End = parts[1].offset, parts[1].offset+parts[1].size
		return p.write(ctx, root)
	})
}

// write makes the file of what scan has found.
func (p *packer) write(ctx context.Context, root *os.Root) error {
	h := &Header{AppVersion: p.AppVersion, SectorSize: p.disk.SectorSize, Description: p.Description, Architecture: p.Architecture}
	head, err := encode(h, &p.layout)
	if err != nil {
		return err
	}
	out, err := atomicfile.Create(p.Output, 0o644, nil)
	if err != nil {
		return err
	}
	defer out.Abort()
	if _, err := out.Write(head); err != nil {
		return err
	}
	p.Message("Packing image")
	if err := p.pack(ctx, out); err != nil {
		return err
	}
	p.Message("Verifying that repacked image matches digest")
	if err := p.verify(ctx, out.File, root); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return fmt.Errorf("failed to persist tempfile to %q: %w", p.Output, err)
	}
	p.Message("Packing successful!")
	return nil
}

// compression returns the settings of the encoder.
func (p *packer) compression() *xz.WriterOptions {
	if p.Fast {
		const fastDict, fastBlock = 256 << 10, 4 << 20
		return &xz.WriterOptions{DictSize: fastDict, NiceLen: 8, Depth: 2, BlockSize: fastBlock, Concurrency: runtime.GOMAXPROCS(0)}
	}
	const dict = 64 << 20 // as xz -9
	return &xz.WriterOptions{DictSize: dict, Concurrency: 2, SizeHint: p.layout.Size - p.layout.Skipped()}
}

// pack writes the packed image.
func (p *packer) pack(ctx context.Context, out io.Writer) error {
	counter := &countingWriter{w: out}
	z, err := xz.NewWriter(counter, p.compression())
	if err != nil {
		return err
	}
	written, err := p.copyUnmapped(ctx, z)
	if err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("finishing xz stream: %w", err)
	}
	skipped := p.layout.Skipped()
	if written+skipped != p.layout.Size {
		return fmt.Errorf("bytes written + bytes skipped != block device size: %d + %d vs %d", written, skipped, p.layout.Size)
	}
	p.Message(fmt.Sprintf("Total bytes skipped: %d", skipped))
	p.Message(fmt.Sprintf("Total bytes written: %d", written))
	p.Message(fmt.Sprintf("Total bytes written (compressed): %d", counter.n))
	return nil
}

// copyUnmapped writes what is between the mappings.
func (p *packer) copyUnmapped(ctx context.Context, w io.Writer) (written int64, err error) {
	buf := make([]byte, bufferSize)
	var cursor int64
	upTo := func(end int64) error {
		part := io.NewSectionReader(p.disk, cursor, end-cursor)
		n, err := io.CopyBuffer(onlyWriter{w}, &contextReader{ctx, part}, buf)
		written += n
		return err
	}
	for i, part := range p.layout.Partitions {
		for _, m := range part.Mappings {
			if err := upTo(part.Start + m.Physical); err != nil {
				return written, fmt.Errorf("packing partition %d: %w", i, err)
			}
			cursor = part.Start + m.Physical + m.Length
		}
	}
	if err := upTo(p.layout.Size); err != nil {
		return written, fmt.Errorf("copying remainder of disk: %w", err)
	}
	return written, nil
}

// verify unpacks the file.
func (p *packer) verify(ctx context.Context, file *os.File, root *os.Root) error {
	st, err := file.Stat()
	if err != nil {
		return err
	}
	f, err := NewFile(file, st.Size())
	if err != nil {
		return err
	}
	u, err := f.unpack(rootRepo{root})
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.CopyBuffer(onlyWriter{sum}, &contextReader{ctx, u}, make([]byte, bufferSize))
	if err = cmp.Or(err, u.Close()); err != nil {
		return fmt.Errorf("unpacking test: %w", err)
	}
	if n != p.layout.Size {
		return fmt.Errorf("unpacking test: got %d bytes but expected %d", n, p.layout.Size)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != hex.EncodeToString(p.layout.Checksum[:]) {
		return fmt.Errorf("unpacking test: got checksum %s but expected %s", got, p.Checksum)
	}
	return nil
}

// rootRepo is the repository on a mounted file system.
type rootRepo struct{ root *os.Root }

func (r rootRepo) OpenObject(checksum string) (io.ReadSeekCloser, error) {
	path := "ostree/repo/" + objectPath(checksum)
	f, err := r.root.Open(path)
	if err != nil {
		return nil, opening(path, err)
	}
	return f, nil
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// onlyWriter keeps io.CopyBuffer to its buffer.
type onlyWriter struct{ io.Writer }

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
