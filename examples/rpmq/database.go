package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	rpmorder "github.com/nestos-dev/nestos/rpmostree/rpm/order"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
)

// eachInstalled calls f for the packages in a database. Broken records are reported at the end.
func eachInstalled(ctx context.Context, dir string, f func(h *rpm.Header) error) error {
	switch info, err := os.Stat(dir); {
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory: name the one with the database, such as usr/share/rpm", dir)
	}
	db, err := rpmdb.Open(os.DirFS(dir))
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	defer db.Close()
	var broken []error
	for record, err := range db.Records(ctx) {
		if record.Header == nil {
			broken = append(broken, err)
			continue
		}
		if err := f(record.Header); err != nil {
			return err
		}
	}
	return errors.Join(broken...)
}

func qa(ctx context.Context, e *env, args []string) error {
	out := bufio.NewWriter(e.stdout)
	err := eachInstalled(ctx, args[0], func(h *rpm.Header) error {
		n := h.NEVRA()
		n.Epoch = ""
		_, err := fmt.Fprintln(out, n)
		return err
	})
	return errors.Join(err, out.Flush())
}

func qal(ctx context.Context, e *env, args []string) error {
	out := bufio.NewWriter(e.stdout)
	err := eachInstalled(ctx, args[0], func(h *rpm.Header) error {
		paths, err := h.Paths()
		if err != nil {
			return err
		}
		if len(paths) == 0 {
			paths = []string{"(contains no files)"}
		}
		for _, p := range paths {
			fmt.Fprintln(out, p)
		}
		return nil
	})
	return errors.Join(err, out.Flush())
}

func mkdb(_ context.Context, e *env, args []string) error {
	epoch := e.getenv("SOURCE_DATE_EPOCH")
	if args[0] == "--time" {
		epoch, args = args[1], args[2:]
	}
	switch {
	case len(args) < 2:
		return badUsage("an argument is missing")
	case strings.HasPrefix(args[0], "-"):
		return badUsage("unknown option %s", args[0])
	}
	seconds := uint64(time.Now().Unix())
	if epoch != "" {
		var err error
		if seconds, err = strconv.ParseUint(epoch, 10, 32); err != nil {
			return fmt.Errorf("time %q is not a number of seconds since 1970", epoch)
		}
	}
	records, err := rpmdb.InstallPackages(args[1:], rpm.InstallInfo{Time: uint32(seconds), TID: uint32(seconds), Color: rpm.TransactionColor(runtime.GOARCH)})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(args[0], 0o755); err != nil {
		return err
	}
	return rpmdb.Create(args[0], records, nil)
}

func order(_ context.Context, e *env, args []string) error {
	elements := make([]rpmorder.Element, len(args))
	for i, path := range args {
		p, err := rpm.Open(path)
		if err != nil {
			return err
		}
		elements[i], err = rpm.OrderElement(p.Header)
		if err = errors.Join(err, p.Close()); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	sequence, err := rpmorder.Sort(elements, nil)
	if err != nil {
		return err
	}
	for _, i := range sequence {
		fmt.Fprintln(e.stdout, elements[i].NEVRA)
	}
	return nil
}
