package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// eachLine prints what f makes of each line of standard input.
func eachLine(ctx context.Context, e *env, f func(line string) (int, error)) error {
	out := bufio.NewWriter(e.stdout)
	in := bufio.NewScanner(e.stdin)
	in.Buffer(nil, 16<<20)
	for n := 1; in.Scan(); n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		result, err := f(in.Text())
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		fmt.Fprintln(out, result)
	}
	if err := in.Err(); err != nil {
		return err
	}
	return out.Flush()
}

func vercmp(ctx context.Context, e *env, _ []string) error {
	return eachLine(ctx, e, func(line string) (int, error) {
		a, b, _ := strings.Cut(line, " ")
		return evr.VerCmp(a, b), nil
	})
}

func depcmp(ctx context.Context, e *env, _ []string) error {
	return eachLine(ctx, e, func(line string) (int, error) {
		provide, require, found := strings.Cut(line, ";")
		if !found {
			return 0, fmt.Errorf("no %q in %q", ";", line)
		}
		p, err := parseDep(provide)
		if err != nil {
			return 0, err
		}
		r, err := parseDep(require)
		if err != nil {
			return 0, err
		}
		if (p.Name == r.Name || p.Name == "" || r.Name == "") && evr.Overlaps(p, r) {
			return 1, nil
		}
		return 0, nil
	})
}

// parseDep reads a dependency whose name may be missing.
func parseDep(text string) (evr.Dep, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "" || text == "(none)":
		return evr.Dep{}, nil
	case strings.IndexByte("<=>", text[0]) >= 0:
		d, err := evr.ParseDep("x " + text)
		d.Name = ""
		return d, err
	}
	return evr.ParseDep(text)
}
