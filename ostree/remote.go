package ostree

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/internal/keyfile"
)

// Remote is the configuration of a remote: a group [remote "NAME"] in the repository's config or in
// a file of the remotes directory.
type Remote struct {
	Name string
	// File is the *.conf file that holds the group; "" when it is the repository's config.
	File string

	group  string
	values *keyfile.File
}

func remoteGroup(name string) string { return `remote "` + name + `"` }

// remoteOfGroup returns NAME of a group [remote "NAME"].
func remoteOfGroup(group string) (string, bool) {
	name, ok := strings.CutPrefix(group, `remote "`)
	if !ok || !strings.HasSuffix(name, `"`) {
		return "", false
	}
	return name[:len(name)-1], true
}

// ErrRemoteNotFound is matched by the error for a remote that is not configured.
var ErrRemoteNotFound = errors.New("remote not found")

// RemoteNotFoundError names the missing remote.
type RemoteNotFoundError struct{ Name string }

// Error returns the reference implementation's text.
func (e *RemoteNotFoundError) Error() string { return fmt.Sprintf("Remote \"%s\" not found", e.Name) }

// Is makes the error match [ErrRemoteNotFound] and [ErrNotFound].
func (e *RemoteNotFoundError) Is(target error) bool {
	return target == ErrRemoteNotFound || target == ErrNotFound
}

