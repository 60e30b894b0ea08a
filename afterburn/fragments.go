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
	"strings"
	"unicode"
	"unicode/utf8"

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
	parts, err := r.collect(ctx, f)
	if errors.Is(err, errUserName) {
		return err
	}
	// One that could be made is written even if the next one could not, as Afterburn does it.
	for _, part := range parts {
		if err := r.write(part); err != nil {
			return part.failed(err)
		}
	}
	return err
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

// fragment is one that is to be written.
type fragment struct {
	name   string // of its file
	mode   fs.FileMode
	config ignition
}

func (f *fragment) failed(err error) error {
	kind := "hostname"
	if f.name == userFragment {
		kind = "platform-user"
	}
	return fmt.Errorf("generating %s ignition fragment: %w", kind, err)
}

// collect makes the fragments that are wanted, up to the first one that fails.
func (r *fragmentWriter) collect(ctx context.Context, f Fragments) (parts []*fragment, err error) {
	for _, part := range []struct {
		off  bool
		name string
		fill func(context.Context, *fragment) (bool, error)
	}{{f.NoHostname, hostnameFragment, r.hostname}, {f.NoUser, userFragment, r.user}} {
		if part.off {
			continue
		}
		made := &fragment{name: part.name, mode: 0o644}
		some, err := part.fill(ctx, made)
		if err != nil {
			return parts, made.failed(err)
		}
		if some {
			parts = append(parts, made)
		}
	}
	return parts, nil
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

// hostname fills the fragment with the name of the machine, if the provider knows one.
func (r *fragmentWriter) hostname(ctx context.Context, f *fragment) (bool, error) {
	log := r.opt.logger()
	text, ok := "", false
	if s, is := r.provider.(HostnameSource); is {
		var err error
		if text, ok, err = s.Hostname(ctx); err != nil {
			return false, err
		}
	}
	if !ok || (name{text: text}).blank() {
		log.Warn("hostname requested, but not available from this provider")
		return false, nil
	}
	text, err := hostname(text, log)
	if err != nil {
		return false, err
	}
	f.config.Storage = &storage{[]file{{
		Path: "/etc/hostname", Mode: 0o644, Overwrite: true, Contents: contents{dataURL(text)},
	}}}
	return true, nil
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

// user fills the fragment with the first user, if there is one that anybody could log in as.
func (r *fragmentWriter) user(ctx context.Context, f *fragment) (bool, error) {
	log := r.opt.logger()
	s, ok := r.provider.(AdminSource)
	if !ok {
		return false, errors.New("the provider knows no first user")
	}
	admin, err := s.Admin(ctx)
	if err != nil {
		return false, err
	}
	if strings.TrimSpace(admin.Name) == "" {
		log.Warn("platform-user requested, but admin username not available from this provider")
		return false, nil
	}
	if !isUserName(admin.Name) {
		return false, fmt.Errorf("admin username %.80q %w", admin.Name, errUserName)
	}
	u := user{Name: admin.Name}
	if u.SSHAuthorizedKeys, err = r.keys(ctx); err != nil {
		return false, err
	}
	if admin.Password != "" {
		f.mode = 0o600
		if u.PasswordHash, err = sha512crypt.New(admin.Password, rand.Reader); err != nil {
			return false, err
		}
	}
	if len(u.SSHAuthorizedKeys) == 0 && u.PasswordHash == "" {
		log.Warn("admin username present but no SSH keys or password; skipping user fragment")
		return false, nil
	}
	f.config.Passwd = &passwd{[]user{u}}
	return true, nil
}

var errUserName = errors.New("is no name of a user")

// maxUserName is what Linux takes, in bytes.
const maxUserName = 256

// isUserName refuses names that useradd does not take or that would break a line of /etc/passwd: Ignition hands on
// what it is told.
func isUserName(s string) bool {
	if len(s) > maxUserName || s == "." || s == ".." || !utf8.ValidString(s) || strings.ContainsAny(s[:1], "-+~") {
		return false
	}
	digits := true
	for _, r := range s {
		if r == ' ' || !unicode.IsPrint(r) || strings.ContainsRune(":,/", r) {
			return false
		}
		digits = digits && '0' <= r && r <= '9'
	}
	return !digits
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

func (r *fragmentWriter) write(f *fragment) error {
	f.config.Ignition.Version = fragmentVersion
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(f.config); err != nil {
		return err
	}
	dir, err := outfile.Open(r.dir, true)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.Write(f.name, bytes.TrimSuffix(b.Bytes(), []byte("\n")), f.mode); err != nil {
		return err
	}
	if f.name == userFragment {
		r.opt.logger().Info("wrote platform-user ignition fragment, path: " + filepath.Join(r.dir, f.name))
	}
	return nil
}
