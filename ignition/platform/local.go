package platform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// fetchMetal has nothing: such machines get their config by the kernel command line,
// or from a file that the installer has put into the initramfs.
func fetchMetal(_ context.Context, e *env) (Result, error) {
	e.log.Debug("metal provider fetching empty config")
	return Result{}, nil
}

// fetchFile reads a config from a file, for tests.
func fetchFile(_ context.Context, e *env) (Result, error) {
	name := e.ConfigFile
	if name == "" {
		name = "config.ign"
		e.log.Info("using default filename")
	}
	e.log.Info("using config file at %q", name)
	raw, err := readFile(name)
	if err != nil {
		e.log.Err("couldn't read config %q: %v", name, err)
	}
	return Result{Raw: raw}, err
}

// fetchBlueField reads what the card's host wrote into the boot stream.
func fetchBlueField(ctx context.Context, e *env) (Result, error) {
	if err := e.cmd(ctx, "loading mlxbf-booctl kernel module", "modprobe", "mlxbf_bootctl"); err != nil {
		return Result{}, err
	}
	const fifo = "/sys/bus/platform/devices/MLNXBF04:00/bootfifo"
	e.log.Debug("Attempting to read bootfifo at %s", fifo)
	raw, err := readFile(e.path(fifo))
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		e.log.Err("Could not read bootfifo at %s: %v", fifo, err)
		return Result{}, err
	case err == nil && len(raw) == 0:
		e.log.Info("%s is empty", fifo)
	case err == nil:
		return Result{Raw: bytes.Trim(raw, "\x00")}, nil
	}
	e.log.Info("No config found in any of the NVIDIA BlueField bootfifo interfaces")
	return Result{}, nil
}

// readFile reads a file of at most MaxConfigSize bytes.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readBounded(f)
}

func readBounded(r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxConfigSize+1))
	if err == nil && len(raw) > MaxConfigSize {
		err = ErrTooLarge
	}
	if err != nil {
		return nil, err
	}
	return raw, nil
}

// regular makes sure that a file of a foreign file system holds nothing up.
func regular(f *os.File) error {
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", info.Name())
	}
	return err
}

// nonblock keeps opening a FIFO from waiting for a writer.
const nonblock = unix.O_NONBLOCK
