package ostree

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/internal/fetch"
)

// metalink is what a metalink 3 document says of the file "summary": size, checksums, and where to get it.
type metalink struct {
	size           int64
	sha256, sha512 string // hexadecimal; "" if not given
	urls           []string
}

// maxMetalink bounds a metalink document, in bytes.
const maxMetalink = 8 << 20

// parseMetalink reads the part of a metalink document that is about the file of the given name. Elements that
// are not known are skipped with all they hold.
func parseMetalink(data []byte, file string) (*metalink, error) {
	d := xml.NewDecoder(strings.NewReader(string(data)))
	d.Strict = true
	for {
		t, err := d.Token()
		if err == io.EOF {
			return nil, fmt.Errorf("No <file name=\"%s\"> found", file)
		}
		if err != nil {
			return nil, metalinkSyntax(data, err)
		}
		start, ok := t.(xml.StartElement)
		if text, isText := t.(xml.CharData); isText && d.InputOffset() > 0 && !ok && strings.TrimSpace(string(text)) != "" && !sawElement(data, d.InputOffset()) {
			return nil, errors.New("Document must begin with an element (e.g. <book>)")
		}
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "metalink", "files":
		case "file":
			if attribute(start, "name") != file {
				if err := d.Skip(); err != nil {
					return nil, metalinkSyntax(data, err)
				}
				continue
			}
			return parseMetalinkFile(d, start)
		default:
			if err := d.Skip(); err != nil {
				return nil, metalinkSyntax(data, err)
			}
		}
	}
}

func sawElement(data []byte, end int64) bool {
	return strings.Contains(string(data[:end]), "<")
}

func metalinkSyntax(data []byte, err error) error {
	if !strings.HasPrefix(strings.TrimSpace(string(data)), "<") {
		return errors.New("Document must begin with an element (e.g. <book>)")
	}
	return fmt.Errorf("Parsing metalink: %s", shortened(err.Error()))
}

// shortened makes text from the network fit for an error message.
func shortened(s string) string {
	const limit = 200
	if len(s) > limit {
		s = s[:limit] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// metalinkFile is the <file> element.
type metalinkFile struct {
	Size   string `xml:"size"`
	Hashes []struct {
		Type  string `xml:"type,attr"`
		Value string `xml:",chardata"`
	} `xml:"verification>hash"`
	URLs []struct {
		Protocol string `xml:"protocol,attr"`
		Value    string `xml:",chardata"`
	} `xml:"resources>url"`
}

func parseMetalinkFile(d *xml.Decoder, start xml.StartElement) (*metalink, error) {
	var f metalinkFile
	if err := d.DecodeElement(&f, &start); err != nil {
		return nil, fmt.Errorf("Parsing metalink: %s", shortened(err.Error()))
	}
	m := &metalink{}
	var err error
	if m.size, err = strconv.ParseInt(strings.TrimSpace(f.Size), 10, 63); err != nil || m.size <= 0 || m.size > MaxSummarySize {
		return nil, fmt.Errorf("Invalid size %q", shortened(strings.TrimSpace(f.Size)))
	}
	for _, h := range f.Hashes {
		value := strings.TrimSpace(h.Value)
		dst, size := &m.sha256, sha256.Size
		switch h.Type {
		case "sha256":
		case "sha512":
			dst, size = &m.sha512, sha512.Size
		default:
			continue
		}
		if b, err := hex.DecodeString(value); err != nil || len(b) != size {
			return nil, fmt.Errorf("Invalid hash digest for %s", h.Type)
		}
		*dst = strings.ToLower(value)
	}
	if m.sha256 == "" && m.sha512 == "" {
		return nil, errors.New("No <verification> element with known <hash type=> found")
	}
	for _, u := range f.URLs {
		if u.Protocol == "http" || u.Protocol == "https" {
			m.urls = append(m.urls, strings.TrimSpace(u.Value))
		}
	}
	if len(m.urls) == 0 {
		return nil, errors.New("No <url method='http'> elements found")
	}
	return m, nil
}

// verify checks a file against the metalink.
func (m *metalink) verify(data []byte) error {
	if int64(len(data)) != m.size {
		return fmt.Errorf("Expected size is %d bytes but content is %d bytes", m.size, len(data))
	}
	want, got := m.sha512, ""
	if want != "" {
		sum := sha512.Sum512(data)
		got = hex.EncodeToString(sum[:])
	} else {
		sum := sha256.Sum256(data)
		want, got = m.sha256, hex.EncodeToString(sum[:])
	}
	if want != got {
		return fmt.Errorf("Expected checksum is %s but actual is %s", want, got)
	}
	return nil
}

// followMetalink gets the summary that a metalink points to. The directory of the first address that has the right
// one is the base of all further requests.
func (p *puller) followMetalink(ctx context.Context, link string) error {
	data, _, err := p.client.GetBytes(ctx, fetch.Request{URL: link, MaxSize: maxMetalink})
	if err != nil {
		return err
	}
	m, err := parseMetalink(data, "summary")
	if err != nil {
		return err
	}
	var last error
	for _, target := range m.urls {
		summary, _, err := p.client.GetBytes(ctx, fetch.Request{URL: target, MaxSize: MaxSummarySize})
		if err == nil {
			err = m.verify(summary)
		}
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			last = err
			continue
		}
		u, err := url.Parse(target)
		if err != nil {
			return err
		}
		u.Path = path.Dir(u.Path)
		p.meta, p.metalinkSummary = []string{u.String()}, summary
		return nil
	}
	return last
}
