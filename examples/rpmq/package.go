package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/pgp"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

// filesFormat is the query format of "rpmq files".
const filesFormat = `'[%{FILENAMES}|%{FILEMODES:octal}|%{FILEUSERNAME}|%{FILEGROUPNAME}|%{LONGFILESIZES}|%{FILEMTIMES}|` +
	`%{FILEDIGESTS}|%{FILELINKTOS}|%{FILEFLAGS:fflags}|%{FILEVERIFYFLAGS:hex}|%{FILERDEVS}|%{FILENLINKS}|%{FILELANGS}|%{FILECAPS}\n]'`

// queryHeader opens a package for queries.
func queryHeader(path string) (*rpm.Header, error) {
	p, err := rpm.Open(path)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	return p.QueryHeader()
}

func xml(_ context.Context, e *env, args []string) error {
	h, err := queryHeader(args[0])
	if err != nil {
		return err
	}
	return rpm.WriteXML(e.stdout, h)
}

func files(ctx context.Context, e *env, args []string) error {
	return query(ctx, e, []string{filesFormat[1 : len(filesFormat)-1], args[0]})
}

func query(_ context.Context, e *env, args []string) error {
	q, err := rpm.ParseQueryFormat(args[0])
	if err != nil {
		return err
	}
	h, err := queryHeader(args[1])
	if err != nil {
		return err
	}
	return q.Write(e.stdout, h, nil)
}

func verify(ctx context.Context, e *env, args []string) error {
	o := &rpm.VerifyOptions{Keyring: &pgp.Keyring{}}
	for len(args) > 1 {
		switch args[0] {
		case "--key":
			key, err := os.ReadFile(args[1])
			if err != nil {
				return err
			}
			if err := o.Keyring.Add(key); err != nil {
				return fmt.Errorf("%s: %w", args[1], err)
			}
		case "--level":
			level, ok := map[string]rpm.VerifyLevel{
				"digest": rpm.LevelDigest, "none": rpm.LevelNone, "signature": rpm.LevelSignature, "all": rpm.LevelAll,
			}[args[1]]
			if !ok {
				return badUsage("unknown level %q: digest, none, signature or all", args[1])
			}
			o.Level = level
		default:
			return badUsage("unknown option %s, or more than one file", args[0])
		}
		args = args[2:]
	}
	switch {
	case len(args) == 0:
		return badUsage("an argument is missing")
	case strings.HasPrefix(args[0], "-"):
		return badUsage("unknown option %s, or one without its value", args[0])
	}
	f, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer f.Close()
	fmt.Fprintf(e.stdout, "%s:\n", args[0])
	report, err := rpm.Verify(ctx, f, o)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	for i := range report.Items {
		fmt.Fprintf(e.stdout, "    %s\n", &report.Items[i])
	}
	if !report.OK() {
		return errStatus
	}
	return nil
}

func cpio(_ context.Context, e *env, args []string) error {
	p, err := rpm.Open(args[0])
	if err != nil {
		return err
	}
	defer p.Close()
	archive, err := p.Archive()
	if err != nil {
		return err
	}
	defer archive.Close()
	h, err := p.QueryHeader()
	if err != nil {
		return err
	}
	n, err := io.Copy(e.stdout, archive)
	if err == nil && uint64(n) != archiveSize(h) {
		return errStatus // as rpm2cpio, without a word
	}
	return err
}

// archiveSize is the size that a header gives for the payload without its compression; 0 if it gives none.
func archiveSize(h *rpm.Header) uint64 {
	for _, tag := range [...]rpm.Tag{rpm.TagLongArchiveSize, rpm.TagArchiveSize, rpm.TagPayloadSizeAlt} {
		if n, ok := h.Uint64(tag); ok {
			return n
		}
	}
	return 0
}

func extract(ctx context.Context, e *env, args []string) error {
	p, err := rpm.Open(args[0])
	if err != nil {
		return err
	}
	defer p.Close()
	if err := os.MkdirAll(args[1], 0o755); err != nil {
		return err
	}
	o := &rpm.ExtractOptions{}
	if e.root {
		o.Owner = owner
	}
	return p.Extract(ctx, args[1], o)
}

// owner looks names up on this machine. Unknown ones are root's, as for rpm.
func owner(f *rpm.File) (uid, gid int, err error) {
	if u, err := user.Lookup(f.User); err == nil {
		if uid, err = strconv.Atoi(u.Uid); err != nil {
			return 0, 0, err
		}
	}
	if g, err := user.LookupGroup(f.Group); err == nil {
		if gid, err = strconv.Atoi(g.Gid); err != nil {
			return 0, 0, err
		}
	}
	return uid, gid, nil
}

func primary(_ context.Context, e *env, args []string) error {
	info := &rpmmd.PackageInfo{}
	if len(args) == 2 {
		if args[0] != "--narrow-pre" {
			return badUsage("unknown option %s", args[0])
		}
		info.NarrowPre = true
		args = args[1:]
	}
	path := args[0]
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	if info.Size, err = io.Copy(sum, f); err != nil {
		return err
	}
	stat, err := f.Stat()
	if err != nil {
		return err
	}
	info.Checksum = rpmmd.Checksum{Type: "sha256", Hex: hex.EncodeToString(sum.Sum(nil))}
	info.FileTime, info.Href = stat.ModTime().Unix(), filepath.Base(path)
	p, err := rpm.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(rpmmd.WritePackage(e.stdout, p, info), p.Close())
}
