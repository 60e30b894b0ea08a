//go:build unix

package tree

import (
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/internal/confine"
)

const (
	selinuxConfig = "/etc/selinux/config"
	fileContexts  = "contexts/files/file_contexts"
	maxConfig     = 1 << 20
)

// Policy is the SELinux policy of a root.
type Policy struct {
	// Name is that of the policy, as in "targeted".
	Name string
	// FileContexts is the path of its file contexts, with that of the root.
	FileContexts string
}

// Policy returns the SELinux policy of the root; nil if the root has no SELinux and
// none is demanded.
func (t *Tree) Policy(demanded bool) (*Policy, error) {
	p, err := t.ResolveAll(selinuxConfig)
	if err != nil {
		return nil, err
	}
	data, err := t.ReadSmall(p, maxConfig)
	if Missing(err) && !demanded {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("failed to open %s: %w", t.Path(p), err)
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		name, ok := strings.CutPrefix(strings.TrimSpace(line), "SELINUXTYPE=")
		if !ok {
			continue
		}
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
			return nil, fmt.Errorf("invalid SELINUXTYPE value in %s", t.Path(p))
		}
		contexts, err := t.Resolve(path.Join("/etc/selinux", name, fileContexts))
		if err != nil {
			return nil, err
		}
		return &Policy{Name: name, FileContexts: t.Path(contexts)}, nil
	}
	return nil, fmt.Errorf("didn't find SELINUXTYPE in %s", t.Path(p))
}

// ReadSmall reads a regular file of limited size without waiting for anything.
func (t *Tree) ReadSmall(p string, limit int64) ([]byte, error) {
	f, err := t.root.OpenFile(p, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := confine.ReadRegular(f, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.Path(p), err)
	}
	return data, nil
}
