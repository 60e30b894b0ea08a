//go:build unix

package bootloader

import (
	"context"
	"errors"
	"fmt"

	"github.com/nestos-dev/nestos/ostree/bls"
)

// aboot is the boot loader of Android devices: a kernel in a partition, which a
// program of the system writes.
type aboot struct{}

func (aboot) Name() string { return "aboot" }
func (aboot) Atomic() bool { return true }

func (aboot) Write(_ context.Context, req *Request) error { return writing(writeStamp(req)) }

func (aboot) PostSync(ctx context.Context, req *Request) error {
	return withStamp(req, func() error {
		c, err := abootCommand(req)
		if err != nil {
			return err
		}
		return req.run(ctx, c)
	})
}

func abootCommand(req *Request) (Command, error) {
	if len(req.Entries) == 0 {
		return Command{}, errors.New("aboot: no bls config")
	}
	e := req.Entries[0].Config
	for _, key := range []string{bls.KeyAboot, bls.KeyAbootcfg, bls.KeyVersion, bls.KeyLinux, bls.KeyInitrd, bls.KeyOptions} {
		if _, ok := e.Get(key); !ok {
			return Command{}, fmt.Errorf("aboot: no %q key in bootloader config", key)
		}
	}
	return Command{
		Name: "aboot-deploy", Dir: req.Path,
		Args: []string{"-r", ".", "-c", e.Value(bls.KeyAbootcfg), "-o", e.Value(bls.KeyOptions), e.Value(bls.KeyAboot)},
	}, nil
}
