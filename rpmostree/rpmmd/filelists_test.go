package rpmmd_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

func fileLines(t testing.TB, doc io.Reader, wanted func([]byte) bool) (string, error) {
	var w strings.Builder
	err := rpmmd.ParseFilelists(t.Context(), doc, wanted, func(p *rpmmd.PackageFiles) error {
		fmt.Fprintf(&w, "%s %s-%s:%s-%s.%s\n", p.PkgID, p.Name, p.Epoch, p.Version, p.Release, p.Arch)
		for _, f := range p.Files {
			fmt.Fprintf(&w, " %q %d %q\n", f.Path, f.Type, f.Hash)
		}
		return nil
	})
	return w.String(), err
}

func TestParseFilelists(t *testing.T) {
	doc := golden(t, "filelists.xml")
	got, err := fileLines(t, iotest.OneByteReader(strings.NewReader(doc)), nil)
	require.NoError(t, err)
	require.Equal(t, standardFileLines(t, []byte(doc)), got)
	require.Contains(t, got, ` "/usr/share/nasty/a <b> & \"c\"" 0 ""`+"\n")
	require.Contains(t, got, ` "/usr/bin/ghost" 2 ""`+"\n")

	got, err = fileLines(t, strings.NewReader(doc), func(path []byte) bool { return string(path) == "/usr/share/nasty/data" })
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(got, "\n"), got)

	got, err = fileLines(t, strings.NewReader(`<filelists-ext><package pkgid="1"><version ver="1"/><file hash="ab">/a</file></package><package pkgid="2"/></filelists-ext>`), nil)
	require.NoError(t, err)
	require.Equal(t, "1 -:1-.\n \"/a\" 0 \"ab\"\n2 -:-.\n", got)

	for _, bad := range []string{
		"", "<metadata/>", "<filelists><package/></filelists>", "<filelists></filelists-ext>",
		`<filelists><package pkgid="1"></filelists></package>`, `<filelists><package pkgid="1"><file>/a</package>`,
	} {
		_, err := fileLines(t, strings.NewReader(bad), nil)
		require.ErrorContains(t, err, "filelists: ", bad)
	}
}

func standardFileLines(t testing.TB, doc []byte) string {
	t.Helper()
	var w strings.Builder
	d := xml.NewDecoder(bytes.NewReader(doc))
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return w.String()
		}
		require.NoError(t, err)
		start, ok := tok.(xml.StartElement)
		if !ok || start.Name.Local != "package" {
			continue
		}
		var x struct {
			ID      string `xml:"pkgid,attr"`
			Name    string `xml:"name,attr"`
			Arch    string `xml:"arch,attr"`
			Version struct {
				Epoch string `xml:"epoch,attr"`
				Ver   string `xml:"ver,attr"`
				Rel   string `xml:"rel,attr"`
			} `xml:"version"`
			Files []struct {
				Type string `xml:"type,attr"`
				Path string `xml:",chardata"`
			} `xml:"file"`
		}
		require.NoError(t, d.DecodeElement(&x, &start))
		fmt.Fprintf(&w, "%s %s-%s:%s-%s.%s\n", x.ID, x.Name, x.Version.Epoch, x.Version.Ver, x.Version.Rel, x.Arch)
		for _, f := range x.Files {
			fmt.Fprintf(&w, " %q %d \"\"\n", f.Path, map[string]int{"dir": 1, "ghost": 2}[f.Type])
		}
	}
}

func TestUniverseFilelists(t *testing.T) {
	doc := document(t, "filelists")
	if testing.Short() && len(doc) > 8<<20 {
		end := bytes.LastIndex(doc[:8<<20], []byte("</package>")) + len("</package>")
		doc = append(doc[:end:end], "</filelists>"...)
	}
	got, err := fileLines(t, bytes.NewReader(doc), nil)
	require.NoError(t, err)
	require.True(t, standardFileLines(t, doc) == got)
}

func TestParseOther(t *testing.T) {
	var got []string
	err := rpmmd.ParseOther(t.Context(), iotest.HalfReader(strings.NewReader(golden(t, "other.xml"))), func(p *rpmmd.PackageChangelog) error {
		if string(p.Name) == "nasty" && string(p.Arch) == "noarch" {
			for _, e := range p.Entries {
				got = append(got, fmt.Sprintf("%s|%d|%s", e.Author, e.Date, e.Text))
			}
		}
		return nil
	})
	require.NoError(t, err)
	require.Len(t, got, 10)
	require.Equal(t, "C <c@d> - 1.4|1703851200|- x", got[0])
	require.Equal(t, []string{
		"Bob <bob@example.com>|1704369600|- same day again\n  continued",
		"Ann Other <ann@example.com> - 3:1.0-3|1704369601|- same day <&> \"q\"",
		"Ann Other <ann@example.com> - 3:1.0-4|1704369602|- newest",
	}, got[7:])
	require.ErrorContains(t, rpmmd.ParseOther(t.Context(), strings.NewReader("<x/>"), nil), "other: offset ")
}
