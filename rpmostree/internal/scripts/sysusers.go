package scripts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
)

// Sysusers says when systemd-sysusers runs before %pre.
type Sysusers uint8

const (
	// SysusersNever does not run it.
	SysusersNever Sysusers = iota
	// SysusersByMacro runs it if the rpm of the tree does so itself: if its macro __systemd_sysusers has a value.
	SysusersByMacro
	// SysusersAlways runs it.
	SysusersAlways
)

const sysusersProgram = "systemd-sysusers"

func (r *runner) sysusers(ctx context.Context) error {
	switch r.Sysusers {
	case SysusersNever:
		return nil
	case SysusersByMacro:
		const macro = "%{?__systemd_sysusers}"
		value, err := r.expand(ctx, macro)
		if errors.Is(err, errNoRPM) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", macro, err)
		}
		if strings.TrimSpace(value) == "" {
			return nil
		}
	}
	if err := r.run(ctx, sysusersProgram, &sandbox.Cmd{Argv: []string{sysusersProgram}, Env: r.env}); err != nil {
		return fmt.Errorf("Running systemd-sysusers: %w", err)
	}
	return nil
}

// SanityCheck runs /usr/bin/true: a tree in which that is impossible is not one to boot.
func SanityCheck(ctx context.Context, s *sandbox.Session) error {
	var out bytes.Buffer
	err := s.Run(ctx, &sandbox.Cmd{Argv: []string{"/usr/bin/true"}, Output: &out})
	if err != nil {
		return fmt.Errorf("Sanity-checking final rootfs: %w", err)
	}
	return nil
}

// ignoreMissing makes a missing file an empty one.
func ignoreMissing(data []byte, err error) ([]byte, bool, error) {
	if errors.Is(err, os.ErrNotExist) {
		return nil, false, nil
	}
	return data, err == nil, err
}
