package container_test

import (
	"archive/tar"
	"bytes"
	"strconv"
	"strings"
	"testing"
)

// rawTar is tarOf without the checks of the writer.
func rawTar(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, f := range files {
		typ, text := byte(tar.TypeReg), f.text
		switch {
		case f.typ != 0:
			typ = f.typ
		case strings.HasSuffix(f.path, "/"):
			typ = tar.TypeDir
		case f.hardlink != "":
			typ = tar.TypeLink
		}
		writeRaw(&b, f.path, f.hardlink, typ, f.uid, text)
	}
	b.Write(make([]byte, 1024))
	return b.Bytes()
}

func writeRaw(b *bytes.Buffer, name, link string, typ byte, uid int, text string) {
	if len(name) > 100 {
		writeRaw(b, "././@LongLink", "", 'L', 0, name+"\x00")
		name = name[:100]
	}
	var h [512]byte
	copy(h[:100], name)
	copy(h[100:], "0000644\x00")
	copy(h[108:], "0000000\x000000000\x00")
	if uid < 0 {
		copy(h[108:116], bytes.Repeat([]byte{0xff}, 8))
	}
	copy(h[124:], octal(len(text)))
	copy(h[136:], "00000000000\x00        ")
	h[156] = typ
	copy(h[157:257], link)
	copy(h[257:], "ustar  \x00")
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	copy(h[148:], octal(sum)[5:11])
	h[154], h[155] = 0, ' '
	b.Write(h[:])
	b.WriteString(text)
	b.Write(make([]byte, -len(text)&511))
}

func octal(n int) string {
	s := ""
	for range 11 {
		s = string(rune('0'+n&7)) + s
		n >>= 3
	}
	return s + "\x00"
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// sparseTar holds a file of 64 GiB without any data, in the form of PAX.
func sparseTar() []byte {
	var b bytes.Buffer
	record := func(k, v string) string {
		n := len(k) + len(v) + 3
		for l := 1; ; l++ {
			if s := strings.TrimSpace(strings.Join([]string{strconv.Itoa(n + l), k + "=" + v}, " ")) + "\n"; len(s) == n+l {
				return s
			}
		}
	}
	writeRaw(&b, "x", "", 'x', 0, record("GNU.sparse.major", "1")+record("GNU.sparse.minor", "0")+record("GNU.sparse.name", "usr/sparse")+record("GNU.sparse.realsize", "68719476736"))
	writeRaw(&b, "usr/sparse", "", '0', 0, "1\n68719476736\n0\n"+strings.Repeat("\x00", 512-16))
	b.Write(make([]byte, 1024))
	return b.Bytes()
}
