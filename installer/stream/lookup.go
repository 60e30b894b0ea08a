package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/internal/fetch"
)

// URL is the address of a stream's document: "<name>.json" relative to base as of RFC 3986,
// section 5.2. A base without a slash at its end loses what follows its last one. Errors
// begin with "building stream URL".
func URL(base, name string) (string, error) {
	fail := func(err error) (string, error) {
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err
		}
		return "", fmt.Errorf("building stream URL: %w", err)
	}
	b, err := url.Parse(base)
	if err != nil {
		return fail(err)
	}
	if !b.IsAbs() {
		return fail(errors.New("relative URL without a base"))
	}
	u, err := b.Parse(name + ".json")
	if err != nil {
		return fail(err)
	}
	return u.String(), nil
}

// Getter gets small documents; [github.com/nestos-dev/nestos/installer/source.Client] is one.
// An error for a final status other than 200 that is none of a server's or client's failure
// may have a method HTTPStatus that returns "204 No Content".
type Getter interface {
	// Bytes returns what is at a URL, of at most limit bytes; more is an error.
	Bytes(ctx context.Context, url string, limit int64) ([]byte, error)
}

// Fetch gets and reads the document of a stream. Errors begin with "fetching stream metadata"
// or "decoding stream metadata", or are "stream metadata fetch from <url> failed: <status>".
func Fetch(ctx context.Context, from Getter, url string) (*Stream, error) {
	data, err := from.Bytes(ctx, url, MaxSize)
	var status interface{ HTTPStatus() string }
	switch {
	case errors.As(err, &status):
		return nil, fmt.Errorf("stream metadata fetch from %s failed: %s", fetch.RedactURL(url), status.HTTPStatus())
	case err != nil:
		return nil, fmt.Errorf("fetching stream metadata: %w", err)
	}
	return Parse(data)
}

// Artifacts returns the artifacts of one image in the order of their types. An image that
// there is not is an error.
func (s *Stream) Artifacts(arch, platform, format string) ([]Artifact, error) {
	if f, ok := s.Architectures[arch].Artifacts[platform].Formats[format]; ok {
		return f.All(), nil
	}
	return nil, fmt.Errorf("couldn't find architecture %s, platform %s, format %s in stream metadata", arch, platform, format)
}

// Row is an image that there is.
type Row struct {
	Architecture string `json:"architecture"`
	Platform     string `json:"platform"`
	Format       string `json:"format"`
	Release      string `json:"release"`
}

// List returns all images, sorted by architecture, platform and format.
func (s *Stream) List() []Row {
	var rows []Row
	for arch, a := range s.Architectures {
		for platform, p := range a.Artifacts {
			for format := range p.Formats {
				rows = append(rows, Row{arch, platform, format, p.Release})
			}
		}
	}
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Architecture, b.Architecture), cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Format, b.Format))
	})
	return rows
}

// WriteTable writes rows in columns under a header, as "list-stream" shows them:
//
//	Architecture  Platform   Format
//	aarch64       metal      raw.xz
//	x86_64        openstack  qcow2.xz
func WriteTable(w io.Writer, rows []Row) error {
	table := []Row{{Architecture: "Architecture", Platform: "Platform", Format: "Format"}}
	for _, r := range rows {
		table = append(table, Row{printable(r.Architecture), printable(r.Platform), printable(r.Format), ""})
	}
	var widths [2]int
	for _, r := range table {
		widths[0] = max(widths[0], utf8.RuneCountInString(r.Architecture))
		widths[1] = max(widths[1], utf8.RuneCountInString(r.Platform))
	}
	var b strings.Builder
	for _, r := range table {
		fmt.Fprintf(&b, "%-*s  %-*s  %s\n", widths[0], r.Architecture, widths[1], r.Platform, r.Format)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// printable keeps names from the network from commanding the terminal.
func printable(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return s
	}
	q := strconv.Quote(s)
	return q[1 : len(q)-1]
}

// ArchName is RPM's name, which is used in metadata, of an architecture that Go calls goarch:
// "x86_64" for "amd64", "aarch64" for "arm64", "loongarch64" for "loong64"; others are the
// same.
func ArchName(goarch string) string {
	switch goarch {
	case "amd64":
		return "x86_64"
	case "arm64":
		return "aarch64"
	case "loong64":
		return "loongarch64"
	}
	return goarch
}

// CurrentArch is the ArchName of this program.
func CurrentArch() string { return ArchName(runtime.GOARCH) }
