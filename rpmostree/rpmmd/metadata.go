package rpmmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// ErrNoDocument is wrapped when a repository has no document of a type, or when it is not in
// the cache.
var ErrNoDocument = errors.New("no such document")

// Metadata are the documents of one repository as they lie in the cache.
type Metadata struct {
	Repo   *RepoConfig
	Repomd *Repomd

	// Dir is the directory of the documents.
	Dir string
	// Cached tells that nothing was asked of the mirrors: the cache was fresh enough, or the
	// client is offline.
	Cached bool
	// Checked is when the mirrors were last asked.
	Checked time.Time
	// Refused is not nil when the mirrors had an older state of the repository only, which
	// was not taken; the documents are those of the cache.
	Refused error

	s *session
}

// Generated is the time that the metadata tell of themselves; zero when they do not.
func (m *Metadata) Generated() time.Time {
	if t := m.Repomd.Time(); t > 0 {
		return time.Unix(t, 0).UTC()
	}
	return time.Time{}
}

// Find returns the entry of a type in the form that is preferred here: "group", for instance,
// may be there as group_gz, group_xz or group_zck, too. It is nil when there is none.
func (m *Metadata) Find(typ string) *RepomdData {
	forms := []string{typ, typ + "_zst", typ + "_gz", typ + "_xz", typ + "_bz2", typ + "_zck"}
	if typ == "group" { // the plain form is the largest
		forms = append(forms[1:5:5], typ, typ+"_zck")
	}
	for _, form := range forms {
		if d := m.Repomd.Get(form); d != nil {
			return d
		}
	}
	return nil
}

// Path returns the file of a document in the cache, as it was downloaded. The error wraps
// [ErrNoDocument].
func (m *Metadata) Path(typ string) (string, error) {
	d := m.Find(typ)
	if d == nil {
		return "", fmt.Errorf("repository %s: %s: %w", m.Repo.ID, typ, ErrNoDocument)
	}
	name := m.path(d)
	if !hasSize(name, d.Size) {
		return "", fmt.Errorf("repository %s: %s is not in the cache: %w", m.Repo.ID, typ, ErrNoDocument)
	}
	return name, nil
}

func (m *Metadata) path(d *RepomdData) string { return filepath.Join(m.Dir, cacheName(d)) }

// hasSize reports whether there is a file of a size, of any if that is 0.
func hasSize(name string, size int64) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular() && (size == 0 || info.Size() == size)
}

// cacheName is the name of a document in the cache. The checksum in it keeps the documents of
// two states of a repository apart.
func cacheName(d *RepomdData) string {
	name := path.Base(d.Href)
	sum := strings.ToLower(d.Checksum.Hex)
	switch {
	case len(sum) < 16 || strings.Trim(sum, "0123456789abcdef") != "":
		sum = "invalid" // no file with this checksum passes
	case len(name) <= 200 && strings.Contains(name, sum) && !strings.ContainsAny(name, "\x00\\"):
		return name
	}
	if len(name) > 100 || strings.ContainsAny(name, "\x00\\") || name == "." || name == ".." || name == "/" {
		name = "document"
	}
	return sum[:min(len(sum), 32)] + "-" + name
}

// Open returns the decompressed content of a document. What it reads is verified against
// repomd.xml: size and checksum of the file and of the content; the verdict comes in place of
// io.EOF. Decompression and hashing run in goroutines of their own. A file that turns out to
// be damaged is removed from the cache, so that the next [Client.Refresh] fetches it again.
//
// The error wraps [ErrNoDocument] when the document does not exist or was not fetched.
func (m *Metadata) Open(typ string) (io.ReadCloser, error) { return m.open(typ, false) }

// OpenTrusted is [Metadata.Open] without hashing the content, which for large documents takes
// longer than parsing it: the file itself is still verified.
func (m *Metadata) OpenTrusted(typ string) (io.ReadCloser, error) { return m.open(typ, true) }

func (m *Metadata) open(typ string, trusted bool) (io.ReadCloser, error) {
	name, err := m.Path(typ)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	p, err := newPipeline(f, m.Find(typ), trusted)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &documentReader{p: p, f: f}, nil
}

type documentReader struct {
	p *pipeline
	f *os.File
}

func (d *documentReader) Read(p []byte) (int, error) {
	n, err := d.p.Read(p)
	var bad *ChecksumError
	if errors.As(err, &bad) {
		os.Remove(d.f.Name())
	}
	return n, err
}

func (d *documentReader) Close() error {
	d.p.Close()
	return d.f.Close()
}

// loadCache reads the state that the cache holds; nil when it is none, or not one of these
// addresses.
func (s *session) loadCache(ctx context.Context, dir string) *Metadata {
	source, err := os.ReadFile(filepath.Join(dir, sourceFile))
	if err != nil || string(source) != s.repo.source() {
		return nil
	}
	name := filepath.Join(dir, "repodata", "repomd.xml")
	info, err := os.Stat(name)
	if err != nil || info.Size() > maxRepomd {
		return nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	md, err := ParseRepomd(ctx, bytes.NewReader(data))
	if err != nil {
		return nil
	}
	if s.repo.RepoGPGCheck {
		// It was verified before it was put there.
		if _, err := os.Stat(name + ".asc"); err != nil {
			return nil
		}
	}
	return &Metadata{Repo: s.repo, Repomd: md, Dir: filepath.Join(dir, "repodata"), Checked: info.ModTime(), s: s}
}

// sourceFile names the addresses that the cache was filled from.
const sourceFile = "source"

func (r *RepoConfig) source() string {
	address, _ := r.mirrorSource()
	if address == "" {
		address = strings.Join(r.BaseURL, "\n")
	}
	// The file need not tell secrets.
	return Checksum{Type: "sha256", Hex: sha256Hex([]byte(address))}.String() + "\n"
}