// remotes collects all remotes of this repository by name.
func (r *Repo) remotes() (map[string]*Remote, error) {
	out := map[string]*Remote{}
	add := func(f *keyfile.File, path string) error {
		for _, g := range f.Groups() {
			name, ok := remoteOfGroup(g)
			if !ok {
				continue
			}
			if out[name] != nil {
				return fmt.Errorf("Multiple specifications found for remote \"%s\"", name)
			}
			out[name] = &Remote{Name: name, File: path, group: g, values: f}
		}
		return nil
	}
	if err := add(r.Config().file, ""); err != nil {
		return nil, err
	}
	if r.opts.RemotesConfigDir == "" {
		return out, nil
	}
	paths, err := filepath.Glob(filepath.Join(r.opts.RemotesConfigDir, "*.conf"))
	if err != nil {
		return nil, err
	}
	for _, p := range paths {
		b, err := readFileAt(atCWD, p, 16<<20)
		if err != nil {
			return nil, err
		}
		f, err := keyfile.Parse(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		if err := add(f, p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// RemoteNames lists the configured remotes, those of parent repositories included, sorted.
func (r *Repo) RemoteNames() ([]string, error) {
	all, err := r.remotes()
	if err != nil {
		return nil, err
	}
	var out []string
	for n := range all {
		out = append(out, n)
	}
	if r.parent != nil {
		more, err := r.parent.RemoteNames()
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Remote returns the configuration of a remote; a missing one is a [*RemoteNotFoundError]. A name
// that is a file:// URL stands for itself: no verification, no refs of its own.
func (r *Repo) Remote(name string) (*Remote, error) {
	if strings.HasPrefix(name, "file://") {
		return fileRemote(name)
	}
	all, err := r.remotes()
	if err != nil {
		return nil, err
	}
	if remote := all[name]; remote != nil {
		return remote, nil
	}
	if r.parent != nil {
		return r.parent.Remote(name)
	}
	return nil, &RemoteNotFoundError{name}
}

func fileRemote(url string) (*Remote, error) {
	f, err := keyfile.Parse(nil)
	if err != nil {
		return nil, err
	}
	group := remoteGroup(url)
	for _, kv := range [][2]string{{"url", url}, {"gpg-verify", "false"}, {"gpg-verify-summary", "false"}} {
		if err := f.SetValue(group, kv[0], kv[1]); err != nil {
			return nil, err
		}
	}
	return &Remote{Name: url, group: group, values: f}, nil
}

// Option returns a setting of the remote; ok is false if it is not set.
func (m *Remote) Option(key string) (value string, ok bool, err error) {
	s, err := m.values.String(m.group, key)
	if missingKey(err) {
		return "", false, nil
	}
	return s, err == nil, err
}

// Bool returns a boolean setting, or fallback if it is not set.
func (m *Remote) Bool(key string, fallback bool) (bool, error) {
	v, err := m.values.Bool(m.group, key)
	if missingKey(err) {
		return fallback, nil
	}
	return v, err
}

// List returns a setting that is a list separated by ";".
func (m *Remote) List(key string) ([]string, error) {
	v, err := m.values.Strings(m.group, key)
	if missingKey(err) {
		return nil, nil
	}
	return v, err
}

// Options returns the names of all settings in the order of the file.
func (m *Remote) Options() ([]string, error) { return m.values.Keys(m.group) }

// CollectionID returns the collection of the remote's refs, "" if none is configured.
func (m *Remote) CollectionID() string {
	s, _, _ := m.Option("collection-id")
	return s
}

// URL returns the remote's url or metalink setting ("metalink=URL"), or an error if it has neither.
func (m *Remote) URL() (string, error) {
	if s, ok, err := m.Option("metalink"); ok || err != nil {
		return "metalink=" + s, err
	}
	s, ok, err := m.Option("url")
	if err != nil {
		return "", err
	}
	if !ok {
		return "", fmt.Errorf("No \"url\" option in remote \"%s\"", m.Name)
	}
	return s, nil
}

// AddRemote configures a remote. url may be "metalink=URL" or "mirrorlist=URL", or "" for a remote
// that a custom backend serves. Unless opts says otherwise, its commits must be signed by an OpenPGP key.
func (r *Repo) AddRemote(name, url string, opts *RemoteAddOptions) error {
	if opts == nil {
		opts = &RemoteAddOptions{}
	}
	if err := ValidateRemoteName(name); err != nil {
		return err
	}
	settings, err := opts.settings(r)
	if err != nil {
		return fmt.Errorf("adding remote %s: %w", name, err)
	}
	r.configMu.Lock()
	defer r.configMu.Unlock()
	old, err := r.ownRemote(name)
	if err != nil {
		return err
	}
	if old != nil {
		switch {
		case opts.IfNotExists:
			return nil
		case !opts.Force:
			where := old.File
			if where == "" {
				where = "(in config)"
			}
			return fmt.Errorf("Remote configuration for \"%s\" already exists: %s", name, where)
		}
		if err := r.deleteRemote(old); err != nil {
			return err
		}
	}
	if url != "" {
		key := "url"
		if rest, ok := strings.CutPrefix(url, "metalink="); ok {
			key, url = "metalink", rest
		}
		settings = append([][2]string{{key, url}}, settings...)
	}
	if r.opts.RemotesConfigDir != "" && (opts.InConfigDir || r.Config().AddRemotesConfigDir) {
		return r.addRemoteFile(name, settings)
	}
	return r.changeConfig(func(c *Config) error {
		for _, kv := range settings {
			if err := c.Set(remoteGroup(name), kv[0], kv[1]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *Repo) ownRemote(name string) (*Remote, error) {
	all, err := r.remotes()
	if err != nil {
		return nil, err
	}
	return all[name], nil
}

func (r *Repo) addRemoteFile(name string, settings [][2]string) error {
	path := filepath.Join(r.opts.RemotesConfigDir, name+".conf")
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("Remote configuration for \"%s\" already exists: %s", name, path)
	}
	f, err := keyfile.Parse(nil)
	if err != nil {
		return err
	}
	for _, kv := range settings {
		if err := f.SetString(remoteGroup(name), kv[0], kv[1]); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(r.opts.RemotesConfigDir, 0o755); err != nil {
		return errno.New("mkdirat", r.opts.RemotesConfigDir, err)
	}
	return replaceFileAt(atCWD, path, f.Bytes(), 0o644, true)
}

// DeleteRemoteOptions adjust [Repo.DeleteRemote].
type DeleteRemoteOptions struct {
	IfExists bool // a missing remote is fine
}

// DeleteRemote removes a remote's configuration and its keyring.
func (r *Repo) DeleteRemote(name string, opts *DeleteRemoteOptions) error {
	if err := ValidateRemoteName(name); err != nil {
		return err
	}
	r.configMu.Lock()
	defer r.configMu.Unlock()
	old, err := r.ownRemote(name)
	if err != nil {
		return err
	}
	if old == nil {
		if opts != nil && opts.IfExists {
			return nil
		}
		return &RemoteNotFoundError{name}
	}
	return r.deleteRemote(old)
}

// deleteRemote removes a remote of this repository for a caller that holds configMu.
func (r *Repo) deleteRemote(old *Remote) error {
	if old.File != "" {
		if err := os.Remove(old.File); err != nil {
			return errno.New("unlinkat", old.File, err)
		}
	} else {
		if err := r.changeConfig(func(c *Config) error { return c.RemoveGroup(old.group) }); err != nil {
			return err
		}
	}
	return removeTree(r.dirFD, old.Name+".trustedkeys.gpg")
}
