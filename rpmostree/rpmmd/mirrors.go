package rpmmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nestos-dev/nestos/internal/fetch"
)

// MirrorsError reports that something could be had from none of the mirrors of a repository.
type MirrorsError struct {
	What   string  // relative path
	Errors []error // one for each attempt that was a mirror's last
}

// Error is librepo's text; only the last error is spelled out.
func (e *MirrorsError) Error() string {
	text := "Cannot download " + limited(e.What) + ": All mirrors were tried"
	if len(e.Errors) > 0 {
		text += "; Last error: " + e.Errors[len(e.Errors)-1].Error()
	}
	return text
}

// Unwrap returns Errors.
func (e *MirrorsError) Unwrap() []error { return e.Errors }

// session is the conversation with one repository.
type session struct {
	c    *Client
	repo *RepoConfig
	http *fetch.Client

	mu    sync.Mutex // of resolve
	bases []string   // of the mirrors, with a slash at the end; the best first
	meta  *Metalink
	list  []byte // the metalink or mirror list as it came
}

func (c *Client) newSession(repo *RepoConfig) (*session, error) {
	f, err := c.fetcher(repo)
	if err != nil {
		return nil, err
	}
	return &session{c: c, repo: repo, http: f}, nil
}

// sources returns the configured address of the list of mirrors, and whether it is a metalink.
func (r *RepoConfig) mirrorSource() (address string, metalink bool) {
	if r.Metalink != "" {
		return r.Metalink, true
	}
	return r.Mirrorlist, strings.Contains(r.Mirrorlist, "metalink")
}

// resolve finds the mirrors. With cached, a list from an earlier run is good enough.
func (s *session) resolve(ctx context.Context, cached []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bases != nil {
		return nil
	}
	address, metalink := s.repo.mirrorSource()
	switch {
	case address == "" && len(s.repo.BaseURL) == 0:
		return fmt.Errorf("Cannot find a valid baseurl for repo: %s", s.repo.ID)
	case address == "":
		s.setBases(s.repo.BaseURL)
	default:
		if cached != nil && s.parseMirrors(ctx, cached, metalink) == nil {
			break
		}
		data, err := s.mirrorList(ctx, address)
		if err != nil {
			return fmt.Errorf("Cannot prepare internal mirrorlist: %w", err)
		}
		if err := s.parseMirrors(ctx, data, metalink); err != nil {
			return err
		}
		s.list = data
	}
	if s.repo.FastestMirror && len(s.bases) > 1 {
		s.sortByConnect(ctx)
	}
	return nil
}

func (s *session) mirrorList(ctx context.Context, address string) ([]byte, error) {
	if s.c.o.Offline && !strings.HasPrefix(address, "file:") {
		return nil, errOffline
	}
	var data []byte
	return data, s.attempts(ctx, "the list of mirrors", []string{""}, func(string) (err error) {
		data, _, err = s.http.GetBytes(ctx, fetch.Request{URL: s.withUser(address), MaxSize: maxRepomd, NoRetry: true, AcceptGzip: true})
		return err
	})
}

func (s *session) parseMirrors(ctx context.Context, data []byte, metalink bool) error {
	if metalink {
		m, err := ParseMetalink(ctx, bytes.NewReader(data))
		if err != nil {
			return err
		}
		s.meta = m
		s.setBases(m.BaseURLs())
	} else {
		list, err := ParseMirrorlist(ctx, bytes.NewReader(data))
		if err != nil {
			return err
		}
		s.setBases(list)
	}
	if len(s.bases) == 0 {
		return fmt.Errorf("the list of mirrors of repo %s has none that can be used", s.repo.ID)
	}
	return nil
}

func (s *session) setBases(list []string) {
	s.bases = nil
	for _, base := range list {
		if base = strings.TrimSpace(base); base != "" && !slices.Contains(s.bases, base) {
			s.bases = append(s.bases, strings.TrimRight(base, "/")+"/")
		}
	}
}

// withUser adds the configured credentials to an address, unless it has some or belongs to a
// host that the configuration does not name: mirrors may be anybody's.
func (s *session) withUser(address string) string {
	if s.repo.Username == "" {
		return address
	}
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return address
	}
	source, _ := s.repo.mirrorSource()
	for _, known := range append([]string{source}, s.repo.BaseURL...) {
		if k, err := url.Parse(known); err == nil && k.Host == u.Host {
			u.User = url.UserPassword(s.repo.Username, s.repo.Password)
			return u.String()
		}
	}
	return address
}

