package platform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/ignition/platform/internal/vmur"
	"github.com/nestos-dev/nestos/internal/run"
)

// zvmReader is the address of the virtual reader.
const zvmReader = "000c"

// fetchZVM receives the first file of type "ign" from the virtual reader.
func fetchZVM(ctx context.Context, e *env) (Result, error) {
	if err := e.cmd(ctx, "Loading zVM control program module", "modprobe", "vmur"); err != nil {
		e.log.Err("Couldn't install vmur module: %v", err)
		return Result{}, fmt.Errorf("couldn't install vmur module: %w", err)
	}
	if err := e.onlineReader(ctx); err != nil {
		return Result{}, err
	}
	listing, err := e.log.Try(ctx, e.run, run.Command("vmur", "li"))
	if err != nil {
		e.log.Err("Can not get reader device: %v", err)
		return Result{}, fmt.Errorf("can not get reader device: %w", err)
	}
	file, ok := vmur.Find(vmur.List(string(listing)), "ign")
	if !ok {
		return Result{}, nil
	}
	raw, err := e.receive(ctx, file)
	return Result{Raw: raw}, err
}

// onlineReader switches the reader on, after taking it from the list of ignored
// devices if necessary.
func (e *env) onlineReader(ctx context.Context) error {
	online := func() error {
		return e.cmd(ctx, "Brings a Linux device online", "chccwdev", "-e", zvmReader)
	}
	if online() != nil {
		if err := e.cmd(ctx, "Expose reader device", "cio_ignore", "-r", zvmReader); err != nil {
			e.log.Err("Couldn't expose reader device %q: %v", zvmReader, err)
			return fmt.Errorf("couldn't expose reader device %q: %w", zvmReader, err)
		}
		if err := online(); err != nil {
			e.log.Err("Couldn't online reader device")
			return fmt.Errorf("couldn't online reader device: %w", err)
		}
	}
	return e.cmd(ctx, "Settle udev device", "udevadm", "settle")
}

// receive takes a file from the queue, through a directory of its own.
func (e *env) receive(ctx context.Context, file vmur.File) (raw []byte, err error) {
	name := file.Name + "." + file.Type
	if strings.Contains(name, "/") || strings.HasPrefix(name, "-") {
		return nil, fmt.Errorf("%q is not the name of a spool file", name)
	}
	dir, err := os.MkdirTemp(e.TempDir, "ignition-vmur")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	re := run.Command("vmur", "re", "-f", file.SpoolID, name)
	re.Dir = dir
	if _, err := e.log.Cmd(ctx, e.run, "Receive the spool file", re); err != nil {
		return nil, err
	}
	e.log.Info("using config file at %q", name)
	raw, err = readFile(filepath.Join(dir, name))
	if err != nil {
		e.log.Err("Couldn't read config from configFile %q: %v", name, err)
		return nil, err
	}
	return bytes.Trim(raw, "\x00"), nil
}
