package afterburn

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/nestos-dev/nestos/afterburn/internal/outfile"
	"github.com/nestos-dev/nestos/afterburn/internal/sha512crypt"
)

// Fragments says which parts of an Ignition config [RenderIgnition] makes.
type Fragments struct {
	// Provider is the id; [PlatformID] finds it. Only azure is supported.
	Provider string
	// Dir is where the fragments are written; it is made when it is missing.
	Dir string
	// NoHostname leaves out hostname.ign, NoUser leaves out user.ign.
	NoHostname, NoUser bool
}

const (
	hostnameFragment = "hostname.ign"
	userFragment     = "user.ign"
	// fragmentVersion is that of Ignition's config language; older programs read it, too.
	fragmentVersion = "3.0.0"
)

// RenderIgnition writes what the provider knows as fragments of an Ignition config: hostname.ign sets /etc/hostname,
// user.ign has the first user with keys and the hash of a password. What the provider does not know is left out, with
// a warning. A fragment with a hash is for root's eyes only.
func RenderIgnition(ctx context.Context, f Fragments, opt *Options) error {
	log := opt.logger()
	id := f.Provider
	if !slices.Contains(adminProviders(), id) {
		return fmt.Errorf("render-ignition is only supported for providers %s, got '%s'", quoted(adminProviders()), id)
	}
	if f.NoHostname && f.NoUser {
		log.Warn("render-ignition: all fragments disabled, nothing to do")
		return nil
	}
	p, err := New(ctx, id, opt)
	if err != nil {
		return fmt.Errorf("fetching metadata from provider: %w", err)
	}
	defer p.Close()
	r := &fragmentWriter{p, f.Dir, opt}
	if !f.NoHostname {
		if err := r.hostname(ctx); err != nil {
			return fmt.Errorf("generating hostname ignition fragment: %w", err)
		}
	}
	if !f.NoUser {
		if err := r.user(ctx); err != nil {
			return fmt.Errorf("generating platform-user ignition fragment: %w", err)
		}
	}
	return nil
}

// adminProviders are the ids of the providers that know a first user.
func adminProviders() []string {
	var ids []string
	for _, p := range table {
		if p.admin {
			ids = append(ids, p.id)
		}
	}
	return ids
}

func quoted(ids []string) string {
	text, _ := json.Marshal(ids) // strings always can be
	return string(text)
}

type fragmentWriter struct {
	provider Provider
	dir      string
	opt      *Options
}

// ignition is the part of the config language that fragments have.
type ignition struct {
	Ignition struct {
		Version string `json:"version"`
	} `json:"ignition"`
	Passwd  *passwd  `json:"passwd,omitempty"`
	Storage *storage `json:"storage,omitempty"`
}

type passwd struct {
	Users []user `json:"users"`
}

type user struct {
	Name              string   `json:"name"`
	SSHAuthorizedKeys []string `json:"sshAuthorizedKeys,omitempty"`
	PasswordHash      string   `json:"passwordHash,omitempty"`
}

type storage struct {
	Files []file `json:"files"`
}

type file struct {
	Path      string   `json:"path"`
	Mode      int      `json:"mode"`
	Overwrite bool     `json:"overwrite"`
	Contents  contents `json:"contents"`
}

type contents struct {
	Source string `json:"source"`
}

func (r *fragmentWriter) hostname(ctx context.Context) error {
	log := r.opt.logger()
	text, ok := "", false
	if s, is := r.provider.(HostnameSource); is {
		var err error
		if text, ok, err = s.Hostname(ctx); err != nil {
			return err
		}
	}
	if !ok || (name{text: text}).blank() {
		log.Warn("hostname requested, but not available from this provider")
		return nil
	}
	text, err := hostname(text, log)
	if err != nil {
		return err
	}
	_, err = r.write(hostnameFragment, 0o644, ignition{Storage: &storage{[]file{{
		Path: "/etc/hostname", Mode: 0o644, Overwrite: true, Contents: contents{dataURL(text)},
	}}}})
	return err
}

// dataURL escapes everything but letters and digits of ASCII.
func dataURL(text string) string {
	b := []byte("data:,")
	for _, c := range []byte(text) {
		if '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' {
			b = append(b, c)
		} else {
			b = fmt.Appendf(b, "%%%02X", c)
		}
	}
	return string(b)
}

func (r *fragmentWriter) user(ctx context.Context) error {
	log := r.opt.logger()
	s, ok := r.provider.(AdminSource)
	if !ok {
		return errors.New("the provider knows no first user")
	}
	admin, err := s.Admin(ctx)
	if err != nil {
		return err
	}
	if admin.Name == "" {
		log.Warn("platform-user requested, but admin username not available from this provider")
		return nil
	}
	u := user{Name: admin.Name}
	if u.SSHAuthorizedKeys, err = r.keys(ctx); err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if admin.Password != "" {
		mode = 0o600
		if u.PasswordHash, err = sha512crypt.New(admin.Password, rand.Reader); err != nil {
			return err
		}
	}
	if len(u.SSHAuthorizedKeys) == 0 && u.PasswordHash == "" {
		log.Warn("admin username present but no SSH keys or password; skipping user fragment")
		return nil
	}
	path, err := r.write(userFragment, mode, ignition{Passwd: &passwd{[]user{u}}})
	if err == nil {
		log.Info("wrote platform-user ignition fragment, path: " + path)
	}
	return err
}

func (r *fragmentWriter) keys(ctx context.Context) ([]string, error) {
	s, ok := r.provider.(KeySource)
	if !ok {
		return nil, nil
	}
	keys, err := s.SSHKeys(ctx)
	var lines []string
	for _, k := range keys {
		lines = append(lines, k.String())
	}
	return lines, err
}

// write writes a fragment and returns its path.
func (r *fragmentWriter) write(name string, mode fs.FileMode, c ignition) (string, error) {
	c.Ignition.Version = fragmentVersion
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(c); err != nil {
		return "", err
	}
	dir, err := outfile.Open(r.dir, true)
	if err != nil {
		return "", err
	}
	defer dir.Close()
	return filepath.Join(r.dir, name), dir.Write(name, bytes.TrimSuffix(b.Bytes(), []byte("\n")), mode)
}
