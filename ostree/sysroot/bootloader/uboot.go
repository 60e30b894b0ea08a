//go:build unix

package bootloader

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/kargs"
)

const ubootConfig = "boot/loader/uEnv.txt"

type uboot struct{}

func (uboot) Name() string                             { return "U-Boot" }
func (uboot) Atomic() bool                             { return true }
func (uboot) PostSync(context.Context, *Request) error { return nil }

func (uboot) Write(_ context.Context, req *Request) error {
	root, err := req.root()
	if err != nil {
		return writing(err)
	}
	defer root.Close()
	var lines []string
	for i, e := range req.Entries {
		vars, err := ubootVariables(e.Config, i, req.boot())
		if err != nil {
			return writing(err)
		}
		lines = append(lines, vars...)
		if _, ok := e.Config.Get(bls.KeyOptions); i > 0 || !ok {
			continue
		}
		extra, ok, err := systemVariables(root, e)
		if err != nil {
			return writing(err)
		}
		if ok {
			lines = append(lines, extra)
		}
	}
	return writing(writeConfig(root, req.loader("uEnv.txt"), joinLines(lines)))
}

// ubootVariables returns the variables of an entry. All but the first have a
// number at the end of their names, counted from 2.
func ubootVariables(e *bls.Entry, index int, prefix string) ([]string, error) {
	if _, err := linuxOf(e); err != nil {
		return nil, err
	}
	suffix := ""
	if index > 0 {
		suffix = strconv.Itoa(index + 1)
	}
	var lines []string
	for _, v := range [...]struct{ bls, name, prefix string }{
		{bls.KeyLinux, "kernel_image", prefix}, {bls.KeyInitrd, "ramdisk_image", prefix},
		{bls.KeyDevicetree, "fdt_file", prefix}, {bls.KeyFdtdir, "fdtdir", prefix}, {bls.KeyOptions, "bootargs", ""},
	} {
		if value, ok := e.Get(v.bls); ok {
			lines = append(lines, v.name+suffix+"="+v.prefix+value)
		}
	}
	return lines, nil
}

// systemVariables returns what a deployment wants to have in the file. Without
// its directory it is looked for where the kernel arguments lead.
func systemVariables(root *confine.Root, e Entry) (text string, ok bool, err error) {
	arg, ok := kargs.Parse(e.Config.Value(bls.KeyOptions)).Last("ostree")
	if !ok {
		return "", false, errors.New("No ostree= kernel argument found in boot loader configuration file")
	}
	dir := e.Deployment
	if dir == "" {
		dir = arg.Value
	}
	name := path.Join(strings.TrimPrefix(dir, "/"), "usr/lib/ostree-boot/uEnv.txt")
	text, err = readConfig(root, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", false, nil
	case err != nil:
		return "", false, err
	case !utf8.ValidString(text) || strings.Contains(text, "\x00"):
		return "", false, fmt.Errorf("Reading %s: Invalid UTF-8", name)
	}
	return text, true, nil
}
