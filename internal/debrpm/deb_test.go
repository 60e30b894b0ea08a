package debrpm_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/nestos-dev/nestos/internal/xz"
)

// file is a member of data.tar.
type file struct {
	tar.Header
	content string
}

// deb makes the file of a package.
func deb(t testing.TB, compressor, control, conffiles string, files ...file) []byte {
	t.Helper()
	texts := []file{{tar.Header{Typeflag: tar.TypeReg, Name: "./control", Mode: 0o644}, control}}
	if conffiles != "" {
		texts = append(texts, file{tar.Header{Typeflag: tar.TypeReg, Name: "./conffiles", Mode: 0o644}, conffiles})
	}
	out := bytes.NewBufferString("!<arch>\n")
	for _, m := range []struct {
		name string
		data []byte
	}{
		{"debian-binary", []byte("2.0\n")},
		{"control.tar" + compressor, pack(t, compressor, texts)},
		{"data.tar" + compressor, pack(t, compressor, files)},
	} {
		fmt.Fprintf(out, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", m.name, 1700000001, 0, 0, 0o100644, len(m.data))
		out.Write(m.data)
		if len(m.data)%2 == 1 {
			out.WriteByte('\n')
		}
	}
	return out.Bytes()
}

func pack(t testing.TB, compressor string, files []file) []byte {
	t.Helper()
	var buf bytes.Buffer
	var w io.WriteCloser
	var err error
	switch compressor {
	case ".gz":
		w = gzip.NewWriter(&buf)
	case ".xz":
		w, err = xz.NewWriter(&buf, &xz.WriterOptions{DictSize: 1 << 16})
	case ".zst":
		w, err = zstd.NewWriter(&buf)
	default:
		w = nopCloser{&buf}
	}
	check(t, err)
	archive := tar.NewWriter(w)
	for _, f := range files {
		f.Size = int64(len(f.content))
		check(t, archive.WriteHeader(&f.Header))
		_, err := io.WriteString(archive, f.content)
		check(t, err)
	}
	check(t, archive.Close())
	check(t, w.Close())
	return buf.Bytes()
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
