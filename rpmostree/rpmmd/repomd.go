package rpmmd

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Repomd is a repomd.xml, the table of contents of a repository.
type Repomd struct {
	Revision string // free text; usually the time of creation in seconds since 1970
	Tags     RepoTags
	Data     []RepomdData
}

// RepoTags are remarks on what a repository is for.
type RepoTags struct {
	Content []string
	Repo    []string
	Distro  []DistroTag
}

// DistroTag names a distribution.
type DistroTag struct{ CPEID, Name string }

// Checksum is a digest with the name that rpm-md has for its algorithm.
type Checksum struct {
	Type string // "sha256", "sha512", …
	Hex  string
}

// RepomdData is one document of a repository.
type RepomdData struct {
	Type string // "primary", "filelists", "group", "updateinfo", …

	Checksum       Checksum // of the file as it is downloaded
	OpenChecksum   Checksum // of its decompressed content
	HeaderChecksum Checksum // of the header of a zchunk file

	Href    string // relative to XMLBase or, when that is empty, to the repository
	XMLBase string

	Timestamp       int64 // seconds since 1970
	Size            int64 // bytes; 0 when unknown
	OpenSize        int64
	HeaderSize      int64
	DatabaseVersion int64 // of sqlite files
}

// Get returns the entry of a type, nil when there is none.
func (m *Repomd) Get(typ string) *RepomdData {
	for i := range m.Data {
		if m.Data[i].Type == typ {
			return &m.Data[i]
		}
	}
	return nil
}

// Time is the time that the metadata tell of themselves, in seconds since 1970: the greatest
// time stamp of a document or, where the revision is a plain number that could be a time, that
// when it is greater. 0 means that they do not tell.
func (m *Repomd) Time() int64 {
	var t int64
	for i := range m.Data {
		t = max(t, m.Data[i].Timestamp)
	}
	return t
}

// maxRepomd bounds the small documents; repomd.xml has some kilobytes, a metalink of a large
// project some ten.
const maxRepomd = 8 << 20

// ParseRepomd reads a repomd.xml. Unknown elements are passed over; an entry without type or
// location is an error.
func ParseRepomd(ctx context.Context, r io.Reader) (*Repomd, error) {
	m := &Repomd{}
	err := parseTrees(ctx, r, maxRepomd, []string{"repomd"}, func(root bool, n *node) error {
		if root {
			return nil
		}
		switch n.name {
		case "revision":
			m.Revision = strings.TrimSpace(n.text)
		case "tags":
			m.Tags.read(n)
		case "data":
			d, err := repomdData(n)
			if err != nil {
				return err
			}
			if len(m.Data) == maxData {
				return fmt.Errorf("more than %d documents", maxData)
			}
			m.Data = append(m.Data, d)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("repomd.xml: %w", err)
	}
	return m, nil
}

const maxData = 1000

func (t *RepoTags) read(n *node) {
	for _, c := range n.children {
		switch c.name {
		case "content":
			t.Content = append(t.Content, c.text)
		case "repo":
			t.Repo = append(t.Repo, c.text)
		case "distro":
			t.Distro = append(t.Distro, DistroTag{CPEID: c.attr("cpeid"), Name: c.text})
		}
	}
}

func repomdData(n *node) (RepomdData, error) {
	d := RepomdData{Type: n.attr("type")}
	for i := range n.children {
		c := &n.children[i]
		num := number([]byte(strings.TrimSpace(c.text)))
		switch c.name {
		case "checksum":
			d.Checksum = nodeChecksum(c)
		case "open-checksum":
			d.OpenChecksum = nodeChecksum(c)
		case "header-checksum":
			d.HeaderChecksum = nodeChecksum(c)
		case "location":
			d.Href, d.XMLBase = c.attr("href"), c.attr("xml:base")
		case "timestamp":
			d.Timestamp = num
		case "size":
			d.Size = num
		case "open-size":
			d.OpenSize = num
		case "header-size":
			d.HeaderSize = num
		case "database_version":
			d.DatabaseVersion = num
		}
	}
	switch {
	case d.Type == "":
		return d, fmt.Errorf("document without a type")
	case d.Href == "":
		return d, fmt.Errorf("document %s without a location", quoted([]byte(d.Type)))
	}
	return d, nil
}

func nodeChecksum(n *node) Checksum {
	return Checksum{Type: n.attr("type"), Hex: strings.ToLower(strings.TrimSpace(n.text))}
}

// AppendXML appends the document in the form that createrepo_c 0.17 writes.
func (m *Repomd) AppendXML(b []byte) []byte {
	b = append(b, `<?xml version="1.0" encoding="UTF-8"?>
<repomd xmlns="http://linux.duke.edu/metadata/repo" xmlns:rpm="http://linux.duke.edu/metadata/rpm">
`...)
	b = appendElement(b, "  ", "revision", "", m.Revision)
	if t := &m.Tags; len(t.Content)+len(t.Repo)+len(t.Distro) > 0 {
		b = append(b, "  <tags>\n"...)
		for _, v := range t.Content {
			b = appendElement(b, "    ", "content", "", v)
		}
		for _, v := range t.Repo {
			b = appendElement(b, "    ", "repo", "", v)
		}
		for _, v := range t.Distro {
			attrs := ""
			if v.CPEID != "" {
				attrs = ` cpeid="` + string(appendEscaped(nil, v.CPEID, true)) + `"`
			}
			b = appendElement(b, "    ", "distro", attrs, v.Name)
		}
		b = append(b, "  </tags>\n"...)
	}
	for i := range m.Data {
		b = m.Data[i].appendXML(b)
	}
	return append(b, "</repomd>\n"...)
}

func (d *RepomdData) appendXML(b []byte) []byte {
	quote := func(s string) string { return string(appendEscaped(nil, s, true)) }
	checksum := func(name string, c Checksum) {
		if c.Hex != "" {
			b = appendElement(b, "    ", name, ` type="`+quote(c.Type)+`"`, c.Hex)
		}
	}
	num := func(name string, n int64) {
		if n != 0 {
			b = fmt.Appendf(b, "    <%s>%d</%s>\n", name, n, name)
		}
	}
	b = append(b, `  <data type="`...)
	b = append(append(b, quote(d.Type)...), "\">\n"...)
	checksum("checksum", d.Checksum)
	checksum("open-checksum", d.OpenChecksum)
	checksum("header-checksum", d.HeaderChecksum)
	b = append(b, "    <location"...)
	if d.XMLBase != "" {
		b = append(b, ` xml:base="`+quote(d.XMLBase)+`"`...)
	}
	b = append(b, ` href="`+quote(d.Href)+"\"/>\n"...)
	b = fmt.Appendf(b, "    <timestamp>%d</timestamp>\n", d.Timestamp)
	b = fmt.Appendf(b, "    <size>%d</size>\n", d.Size)
	num("open-size", d.OpenSize)
	num("header-size", d.HeaderSize)
	num("database_version", d.DatabaseVersion)
	return append(b, "  </data>\n"...)
}

func appendElement(b []byte, indent, name, attrs, text string) []byte {
	b = append(append(append(append(b, indent...), '<'), name...), attrs...)
	b = appendEscaped(append(b, '>'), text, false)
	return append(append(append(b, "</"...), name...), ">\n"...)
}

// Types returns the types of the documents, sorted.
func (m *Repomd) Types() []string {
	var list []string
	for i := range m.Data {
		list = append(list, m.Data[i].Type)
	}
	slices.Sort(list)
	return list
}
