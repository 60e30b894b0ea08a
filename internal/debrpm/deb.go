package debrpm

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/decompress"
)

// ErrFormat is returned, wrapped, for files that are no Debian packages.
var ErrFormat = errors.New("not a Debian package")

// Limits of what a package may hold; the largest kernels and libraries of Debian stay far below.
const (
	maxControl = 16 << 20
	maxData    = 1 << 30
)

// A Deb is a Debian package in memory.
type Deb struct {
	Control Control
	// ConfFiles are the paths of configuration files.
	ConfFiles []string
	// Built is when the package was made.
	Built time.Time
	// Entries are the files, in the order of the archive, with cleaned absolute paths.
	Entries []Entry
}

// An Entry is a file of a Deb.
type Entry struct {
	tar.Header
	Content []byte
}

// Open reads a file.
func Open(name string) (*Deb, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return d, nil
}

// Read reads a package.
func Read(r io.Reader) (*Deb, error) {
	a, err := newArReader(r)
	if err != nil {
		return nil, err
	}
	d := &Deb{}
	var control, data bool
	for i := 0; ; i++ {
		m, body, err := a.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		switch {
		case i == 0:
			err = d.readVersion(m, body)
		case strings.HasPrefix(m.name, "control.tar"):
			control = true
			err = d.readControl(body)
		case strings.HasPrefix(m.name, "data.tar"):
			data = true
			err = d.readData(body)
		}
		if err != nil {
			return nil, fmt.Errorf("%.16s: %w", m.name, err)
		}
	}
	if !control || !data {
		return nil, fmt.Errorf("%w: control or data are missing", ErrFormat)
	}
	return d, nil
}

func (d *Deb) readVersion(m *arMember, body io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(body, 100))
	if err != nil {
		return err
	}
	if m.name != "debian-binary" || !strings.HasPrefix(string(text), "2.") {
		return fmt.Errorf("%w: format %.16q", ErrFormat, text)
	}
	d.Built = time.Unix(m.time, 0)
	return nil
}

// readTar calls f for each member of a compressed archive; read returns its content. All contents together may have
// limit bytes.
func readTar(body io.Reader, limit int64, f func(h *tar.Header, read func() ([]byte, error)) error) error {
	plain, _, err := decompress.NewReader(body, nil)
	if err != nil {
		return err
	}
	defer plain.Close()
	t := tar.NewReader(plain)
	for {
		h, err := t.Next()
		if err == io.EOF {
			// Reading on to the end of the compressed data checks them.
			_, err = io.Copy(io.Discard, plain)
			return err
		}
		if err != nil {
			return err
		}
		if limit -= h.Size; limit < 0 {
			return errors.New("content is too large")
		}
		h.Name = path.Clean("/" + h.Name)
		if err := f(h, func() ([]byte, error) { return readSized(t, h.Size) }); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
}

// readSized reads size bytes. A header can lie, so memory grows with what is really there.
func readSized(r io.Reader, size int64) ([]byte, error) {
	const believed = 64 << 20
	if size > believed {
		data, err := io.ReadAll(r)
		if err == nil && int64(len(data)) != size {
			err = io.ErrUnexpectedEOF
		}
		return data, err
	}
	data := make([]byte, size)
	_, err := io.ReadFull(r, data)
	return data, err
}

func (d *Deb) readControl(body io.Reader) error {
	return readTar(body, maxControl, func(h *tar.Header, read func() ([]byte, error)) error {
		if h.Name != "/control" && h.Name != "/conffiles" {
			return nil
		}
		data, err := read()
		if err != nil {
			return err
		}
		if h.Name == "/control" {
			d.Control, err = ParseControl(string(data))
			return err
		}
		for line := range strings.Lines(string(data)) {
			// Other lines have a flag first: "remove-on-upgrade /etc/old".
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "/") {
				d.ConfFiles = append(d.ConfFiles, path.Clean(line))
			}
		}
		return nil
	})
}

func (d *Deb) readData(body io.Reader) error {
	return readTar(body, maxData, func(h *tar.Header, read func() ([]byte, error)) error {
		data, err := read()
		if err != nil {
			return err
		}
		d.Entries = append(d.Entries, Entry{*h, data})
		return nil
	})
}
