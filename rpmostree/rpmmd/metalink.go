package rpmmd

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Metalink is a metalink 3.0 document, with which a mirror manager tells the mirrors of a
// repository and vouches for its repomd.xml.
type Metalink struct {
	// Accepted are the states of repomd.xml that are vouched for: the present one, then
	// older ones that slow mirrors may still have.
	Accepted []MetalinkState
	// URLs are the http and https addresses of repomd.xml, the most preferred first.
	URLs []MetalinkURL
}

// MetalinkState is one state of repomd.xml.
type MetalinkState struct {
	Timestamp int64 // seconds since 1970, 0 when not told
	Size      int64 // bytes, 0 when not told
	Hashes    []Checksum
}

// MetalinkURL is one mirror.
type MetalinkURL struct {
	URL        string
	Preference int    // 0 to 100
	Location   string // country code
}

// ParseMetalink reads a metalink and takes the file "repomd.xml" from it; that there is none is
// an error.
func ParseMetalink(ctx context.Context, r io.Reader) (*Metalink, error) {
	var m *Metalink
	err := parseTrees(ctx, r, maxRepomd, []string{"metalink"}, func(root bool, n *node) error {
		if root || n.name != "files" {
			return nil
		}
		for i := range n.children {
			if f := &n.children[i]; f.name == "file" && f.attr("name") == "repomd.xml" && m == nil {
				m = metalinkFile(f)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("metalink: %w", err)
	}
	if m == nil {
		return nil, fmt.Errorf("metalink: no file repomd.xml in it")
	}
	return m, nil
}

func metalinkFile(f *node) *Metalink {
	m := &Metalink{Accepted: []MetalinkState{metalinkState(f)}}
	for i := range f.child("alternates").children {
		if a := &f.child("alternates").children[i]; a.name == "alternate" {
			m.Accepted = append(m.Accepted, metalinkState(a))
		}
	}
	for _, u := range f.child("resources").children {
		url := strings.TrimSpace(u.text)
		if u.name != "url" || !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
			continue
		}
		preference, err := strconv.Atoi(u.attr("preference"))
		if err != nil || preference < 0 || preference > 100 {
			preference = 0
		}
		m.URLs = append(m.URLs, MetalinkURL{URL: url, Preference: preference, Location: u.attr("location")})
	}
	slices.SortStableFunc(m.URLs, func(a, b MetalinkURL) int { return cmp.Compare(b.Preference, a.Preference) })
	return m
}

func metalinkState(n *node) MetalinkState {
	s := MetalinkState{
		Timestamp: number([]byte(strings.TrimSpace(n.child("timestamp").text))),
		Size:      number([]byte(strings.TrimSpace(n.child("size").text))),
	}
	for i := range n.child("verification").children {
		if h := &n.child("verification").children[i]; h.name == "hash" {
			s.Hashes = append(s.Hashes, nodeChecksum(h))
		}
	}
	return s
}

// BaseURLs returns the addresses of the repository on the mirrors: those of repomd.xml without
// "/repodata/repomd.xml". Addresses that end in something else are left out.
func (m *Metalink) BaseURLs() []string {
	var list []string
	for _, u := range m.URLs {
		if base, ok := strings.CutSuffix(u.URL, "repodata/repomd.xml"); ok && strings.HasSuffix(base, "/") {
			list = append(list, base)
		}
	}
	return list
}

// Vouches reports whether data is a repomd.xml in one of the accepted states, judged by the
// strongest hash of each state that is known here. A state without a hash of a known type
// matches nothing.
func (m *Metalink) Vouches(data []byte) bool {
	return slices.ContainsFunc(m.Accepted, func(s MetalinkState) bool { return s.matches(data) })
}

// current reports whether data is the present state; there is none without a metalink.
func (m *Metalink) current(data []byte) bool {
	return m != nil && m.Accepted[0].matches(data)
}

func (s *MetalinkState) matches(data []byte) bool {
	if s.Size != 0 && s.Size != int64(len(data)) {
		return false
	}
	want, ok := strongest(s.Hashes)
	return ok && want.matches(data)
}

// ParseMirrorlist reads a mirror list: one base URL in a line, "#" begins a comment. A metalink
// is recognized, and gives its base URLs.
func ParseMirrorlist(ctx context.Context, r io.Reader) ([]string, error) {
	br := bufio.NewReader(io.LimitReader(r, maxRepomd))
	if start, _ := br.Peek(512); isMetalink(start) {
		m, err := ParseMetalink(ctx, br)
		if err != nil {
			return nil, err
		}
		return m.BaseURLs(), nil
	}
	var list []string
	sc := bufio.NewScanner(br)
	for sc.Scan() {
		line := strings.TrimSpace(sc.Text())
		if i := strings.IndexAny(line, " \t"); i >= 0 {
			line = line[:i]
		}
		if strings.Contains(line, "://") && !strings.HasPrefix(line, "#") {
			list = append(list, line)
		}
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("mirrorlist: %w", err)
	}
	return list, nil
}

func isMetalink(start []byte) bool {
	text := strings.TrimSpace(strings.TrimPrefix(string(start), "\ufeff"))
	return strings.HasPrefix(text, "<?xml") || strings.HasPrefix(text, "<metalink")
}