var errOffline = errors.New("connecting to repositories is switched off")

// each tries attempt with one mirror after the other until it succeeds. Mirrors that failed
// for a moment only are tried again, up to the number of retries of the configuration.
func (s *session) each(ctx context.Context, what string, attempt func(base string) error) error {
	bases := s.bases
	if s.c.o.Offline {
		if bases = slices.DeleteFunc(slices.Clone(bases), func(b string) bool { return !isFileURL(b) }); len(bases) == 0 {
			return fmt.Errorf("Cannot download %s: %w", limited(what), errOffline)
		}
	}
	return s.attempts(ctx, what, bases, attempt)
}

func (s *session) attempts(ctx context.Context, what string, bases []string, attempt func(base string) error) error {
	failed := &MirrorsError{What: what}
	for pass := 0; ; pass++ {
		var again []string
		var errs []error
		for _, base := range bases {
			err := attempt(base)
			if err == nil {
				return nil
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			s.c.log.LogAttrs(ctx, slog.LevelInfo, "mirror failed", slog.String("repo", s.repo.ID), slog.String("path", what), slog.Any("error", err))
			var fe *fetch.Error
			if errors.As(err, &fe) && fe.Transient() {
				again, errs = append(again, base), append(errs, err)
			} else {
				failed.Errors = append(failed.Errors, err)
			}
		}
		if len(again) == 0 || s.repo.Retries > 0 && pass >= s.repo.Retries {
			failed.Errors = append(failed.Errors, errs...)
			return failed
		}
		bases = again
		select {
		case <-time.After(s.c.o.Backoff(pass + 1)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func isFileURL(s string) bool { return strings.HasPrefix(s, "file:") }

// address is where href is: below base, unless the metadata name another base.
func (s *session) address(base, xmlBase, href string) (string, error) {
	if xmlBase == "" {
		return s.withUser(base + escapePath(href)), nil
	}
	u, err := url.Parse(xmlBase)
	if err != nil || u.Scheme == "" {
		return "", fmt.Errorf("base address %q: %w", limited(xmlBase), ErrNotSupported)
	}
	// A server has no business with the files of its clients.
	if u.Scheme != "http" && u.Scheme != "https" && !isFileURL(base) {
		return "", fmt.Errorf("base address %q of a remote repository: %w", limited(xmlBase), ErrNotSupported)
	}
	return s.withUser(strings.TrimRight(xmlBase, "/") + "/" + escapePath(href)), nil
}

// escapePath makes a location fit for a URL. createrepo_c 0.17 writes file names as they are,
// others escape them: what is a valid escape stays.
func escapePath(href string) string {
	var b strings.Builder
	for i := 0; i < len(href); i++ {
		c := href[i]
		switch {
		case isNameByte(c) || strings.IndexByte("/-.~!$&'()*+,;=:@", c) >= 0:
			b.WriteByte(c)
		case c == '%' && i+2 < len(href) && isHex(href[i+1]) && isHex(href[i+2]):
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// sortByConnect puts the mirrors first that accept a connection soonest; those that do not
// within two seconds keep their order at the end.
func (s *session) sortByConnect(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	type answer struct {
		i  int
		ok bool
	}
	answers := make(chan answer, len(s.bases))
	slots := make(chan struct{}, 16)
	for i, base := range s.bases {
		go func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			answers <- answer{i, s.connects(ctx, base)}
		}()
	}
	var fast, slow []int
	for range s.bases {
		if a := <-answers; a.ok {
			fast = append(fast, a.i)
		} else {
			slow = append(slow, a.i)
		}
	}
	slices.Sort(slow)
	sorted := make([]string, 0, len(s.bases))
	for _, i := range append(fast, slow...) {
		sorted = append(sorted, s.bases[i])
	}
	s.bases = sorted
}

func (s *session) connects(ctx context.Context, base string) bool {
	u, err := url.Parse(base)
	if err != nil || ctx.Err() != nil {
		return false
	}
	if u.Scheme == "file" {
		return true
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	dial := s.c.o.Dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	conn, err := dial(ctx, "tcp"+s.repo.IPResolve, net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return false
	}
	conn.Close()
	return true
}
