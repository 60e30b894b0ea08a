//go:build linux

package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/internal/cli"
)

func runAdminSetDefault(ctx context.Context, env *cli.Env, args []string) error {
	c := newAdmin(ctx, env, "INDEX", "Make deployment INDEX the default")
	s, rest, err := c.parseSysroot(args, adminSuperuser)
	if s == nil || err != nil {
		return err
	}
	defer s.Close()
	if len(rest) == 0 {
		return c.usage("INDEX must be specified")
	}
	if err := checkIndex(rest[0]); err != nil {
		return err
	}
	staged := s.Staged()
	if err := s.SetDefault(ctx, atoi(rest[0])); err != nil {
		return err
	}
	c.tellDiscarded(s, staged)
	return nil
}

// atoi reads the number at the beginning of a text as the C library does: 0 if there is none.
func atoi(s string) int {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[0] == '+' || s[0] == '-')) {
		end++
	}
	n, _ := strconv.Atoi(s[:end]) // of a number that is too large the nearest one, of nothing 0
	return n
}
